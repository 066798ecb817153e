package sshdconf

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
)

// Judge says what sshd does not accept in its configuration.
func Judge(f Facts) []diag.Finding {
	var out []diag.Finding
	for _, p := range f.Problems {
		rule, ok := ruleFor(p.Kind)
		if !ok {
			continue
		}
		out = append(out, judgeProblem(f, p, rule))
	}
	waitForOwner(out)
	if len(f.Problems) == 0 && !f.Known && f.Err != "" {
		_, why, ok := strings.Cut(f.Err, f.Asked+": ")
		if !ok {
			why = f.Err
		}
		out = append(out, ruleUnknown.Unknown(f.Binary, "sshd could not be asked for its configuration: "+why,
			diag.Evidence{Source: f.Asked, Text: f.Err}))
	}
	return out
}

// waitForOwner leaves every line alone while there is one that only its owner can
// correct: sshd would not start for the others, and what the owner then writes
// may belong to them.
func waitForOwner(found []diag.Finding) {
	owners := slices.ContainsFunc(found, func(f diag.Finding) bool {
		return f.Severity == diag.Broken && f.Remedy != nil && f.Remedy.Consent == diag.Manual
	})
	for _, f := range found {
		if r := f.Remedy; owners && r != nil && r.Consent == diag.Asks {
			*r = diag.Remedy{
				Summary: "first correct what only its owner can; then: " + r.Summary, Consent: diag.Manual,
				Manual: r.Commands(),
			}
		}
	}
}

func judgeProblem(f Facts, p Problem, rule diag.Rule) diag.Finding {
	subject, summary := f.MainFile, p.Text
	if p.Line > 0 {
		subject = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	switch {
	case p.NotText != "":
		summary = fmt.Sprintf("%s is %s, which sshd cannot read", p.File, p.NotText)
	case p.Private && p.Line > 0:
		summary = fmt.Sprintf("line %d of %s: %s", p.Line, p.File, quoted.NotShown)
	case p.Content != "":
		summary = fmt.Sprintf("line %d of %s: %s", p.Line, p.File, clip(strings.TrimSpace(p.Content)))
	}
	found := rule.New(subject, summary)
	if p.Prelude != "" {
		found.Evidence = append(found.Evidence, diag.Evidence{Source: "sshd", Text: p.Prelude})
	}
	found.Evidence = append(found.Evidence, diag.Evidence{Source: "sshd", Text: p.Text})
	if p.At.Line > 0 {
		found.Evidence = append(found.Evidence, diag.Evidence{
			Source: fmt.Sprintf("%s:%d", p.At.File, p.At.Line), Text: clip(strings.TrimSpace(p.At.Content)),
		})
	}
	return found.With(remedyFor(f, p))
}

func remedyFor(f Facts, p Problem) diag.Remedy {
	manual := diag.Remedy{
		Summary: "correct the configuration, then run sshd-doctor again", Consent: diag.Manual,
		Manual: []string{"nano " + f.MainFile, f.Binary + " -t", "sshd-doctor"},
	}
	if p.Kind == FileMissing && p.Word == f.MainFile {
		return diag.Remedy{
			Summary: "put it back from a backup; the packaged one may let more people in", Consent: diag.Manual,
			Manual: []string{
				"ls -l " + f.MainFile + "* /var/backups",
				"cp -n /usr/share/openssh/sshd_config " + f.MainFile, "sshd-doctor",
			},
		}
	}
	if p.Line == 0 && p.At.Line > 0 {
		manual.Manual[0] = fmt.Sprintf("nano +%d %s", p.At.Line, p.At.File)
	}
	if p.Private && p.Content == "" {
		manual.Manual[0] = fmt.Sprintf("nano +%d %s", p.Line, p.File)
		manual.Summary = "look at " + p.File + ": it does not look like a configuration file"
		return manual
	}
	if p.Line == 0 || p.Content == "" {
		return manual
	}
	if p.NotText != "" {
		return plainAgain(f, p)
	}
	manual.Manual[0] = fmt.Sprintf("nano +%d %s", p.Line, p.File)
	if f.notConfiguration(p.File) {
		manual.Summary = "look at " + p.File + ": it does not look like a configuration file"
		return manual
	}
	edit := judgeLine(p.Content, p.around(), f.keywords())
	switch {
	case p.Kind == NotInMatch && p.around().ruled(access()):
		// Somebody put it there for everybody, and the lines below it with it.
		manual.Summary = fmt.Sprintf("move line %d and those below it above the first Match line", p.Line)
		return manual
	case p.Kind == NotInMatch && edit.Instead != "":
		manual.Summary = fmt.Sprintf("move line %d above the first Match line: it decides who may log in", p.Line)
		return manual
	case !edit.Possible && edit.Access != "":
		manual.Summary = fmt.Sprintf("correct line %d by hand: it decides who may log in", p.Line)
		return manual
	case !edit.Possible:
		return manual
	}
	r := diag.Remedy{
		Summary: fmt.Sprintf("set line %d of %s aside", p.Line, p.File), Consent: diag.Asks,
		Reason: "only its owner knows what the line was meant to say",
		Steps: []diag.Step{SetLineAside{
			File: p.File, Line: p.Line, Content: p.Content, Instead: edit.Instead,
			Ask: Ask{Binary: f.Binary, Args: f.Args},
		}},
	}
	if edit.Instead != "" {
		r.Summary += fmt.Sprintf(", with %q in its place", edit.Instead)
		r.Reason = "it decides who may log in, so the strictest value stands in its place"
	}
	return r
}

// plainAgain is how a file that is not plain text becomes that. It is for a
// person: what such a file was meant to say about access, nobody else can tell.
func plainAgain(f Facts, p Problem) diag.Remedy {
	r := diag.Remedy{
		Summary: "make " + p.File + " plain text again, and read what it says", Consent: diag.Manual,
		Manual: []string{"grep -naP '\\x00' " + p.File, "nano " + p.File, f.Binary + " -t", "sshd-doctor"},
	}
	if strings.HasPrefix(p.NotText, "UTF-16") {
		r.Manual = []string{
			"iconv -f UTF-16 -t UTF-8 -o " + p.File + ".new " + p.File, "nano " + p.File + ".new",
			"mv " + p.File + ".new " + p.File, f.Binary + " -t", "sshd-doctor",
		}
	}
	return r
}

// notConfiguration tells whether a file is more likely something else that an
// Include line caught, such as a copy, a key or a list of primes.
func (f Facts) notConfiguration(file string) bool {
	const most = 8
	bad := 0
	for _, p := range f.Problems {
		if p.File == file {
			bad++
		}
	}
	base := filepath.Base(file)
	return bad > most || base == "moduli" || strings.Contains(base, ".before-") || strings.HasPrefix(base, "ssh_host_")
}

// keywords are those that this sshd prints, when it printed any.
func (f Facts) keywords() []string {
	out := []string{
		// Frequent ones, for when sshd cannot print its own.
		"port", "listenaddress", "addressfamily", "hostkey", "subsystem", "usedns", "loglevel",
		"syslogfacility", "printmotd", "printlastlog", "tcpkeepalive", "clientaliveinterval",
		"clientalivecountmax", "maxstartups", "banner", "compression", "pidfile", "versionaddendum",
		"ipqos", "x11displayoffset", "x11uselocalhost", "debianbanner", "persourcemaxstartups",
		"useprivilegeseparation", "hostcertificate", "hostkeyagent", "channeltimeout",
	}
	for _, s := range f.Settings {
		out = append(out, s.Key)
	}
	return out
}
