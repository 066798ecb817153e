package journal

import (
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// judgeCrypto: the keys are good and the crypto library is not.
func (v view) judgeCrypto() []diag.Finding {
	var out []diag.Finding
	if said := v.fresh(CodeCryptoEngine); len(said) > 0 && !v.NoEntropy {
		out = append(out, v.cryptoEngine(said))
	}
	if said := v.hits.of(CodeFIPS); len(said) > 0 && v.FIPS && v.Need.KeysMissing {
		kind := said.last().word
		e := append(said.evidence(), diag.Evidence{Source: "/proc/sys/crypto/fips_enabled", Text: "1"})
		out = append(out, ruleFIPS.New(kind, "no "+kind+" host key can be made: FIPS mode forbids it", e...).
			With(manual("name only allowed types in HostKey lines, and make those",
				"sshd -T | grep -i ^hostkey", "ssh-keygen -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key")))
	}
	return out
}

func (v view) cryptoEngine(said hits) diag.Finding {
	config := v.OpenSSL.Config
	if config == "" {
		config = "openssl.cnf"
	}
	e := said.evidence()
	summary := "sshd cannot use its crypto library: look at " + config
	if v.OpenSSL.Tried && v.OpenSSL.Without {
		summary = "sshd works only without " + config + ": it disables what sshd needs"
		e = append(e, diag.Evidence{
			Source: "OPENSSL_CONF=/dev/null " + v.Need.Binary + " -t", Text: "sshd accepts its keys and its configuration",
		})
	}
	return ruleCryptoEngine.New(config, summary, e...).With(manual("correct "+config+"; do not make new keys",
		append([]string{"OPENSSL_CONF=/dev/null " + v.Need.Binary + " -t", "nano " + config}, v.startCommands()...)...))
}

// judgeLabels: SELinux denies sshd its own files.
func (v view) judgeLabels() []diag.Finding {
	said := v.fresh(CodeSELinuxLabel)
	if !v.Enforcing || len(said) == 0 {
		return nil
	}
	paths := said.words()
	// A file of tcp wrappers stands outside of /etc/ssh.
	target := []string{"/etc/ssh"}
	for _, p := range paths {
		if base := p[strings.LastIndexByte(p, '/')+1:]; base == "hosts.deny" || base == "hosts.allow" {
			target = append(target, "/etc/"+base)
		}
	}
	slices.Sort(target)
	target = slices.Compact(target)
	r := diag.Remedy{
		Summary: "restore the labels that the policy has for these files",
		Steps:   []diag.Step{Relabel{Paths: target}},
	}
	if !v.Need.UnitUp {
		r.Steps = append(r.Steps, service.Start{Unit: v.Need.Unit})
	}
	e := append(said.evidence(), diag.Evidence{Source: "/sys/fs/selinux/enforce", Text: "1"})
	return []diag.Finding{ruleSELinuxLabel.New("/etc/ssh",
		"SELinux does not let sshd read "+strings.Join(paths[:min(len(paths), 2)], ", "), e...).With(r)}
}

// patience is how long cloud-init is waited for. Something that takes longer is
// stuck, and then nobody else makes the keys.
const patience = 15 * time.Minute

// judgeKeyMakers: keys are missing, and there are others who make or remove them.
func (v view) judgeKeyMakers() []diag.Finding {
	if !v.Need.KeysMissing {
		return nil
	}
	var out []diag.Finding
	for _, r := range v.Removers {
		found := ruleCloudInitRace.New(r.Unit, r.Unit+" removes the host keys each time sshd is started",
			diag.Evidence{Source: r.Source + ", " + r.Unit, Text: r.Line}).With(v.withoutRemover(r))
		if v.Need.Proven {
			found = found.As(diag.Warning)
		}
		out = append(out, found)
	}
	if c := v.CloudInit; c.Running && !c.KeysDone && v.Need.Since.Sub(c.Began) < patience && len(out) == 0 {
		stage := c.Stage
		if stage == "" {
			stage = "between two stages"
		}
		out = append(out, ruleCloudInitRace.New("cloud-init", "cloud-init has not finished: it makes the host keys itself",
			diag.Evidence{Source: "/run/cloud-init/status.json", Text: stage}).
			With(manual("wait until cloud-init is done", "cloud-init status --wait", "sshd-doctor")))
	}
	if v.Keygen.Gated {
		out = append(out, ruleFirstBootGate.New(v.Keygen.Unit,
			v.Keygen.Unit+" did not make the missing keys: this is no first boot",
			diag.Evidence{Source: "systemd, " + v.Keygen.Unit, Text: "ConditionFirstBoot=yes does not hold"}))
	}
	return out
}

// withoutRemover keeps the unit from being started. One that is sshd's own has
// to be edited by a person.
func (v view) withoutRemover(r Remover) diag.Remedy {
	if r.Unit == v.Need.Unit {
		return manual("take that line out of the unit", "systemctl cat "+r.Unit, "systemctl edit "+r.Unit)
	}
	return diag.Remedy{
		Summary: "disable " + r.Unit, Consent: diag.Asks,
		Reason: "somebody may want fresh keys at each start",
		Steps:  []diag.Step{Disable{Unit: r.Unit}},
	}
}
