package listen

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Targets returns where a handshake should connect to: each address that is
// expected, and each at which sshd listens, expected or not. A wildcard stands
// for the loopback address of its family, a concrete address for itself.
// Expected addresses at which nothing listens are among them: that they refuse
// is a fact.
//
// Left out is what the machine does not have, because a connection to it would
// leave the machine; what is tied to a network interface; and what findings
// have explained already: a port that was only typed while sshd is well on
// another, and one that sshd has yet to move to.
func (f Facts) Targets(expect []Expect, s Sshd) []netip.AddrPort {
	v := view{f, s}
	all := v.places(expect)
	var out []netip.AddrPort
	add := func(a netip.AddrPort) {
		for _, t := range f.connect(a) {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	moved, pending := v.moved(all), v.pending(all)
	for _, p := range all {
		explained := moved && p.From == FromPort || pending && p.state == free
		if !explained && !tied(p.by) {
			add(p.Addr)
		}
	}
	sockets := slices.Clone(f.Sockets)
	if pending {
		sockets = append(sockets, f.Elsewhere...)
	}
	for _, sock := range sockets {
		if (v.ours(sock) || v.holder(sock) == outside) && !tied([]Socket{sock}) {
			for _, a := range v.served([]Socket{sock}) {
				add(a)
			}
		}
	}
	return out
}

// tied tells whether sockets take connections of one network interface only. A
// link-local address names its interface and can be reached.
func tied(by []Socket) bool {
	return len(by) > 0 && !slices.ContainsFunc(by, func(s Socket) bool {
		return s.Device == 0 || s.Addr.Addr().IsLinkLocalUnicast()
	})
}

// connect returns the address to connect to for one that is bound: none where
// the connection would not stay on this machine.
func (f Facts) connect(a netip.AddrPort) []netip.AddrPort {
	ip := a.Addr()
	switch {
	case ip == netip.IPv4Unspecified():
		ip = f.reach(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	case ip == netip.IPv6Unspecified():
		if !f.has6() {
			return nil
		}
		ip = f.reach(netip.IPv6Loopback())
	case !f.local(ip):
		return nil
	}
	if !ip.IsValid() {
		return nil
	}
	return []netip.AddrPort{netip.AddrPortFrom(ip, a.Port())}
}

// reach returns the loopback address, or another one of its family where the
// machine has lost it.
func (f Facts) reach(loopback netip.Addr) netip.Addr {
	if f.AddressesErr != "" {
		return loopback
	}
	var other netip.Addr
	for _, a := range f.Addresses {
		switch {
		case a.Addr == loopback:
			return loopback
		case other.IsValid() || a.Pending || a.Addr.Is4() != loopback.Is4() || a.Addr.IsLinkLocalUnicast():
		default:
			other = a.Addr
		}
	}
	return other
}

// local tells whether a connection to an address stays on this machine. Unknown
// means no.
func (f Facts) local(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	if !f.nonLocal(a) {
		for _, b := range f.Bindable {
			if b.Addr == a && b.Err == "" {
				return b.OK
			}
		}
	}
	return f.AddressesErr == "" && f.onBox(a)
}

// ServedOutside tells whether an sshd that systemd does not manage answers at an
// expected address. To start sshd's unit beside it would fail, and on systems
// where systemd then removes the privilege separation directory it would cut
// that sshd off from its clients as well.
func (f Facts) ServedOutside(expect []Expect, s Sshd) bool {
	return s.Unit != "" && len(in(view{f, s}.places(expect), outside)) > 0
}

// Owner says who answers at an address, such as "sshd (pid 812, ssh.service)";
// empty when nothing listens there.
func (f Facts) Owner(a netip.AddrPort) string {
	v := view{Facts: f}
	best := -1
	for i, s := range f.Sockets {
		if v.covers(s, a) && (best < 0 || closer(s, f.Sockets[best], a)) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return owner(f.Sockets[best])
}

// closer tells whether the kernel prefers socket s to t for connections to a:
// the exact address before a wildcard, the own family before the other.
func closer(s, t Socket, a netip.AddrPort) bool {
	rank := func(s Socket) int {
		switch at := s.Addr.Addr(); {
		case !at.IsUnspecified():
			return 2
		case at.Is4() == a.Addr().Is4():
			return 1
		}
		return 0
	}
	return rank(s) > rank(t)
}

// owner names the holder of a socket. Where process 1 shares it with a service
// that it started, the service is meant.
func owner(s Socket) string {
	if len(s.Owners) == 0 {
		return "unknown program"
	}
	return name(first(s.Owners))
}

func first(owners []host.Process) host.Process {
	if owners[0].PID == 1 && len(owners) > 1 {
		return owners[1]
	}
	return owners[0]
}

func name(p host.Process) string {
	program := p.Program()
	if program == "" {
		program = "a program"
	}
	if p.Unit == "" {
		return fmt.Sprintf("%s (pid %d)", program, p.PID)
	}
	return fmt.Sprintf("%s (pid %d, %s)", program, p.PID, p.Unit)
}
