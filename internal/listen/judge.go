package listen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what keeps clients from reaching sshd at the addresses at which
// they should.
func Judge(f Facts, expect []Expect, s Sshd) []diag.Finding {
	v := view{f, s}
	out := v.judgeLoopback()
	if f.Err != "" {
		return append(out, ruleNotListening.Unknown("listening sockets",
			"it cannot be told which addresses are listened on",
			diag.Evidence{Source: "netlink and /proc/net/tcp", Text: f.Err}))
	}
	all := v.places(expect)
	if v.moved(all) {
		out = append(out, v.judgeMoved(all)...)
	}
	if found, ok := v.judgeNo6(expect); ok && len(all) == 0 {
		return append(out, found)
	}
	// What somebody typed counts only where nothing else is known.
	own := slices.DeleteFunc(slices.Clone(all), func(p place) bool { return p.From == FromPort })
	if len(own) == 0 {
		own = all
	}
	for _, judge := range []func([]place) []diag.Finding{
		v.judgeTaken, v.judgeHidden, v.judgeAbsent, v.judgeFree, v.judgeLoopbackOnly,
	} {
		out = append(out, judge(own)...)
	}
	return out
}

func (v view) judgeLoopback() []diag.Finding {
	if !v.LoopbackDown {
		return nil
	}
	return []diag.Finding{ruleLoopbackDown.New("lo", "the loopback interface lo is down",
		diag.Evidence{Source: "SIOCGIFFLAGS on lo", Text: "not up"}).
		With(diag.Remedy{Summary: "bring lo up", Consent: diag.Manual, Manual: []string{"ip link set lo up"}})}
}

// moved tells whether sshd is well, but on other ports than somebody expects:
// than --port says or, without that, than the usual one.
func (v view) moved(all []place) bool {
	typed, usual, own := false, false, false
	for _, p := range all {
		switch {
		case p.From == FromPort:
			typed = true
		case p.state != bound && p.state != outside:
			return false
		default:
			own = true
			usual = usual || p.Addr.Port() == 22
		}
	}
	return own && (typed || !usual)
}

func (v view) judgeMoved(all []place) []diag.Finding {
	var ports, typed []uint16
	from := FromConfig
	for _, p := range all {
		if p.From == FromPort {
			typed = append(typed, p.Addr.Port())
		} else {
			ports, from = append(ports, p.Addr.Port()), p.From
		}
	}
	named := len(typed) > 0
	if !named {
		typed = []uint16{22}
	}
	on := list(ports)
	found := rulePortMoved.New("port "+on, fmt.Sprintf("sshd listens on port %s, not on %s", on, list(typed)),
		diag.Evidence{Source: from, Text: "port " + on})
	for _, p := range all {
		if p.From == FromPort && p.state != free {
			found.Evidence = append(found.Evidence, v.seen(p.by)...)
		}
	}
	if named {
		// Somebody relies on that port: for them sshd is not there.
		found = found.As(diag.Broken).With(diag.Remedy{
			Summary: "use the port that sshd has, or change Port in its configuration", Consent: diag.Manual,
			Manual: []string{fmt.Sprintf("ssh -p %d ...", ports[0]), "sshd-doctor"},
		})
	}
	return []diag.Finding{found}
}

