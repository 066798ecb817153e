package listen

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// state is what became of an address at which sshd should listen.
type state int

const (
	// bound: by sshd, or for it by systemd.
	bound state = iota
	// outside: by an sshd that does not belong to the unit.
	outside
	// hidden: by a process that may not be looked at.
	hidden
	// taken: another program holds it, or something that overlaps with it.
	taken
	// absent: the machine does not have the address.
	absent
	// free: nothing holds it, sshd could.
	free
)

// place is an expected address and what is there. by are the sockets that make
// it so.
type place struct {
	Expect
	state state
	by    []Socket
}

// view is the facts together with what is known of sshd.
type view struct {
	Facts
	Sshd
}

// places looks at each expected address once. Wildcards of a family in which
// this machine has no address are left out: nobody can miss them. A port that
// somebody typed is left to sshd's configuration where that names it too: it
// knows for which addresses.
func (v view) places(expect []Expect) []place {
	var out []place
	all := merged(expect)
	for _, e := range all {
		ip := e.Addr.Addr()
		named := slices.ContainsFunc(all, func(o Expect) bool {
			return e.From == FromPort && o.From != FromPort && o.Addr.Port() == e.Addr.Port()
		})
		if !named && (!ip.IsUnspecified() || ip.Is4() || v.has6()) {
			out = append(out, v.place(e))
		}
	}
	return out
}

// merged names each address once. What the configuration says counts before
// what a socket unit says, and that before what somebody typed.
func merged(expect []Expect) []Expect {
	var out []Expect
	for _, e := range expect {
		e.Addr = netip.AddrPortFrom(e.Addr.Addr().Unmap(), e.Addr.Port())
		at := slices.IndexFunc(out, func(o Expect) bool { return o.Addr == e.Addr })
		switch {
		case !e.Addr.IsValid():
		case at < 0:
			out = append(out, e)
		case e.rank() > out[at].rank():
			out[at].From = e.From
		}
	}
	return out
}

func (e Expect) rank() int {
	switch {
	case e.From == FromPort:
		return 0
	case e.fromSocket():
		return 1
	}
	return 2
}

// fromSocket: FromSocket, or the name that the unit has elsewhere.
func (e Expect) fromSocket() bool { return strings.HasSuffix(e.From, ".socket") }

func (v view) place(e Expect) place {
	p := place{Expect: e, state: free}
	for _, s := range v.Sockets {
		if v.covers(s, e.Addr) && v.ours(s) {
			p.by = append(p.by, s)
		}
	}
	if len(p.by) > 0 {
		p.state = bound
		return p
	}
	for _, s := range v.Sockets {
		if v.overlaps(s, e.Addr) && !v.ours(s) {
			p.by = append(p.by, s)
		}
	}
	if len(p.by) > 0 {
		p.state = v.holder(p.by[0])
		return p
	}
	if ok, known := v.bindable(e.Addr.Addr()); known && !ok {
		p.state = absent
	}
	return p
}

// holder says whose a socket is that is not sshd's own.
func (v view) holder(s Socket) state {
	switch {
	case len(s.Owners) == 0 && v.HoldersErr != "":
		return hidden
	case slices.ContainsFunc(s.Owners, v.isSshd):
		return outside
	}
	return taken
}

// ours tells whether a socket belongs to sshd's unit, or to its socket unit,
// for which process 1 holds it.
func (v view) ours(s Socket) bool {
	return slices.ContainsFunc(s.Owners, func(p host.Process) bool {
		switch {
		case p.PID == v.MainPID && p.PID != 0:
			return true
		case p.PID == 1 && v.SocketActive:
			return v.socketSays(s.Addr.Port())
		case v.Unit == "":
			// Without units any sshd is the one that is meant.
			return v.isSshd(p)
		}
		// Also while the unit is only on its way up: what runs in its control
		// group was started by it. Of a unit that failed it is a left-over.
		return p.Unit == v.Unit && !v.ServiceFailed && v.isSshd(p)
	})
}

// socketSays tells whether the socket unit has this port, as far as is known.
func (v view) socketSays(port uint16) bool {
	return len(v.SocketListen) == 0 ||
		slices.ContainsFunc(v.SocketListen, func(a netip.AddrPort) bool { return a.Port() == port })
}

// isSshd goes by the program file where it is known: anything can call itself
// sshd.
func (v view) isSshd(p host.Process) bool {
	if p.Exe == "" {
		return p.Name == "sshd"
	}
	return p.Exe == v.Binary || strings.HasSuffix(p.Exe, "/sshd")
}

// covers tells whether a client that connects to want reaches the socket s.
func (v view) covers(s Socket, want netip.AddrPort) bool {
	if s.Addr.Port() != want.Port() {
		return false
	}
	at, w := s.Addr.Addr().WithZone(""), want.Addr().WithZone("")
	switch {
	case at == w:
		return true
	case !at.IsUnspecified():
		return false
	case at.Is4() == w.Is4():
		return true
	}
	return at.Is6() && v.takesIPv4(s)
}

// overlaps tells whether the socket s keeps sshd from binding to want. sshd
// restricts its own IPv6 sockets to IPv6, so IPv4 is never in their way.
func (v view) overlaps(s Socket, want netip.AddrPort) bool {
	if v.covers(s, want) {
		return true
	}
	return s.Addr.Port() == want.Port() && want.Addr().IsUnspecified() &&
		s.Addr.Addr().Is4() == want.Addr().Is4()
}

// takesIPv4 tells whether an IPv6 wildcard socket gets IPv4 connections too.
// /proc/net/tcp6 does not say. Then it goes by what else is known: sshd never
// makes such a socket, and none can stand beside an IPv4 socket on its port.
func (v view) takesIPv4(s Socket) bool {
	if s.V6OnlyKnown {
		return !s.V6Only
	}
	if slices.ContainsFunc(v.Sockets, func(o Socket) bool {
		return o.Addr.Port() == s.Addr.Port() && o.Addr.Addr().Is4()
	}) {
		return false
	}
	return !slices.ContainsFunc(s.Owners, v.isSshd) ||
		slices.ContainsFunc(s.Owners, func(p host.Process) bool { return p.PID == 1 })
}

// has6 tells whether IPv6 can be used here at all.
func (f Facts) has6() bool {
	return f.IPv6 && (f.AddressesErr != "" ||
		slices.ContainsFunc(f.Addresses, func(a host.Address) bool { return a.Addr.Is6() }))
}

// bindable tells whether sshd can bind to an address here, as far as is known.
func (f Facts) bindable(a netip.Addr) (ok, known bool) {
	if a.IsUnspecified() || f.nonLocal(a) {
		return true, true
	}
	for _, b := range f.Bindable {
		if b.Addr == a && b.Err == "" {
			return b.OK, true
		}
	}
	return f.onBox(a), f.AddressesErr == ""
}

func (f Facts) nonLocal(a netip.Addr) bool {
	return a.Is4() && f.NonLocal4 || a.Is6() && f.NonLocal6
}

// onBox tells whether an address is among those of the machine. All of
// 127.0.0.0/8 always is.
func (f Facts) onBox(a netip.Addr) bool {
	if a.Is4() && a.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(f.Addresses, func(b host.Address) bool {
		return b.Addr.WithZone("") == a.WithZone("")
	})
}
