package journal

import (
	"net/netip"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeShut: tcp wrappers let this machine in, which is all that a handshake over
// loopback can show, and nobody else. It may be meant so: sshd for a tunnel only.
func (v view) judgeShut() []diag.Finding {
	lines, shut := v.Wrappers.shut()
	if !shut || !v.Wrappers.Linked {
		return nil
	}
	var e []diag.Evidence
	for _, r := range lines {
		e = append(e, diag.Evidence{Source: r.place(), Text: r.Text})
	}
	by := lines[len(lines)-1]
	r := manual("unless it is meant so, name those who may come in "+hostsAllow, "nano "+hostsAllow, "sshd-doctor")
	return []diag.Finding{ruleWrappers.New(by.File, by.File+" turns every client away but this machine itself", e...).
		As(diag.Warning).With(r)}
}

// shut tells whether sure enough no client of another machine is let in, and by
// which rules: those that this machine is let in by, and the one that refuses
// everybody else, last.
func (w Wrappers) shut() (lines []HostsRule, shut bool) {
	for _, r := range w.Rules {
		others := inList(r.Clients, isAnother)
		switch {
		case r.Deny && others == yes:
			return append(lines, r), true
		case !r.Deny && others != no:
			return nil, false
		case !r.Deny:
			lines = append(lines, r)
		}
	}
	return nil, false
}

// isAnother tells whether a pattern is for clients of other machines: for all of
// them, for none, or, as far as can be told without asking around, for some.
func isAnother(pattern string) answer {
	here := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	bare := clientPart(pattern)
	switch bare {
	case "ALL":
		return yes
	case "localhost", "localhost.", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "127.":
		return no
	}
	if net, err := prefixOf(bare); err == nil {
		// The whole of 127.0.0.0/8 (RFC 1122) and ::1 (RFC 4291) are this machine.
		loopback := net.Addr().IsLoopback() && (net.Addr().Is6() || net.Bits() >= 8)
		return unsureUnless(loopback)
	}
	if one, err := netip.ParseAddr(bare); err == nil {
		return unsureUnless(one.IsLoopback())
	}
	// "127.0.", "127.0.0.": what begins so lies within 127.0.0.0/8.
	return unsureUnless(clientIs(bare, here) == yes && len(bare) > len("127."))
}

func unsureUnless(none bool) answer {
	if none {
		return no
	}
	return unsure
}
