package checkup

import (
	"net/netip"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/listen"
)

// expect says where sshd should answer, and who says so.
func expect(f Facts, o Options) []listen.Expect {
	var out []listen.Expect
	conf := f.Conf.Listen()
	if f.Service.SocketActive() {
		for _, a := range f.Sshd.SocketListen {
			out = append(out, listen.Expect{Addr: a, From: listen.FromSocket})
		}
		// A socket on another port than 22 beside an sshd_config that says
		// nothing is an ordinary way to move the port. A port in sshd_config
		// that the socket does not have is not.
		if len(f.Sshd.SocketListen) > 0 && onlyDefault(conf) && !hasPort(f.Sshd.SocketListen, 22) {
			conf = nil
		}
	}
	for _, a := range conf {
		out = append(out, listen.Expect{Addr: a, From: listen.FromConfig})
	}
	// sshd prints IPv6 first; people think of IPv4 first.
	slices.SortStableFunc(out, func(a, b listen.Expect) int {
		return a.Addr.Addr().BitLen() - b.Addr.Addr().BitLen()
	})
	return append(out, typed(out, o.Ports)...)
}

// namesAddresses tells whether sshd is told on which addresses to listen.
func namesAddresses(conf []netip.AddrPort) bool {
	for _, a := range conf {
		if !a.Addr().IsUnspecified() {
			return true
		}
	}
	return false
}

func onlyDefault(conf []netip.AddrPort) bool {
	for _, a := range conf {
		if a.Port() != 22 {
			return false
		}
	}
	return true
}

func hasPort(addrs []netip.AddrPort, port uint16) bool {
	return slices.ContainsFunc(addrs, func(a netip.AddrPort) bool { return a.Port() == port })
}

// typed expects all addresses on each port that the caller named and nobody else
// has spoken of.
func typed(have []listen.Expect, ports []int) []listen.Expect {
	var out []listen.Expect
	for _, p := range ports {
		if slices.ContainsFunc(have, func(e listen.Expect) bool { return int(e.Addr.Port()) == p }) {
			continue
		}
		for _, all := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
			out = append(out, listen.Expect{Addr: netip.AddrPortFrom(all, uint16(p)), From: listen.FromPort})
		}
	}
	return out
}
