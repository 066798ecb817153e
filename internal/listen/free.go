package listen

import (
	"fmt"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeFree: nothing holds an address, and sshd does not listen there either.
// Why depends on who should: the socket unit, or the service.
func (v view) judgeFree(all []place) []diag.Finding {
	idle := in(all, free)
	switch {
	case len(idle) == 0:
		return nil
	case v.SocketActive:
		return v.judgeSocket(idle, all)
	case v.ServiceActive:
		return []diag.Finding{v.notListening(idle, all)}
	case v.ServiceFailed:
		return v.notUpAtBoot(idle, all)
	}
	// The service check says that nothing runs.
	return nil
}

// pending tells whether sshd runs well, but at none of the addresses that its
// configuration names: somebody edited it, and has not restarted sshd.
func (v view) pending(all []place) bool {
	own := slices.DeleteFunc(slices.Clone(all), func(p place) bool { return p.From == FromPort })
	return v.ServiceActive && !v.SocketActive && len(v.own()) > 0 &&
		len(own) > 0 && len(in(own, free)) == len(own)
}

// own are the sockets at which sshd listens, on any port.
func (v view) own() []Socket {
	return slices.DeleteFunc(slices.Concat(v.Sockets, v.Elsewhere), func(s Socket) bool { return !v.ours(s) })
}

func (v view) notListening(idle, all []place) diag.Finding {
	at := list(addrs(idle))
	found := ruleNotListening.New(at, fmt.Sprintf("%s is active but does not listen on %s", v.Unit, where(addrs(idle))))
	for _, s := range v.own() {
		found.Evidence = append(found.Evidence, diag.Evidence{
			Source: v.Source, Text: fmt.Sprintf("%s listens on %s", owner(s), s.Addr),
		})
	}
	if len(found.Evidence) == 0 {
		found.Evidence = []diag.Evidence{{Source: v.Source, Text: "no listening socket belongs to " + v.Unit}}
	}
	found.Evidence = append(found.Evidence, diag.Evidence{Source: idle[0].From, Text: "listens on " + at})
	remedy := diag.Remedy{
		Summary: "restart " + v.Unit, Steps: []diag.Step{RestartUnit{Unit: v.Unit}},
	}
	line, failed := v.logged(idle, "")
	switch {
	case v.pending(all):
		found = found.As(diag.Warning)
		found.Symptom = false
		found.Summary = fmt.Sprintf("sshd still listens on %s; its configuration now says %s",
			where(v.served(v.own())), where(addrs(idle)))
		remedy.Consent = diag.Asks
		remedy.Reason = "the change may be waiting on purpose; clients of the old address are refused afterwards"
	case failed:
		found.Evidence = append(found.Evidence, line)
	case !none(all):
		remedy.Consent = diag.Asks
		remedy.Reason = "sshd works elsewhere, and a change of its configuration may be waiting on purpose"
	}
	return found.With(remedy)
}

// notUpAtBoot: the unit failed, and all addresses that it was to listen on are
// there now. That this was the reason is only certain when sshd said so; else
// it is one more sign of whatever made the unit fail.
func (v view) notUpAtBoot(idle, all []place) []diag.Finding {
	wildcard := func(p place) bool { return p.Addr.Addr().IsUnspecified() || p.Addr.Addr().IsLoopback() }
	if !none(all) || len(idle) != len(all) || slices.ContainsFunc(idle, wildcard) {
		return nil
	}
	at := list(addrs(idle))
	line, said := v.logged(idle, "Cannot assign requested address")
	summary := fmt.Sprintf("sshd started before %s was there, and stayed down", at)
	if !said {
		summary = fmt.Sprintf("sshd may have started before %s was there", at)
	}
	found := ruleNotUpAtBoot.New(at, summary, diag.Evidence{Source: "bind(2)", Text: "possible now on " + at})
	if said {
		found.Evidence = append(found.Evidence, line)
	}
	found.Symptom = !said
	return []diag.Finding{found.With(diag.Remedy{
		Summary: "start " + v.Unit, Steps: []diag.Step{RestartUnit{Unit: v.Unit}},
	})}
}

// judgeSocket: the socket unit listens, but not there.
func (v view) judgeSocket(idle, all []place) []diag.Finding {
	var family, ignored, lost []place
	for _, p := range idle {
		switch {
		case v.otherFamily(p):
			family = append(family, p)
		case p.fromSocket() || slices.Contains(v.SocketListen, p.Addr):
			lost = append(lost, p)
		default:
			ignored = append(ignored, p)
		}
	}
	var out []diag.Finding
	if len(ignored) > 0 {
		out = append(out, v.socketIgnores(ignored, all))
	}
	if len(family) > 0 {
		out = append(out, v.socketFamily(family, all))
	}
	if len(lost) > 0 {
		at := list(addrs(lost))
		out = append(out, ruleNotListening.New(at,
			fmt.Sprintf("%s is active but does not listen on %s", v.SocketUnit, where(addrs(lost))),
			diag.Evidence{Source: v.Source, Text: "nothing listens on " + at}).
			With(diag.Remedy{Summary: "restart " + v.SocketUnit, Steps: []diag.Step{v.restartSocket()}}))
	}
	return out
}

// otherFamily tells whether the port is served, but only for the other of IPv4
// and IPv6.
func (v view) otherFamily(p place) bool {
	return slices.ContainsFunc(v.Sockets, func(s Socket) bool {
		return v.ours(s) && s.Addr.Port() == p.Addr.Port() && s.Addr.Addr().IsUnspecified() &&
			s.Addr.Addr().Is4() != p.Addr.Addr().Is4()
	})
}

func (v view) socketIgnores(idle, all []place) diag.Finding {
	summary := fmt.Sprintf("%s does not listen on %s as sshd's configuration says", v.SocketUnit, where(addrs(idle)))
	if len(v.SocketListen) > 0 {
		var ports []uint16
		for _, a := range v.SocketListen {
			ports = append(ports, a.Port())
		}
		if !slices.Contains(ports, idle[0].Addr.Port()) {
			summary = fmt.Sprintf("%s listens on port %s, sshd's configuration says %s",
				v.SocketUnit, list(ports), where(addrs(idle)))
		}
	}
	return ruleSocketPort.New(v.SocketUnit, summary, v.socketEvidence(list(addrs(idle)))...).With(v.moveSocket(idle, all))
}

func (v view) socketFamily(idle, all []place) diag.Finding {
	return ruleSocketFamily.New(v.SocketUnit, fmt.Sprintf("%s does not listen on %s", v.SocketUnit, where(addrs(idle))),
		v.socketEvidence(list(addrs(idle)))...).With(v.moveSocket(idle, all))
}

func (v view) socketEvidence(at string) []diag.Evidence {
	out := []diag.Evidence{{Source: FromConfig, Text: "listens on " + at}}
	if len(v.SocketListen) > 0 {
		out = append(out, diag.Evidence{Source: "systemd, " + v.SocketUnit, Text: "listens on " + list(v.SocketListen)})
	}
	for _, s := range v.Sockets {
		if v.ours(s) {
			text := "LISTEN " + s.Addr.String()
			if s.V6OnlyKnown && s.V6Only {
				text += ", IPv6 only"
			}
			out = append(out, diag.Evidence{Source: v.Source, Text: text})
		}
	}
	return out
}
