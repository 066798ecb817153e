package journal

import (
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// judgeHeld: the process is there, and systemd or a signal keeps it from running.
func (v view) judgeHeld() []diag.Finding {
	unit := v.Need.Unit
	switch freezer := v.Unit.Freezer; {
	case freezer != "" && freezer != "running" && freezer != "thawing":
		found := ruleHeld.New(unit, "the processes of "+unit+" are frozen",
			diag.Evidence{Source: "systemd, " + unit, Text: "FreezerState=" + freezer})
		r := diag.Remedy{
			Summary: "let " + unit + " go on", Consent: diag.Asks, Reason: "somebody, or a program, froze it",
			Steps: []diag.Step{Thaw{Unit: unit}},
		}
		if freezer != "frozen" {
			// With its slice, or half-way: which unit is to be thawed is not known.
			r = manual("find out which unit was frozen, and thaw that", "systemctl status "+unit, "systemctl thaw "+unit)
		}
		return []diag.Finding{found.With(r)}
	case v.Stopped && !v.Need.BrokenOff:
		pid := v.Need.MainPID
		r := manual("let it go on, unless somebody is debugging it", fmt.Sprintf("kill -CONT %d", pid), "sshd-doctor")
		return []diag.Finding{ruleHeld.New(unit, fmt.Sprintf("sshd, process %d, was stopped by a signal", pid),
			diag.Evidence{Source: fmt.Sprintf("/proc/%d/stat", pid), Text: "state T"}).With(r)}
	}
	return nil
}

// judgeNetwork: what the unit allows leaves sshd no network. A socket of systemd's
// own reaches it all the same.
func (v view) judgeNetwork() []diag.Finding {
	var key, text string
	switch {
	case v.Socket.Active() || v.reached():
		return nil
	case v.Unit.PrivateNetwork:
		key, text = "PrivateNetwork", v.Need.Unit+" has a network of its own, which nobody reaches"
	case v.Unit.NoIP:
		key, text = "RestrictAddressFamilies", v.Need.Unit+" may use neither IPv4 nor IPv6"
	default:
		return nil
	}
	found := ruleNoNetwork.New(v.Need.Unit, text, diag.Evidence{Source: "systemd, " + v.Need.Unit, Text: key + " is set"})
	return []diag.Finding{v.withDropIn(found, "take "+key+" out of the unit", []string{key})}
}

// codeTooMany is a rule of the check that asks sshd: in its test modes sshd opens
// no socket, so that only a start shows it.
const codeTooMany = "config-port-invalid-or-too-many"

// judgeTooMany: sshd has room for so many addresses and ports, 16 in OpenSSH 8.4
// to 10.0 (sshd.c, MAX_LISTEN_SOCKS).
func (v view) judgeTooMany() []diag.Finding {
	said := v.hits.of(codeTooMany)
	if len(said) == 0 || v.Unit.Active() {
		return nil
	}
	var out []diag.Finding
	for _, r := range sshdconf.Rules() {
		if r.Code == codeTooMany {
			out = append(out, r.New("ListenAddress", "sshd is to listen on more addresses and ports than it can",
				said.evidence()...).With(manual("leave at most 16 ListenAddress and Port lines, or none",
				"grep -rniE '^ *(ListenAddress|Port)' /etc/ssh/sshd_config /etc/ssh/sshd_config.d",
				"nano /etc/ssh/sshd_config", "sshd-doctor")))
		}
	}
	return out
}