// list joins numbers or addresses, each once.
func list[T comparable](items []T) string {
	var out []string
	for _, i := range items {
		if s := fmt.Sprint(i); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// judgeHidden: something listens and it may not be seen what.
func (v view) judgeHidden(all []place) []diag.Finding {
	held := in(all, hidden)
	if len(held) == 0 {
		return nil
	}
	return []diag.Finding{rulePortTaken.Unknown(list(addrs(held)),
		"it cannot be told whether it is sshd that listens on "+where(addrs(held)),
		append(v.seen(held[0].by), diag.Evidence{Source: "/proc", Text: v.HoldersErr})...).As(diag.Warning)}
}

func in(all []place, s state) []place {
	return slices.DeleteFunc(slices.Clone(all), func(p place) bool { return p.state != s })
}

func addrs(places []place) []netip.AddrPort {
	var out []netip.AddrPort
	for _, p := range places {
		out = append(out, p.Addr)
	}
	return out
}

// none tells whether sshd answers at none of the addresses, in or out of its
// unit.
func none(all []place) bool {
	return len(in(all, bound)) == 0 && len(in(all, outside)) == 0 && len(in(all, hidden)) == 0
}

// judgeAbsent: sshd is to listen on addresses that are not here. What is to be
// changed is in its configuration, so the remedy is not known here.
func (v view) judgeAbsent(all []place) []diag.Finding {
	var out []diag.Finding
	for _, p := range in(all, absent) {
		ip := p.Addr.Addr()
		found := ruleNotOnBox.New(p.Addr.String(),
			fmt.Sprintf("sshd is to listen on %s, which this machine does not have", ip),
			diag.Evidence{Source: p.From, Text: "listens on " + p.Addr.String()})
		found.Evidence = append(found.Evidence, v.whatIsHere(ip)...)
		if !none(all) {
			found = found.As(diag.Warning)
		}
		out = append(out, found)
	}
	return out
}

// judgeNo6: sshd is to listen on IPv6 alone, whose addresses this machine has
// none of: its socket is there, and nobody can reach it.
func (v view) judgeNo6(expect []Expect) (diag.Finding, bool) {
	if len(expect) == 0 || v.AddressesErr != "" || v.has6() || v.SocketActive || slices.ContainsFunc(expect, func(e Expect) bool {
		return e.Addr.Addr() != netip.IPv6Unspecified()
	}) {
		return diag.Finding{}, false
	}
	at := expect[0].Addr
	return ruleNotOnBox.New(at.String(), fmt.Sprintf("sshd is to listen on IPv6 only (%s), and this machine has no IPv6", at),
		diag.Evidence{Source: expect[0].From, Text: "listens on " + at.String()},
		diag.Evidence{Source: "rtnetlink", Text: "no interface has an IPv6 address, not even lo"}).
		With(diag.Remedy{
			Summary: "have sshd listen on IPv4 as well, or give this machine IPv6", Consent: diag.Manual,
			Manual: []string{"sysctl -a | grep disable_ipv6", "grep -rn -e ListenAddress -e AddressFamily /etc/ssh", "sshd-doctor"},
		}), true
}

// whatIsHere lists the addresses that could have been meant instead.
func (v view) whatIsHere(ip netip.Addr) []diag.Evidence {
	if ip.Is6() && !v.IPv6 {
		return []diag.Evidence{{Source: "/proc/net/if_inet6", Text: "absent: this kernel has no IPv6"}}
	}
	const most = 6
	var have []string
	for _, a := range v.Addresses {
		switch {
		case a.Addr.Is4() != ip.Is4():
		case a.Pending && a.Addr == ip:
			return []diag.Evidence{{Source: "rtnetlink", Text: ip.String() + " is not usable: duplicate address check"}}
		case len(have) < most:
			have = append(have, a.Addr.String())
		case len(have) == most:
			have = append(have, "...")
		}
	}
	if v.AddressesErr != "" || len(have) == 0 {
		return nil
	}
	return []diag.Evidence{{Source: "rtnetlink", Text: "this machine has " + strings.Join(have, ", ")}}
}

func (v view) judgeLoopbackOnly(all []place) []diag.Finding {
	wider := func(s Socket) bool { return !s.Addr.Addr().IsLoopback() }
	for _, p := range all {
		if !p.Addr.Addr().IsLoopback() || p.state != bound || slices.ContainsFunc(p.by, wider) {
			return nil
		}
	}
	if len(all) == 0 {
		return nil
	}
	at := list(addrs(all))
	return []diag.Finding{ruleLoopbackOnly.New(at,
		"sshd listens on "+at+" only: no other machine can connect",
		diag.Evidence{Source: all[0].From, Text: "listens on " + at})}
}

// seen says what was read about sockets and their holders.
func (v view) seen(sockets []Socket) []diag.Evidence {
	var out []diag.Evidence
	for _, s := range sockets {
		text := fmt.Sprintf("LISTEN %s, uid %d, held by ", s.Addr, s.UID)
		if len(s.Owners) == 0 {
			text += "a process that cannot be seen from here"
		}
		var who []string
		for _, p := range s.Owners[:min(len(s.Owners), 3)] {
			who = append(who, name(p))
		}
		out = append(out, diag.Evidence{Source: v.Source, Text: text + strings.Join(who, " and ")})
	}
	if len(sockets) > 0 && len(sockets[0].Owners) > 0 {
		p := first(sockets[0].Owners)
		text := fmt.Sprintf("%s, uid %d, started by pid %d", orUnknown(p.Exe), p.UID, p.PPID)
		if p.Unit == "" && p.CGroup != "" {
			text += ", control group " + p.CGroup
		}
		out = append(out, diag.Evidence{Source: fmt.Sprintf("/proc/%d", p.PID), Text: text})
	}
	return out
}

func orUnknown(s string) string {
	if s == "" {
		return "program file unknown"
	}
	return s
}
