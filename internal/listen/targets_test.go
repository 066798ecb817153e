package listen

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestTargets(t *testing.T) {
	both := []Socket{sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)}
	tied := sock("0.0.0.0:22", mainSshd)
	tied.Device, tied.DeviceName = 2, "eth0"
	local := sock("192.0.2.7:22", mainSshd)
	linkLocal := sock("[fe80::1%eth0]:22", mainSshd)
	linkLocal.Device, linkLocal.DeviceName = 2, "eth0"
	bindable := func(addr string, ok bool) func(*Facts) {
		return func(f *Facts) { f.Bindable = []Bindable{{Addr: netip.MustParseAddr(addr), OK: ok}} }
	}
	tests := []struct {
		name   string
		facts  Facts
		expect []Expect
		sshd   Sshd
		want   string
	}{
		{"both families", box(both...), std, up, "127.0.0.1:22 [::1]:22"},
		{"one socket for both", box(sock("dual [::]:22", systemd)), want("[::]:22=ssh.socket"), idle, "[::1]:22 127.0.0.1:22"},
		{"nothing listens: that it refuses is a fact", box(), std, stopped, "127.0.0.1:22 [::1]:22"},
		{"one family only", box(sock("0.0.0.0:22", mainSshd)), want("0.0.0.0:22"), up, "127.0.0.1:22"},
		{"no IPv6 in the kernel", but(box(both[:1]...), func(f *Facts) { f.IPv6 = false }), std, up, "127.0.0.1:22"},
		{"IPv6 switched off", but(box(both...), func(f *Facts) { f.Addresses = f.Addresses[:1] }), std, up, "127.0.0.1:22"},
		{"IPv6 without ::1", but(box(both...), func(f *Facts) {
			f.Addresses = []host.Address{{Addr: netip.MustParseAddr("127.0.0.1")}, {Addr: netip.MustParseAddr("fe80::1")},
				{Addr: netip.MustParseAddr("2001:db8::8"), Pending: true}, {Addr: netip.MustParseAddr("2001:db8::7")}}
		}), std, up, "127.0.0.1:22 [2001:db8::7]:22"},
		{"addresses not known", but(box(both...), func(f *Facts) { f.Addresses, f.AddressesErr = nil, "refused" }), std, up,
			"127.0.0.1:22 [::1]:22"},
		{"a concrete address", box(local), want("192.0.2.7:22"), up, "192.0.2.7:22"},
		{"a link-local address", but(box(linkLocal), bindable("fe80::1%eth0", true)), want("[fe80::1%eth0]:22"), up, "[fe80::1%eth0]:22"},
		{"an address of lo that is in no list", box(sock("127.9.9.9:22", mainSshd)), want("127.9.9.9:22"), up, "127.9.9.9:22"},
		{"a whole network that is local", but(box(sock("198.51.100.5:22", mainSshd)), bindable("198.51.100.5", true)),
			want("198.51.100.5:22"), up, "198.51.100.5:22"},
		// A connection to these would leave the machine.
		{"an address that is not here", box(local), want("203.0.113.9:22", "192.0.2.7:22"), up, "192.0.2.7:22"},
		{"an address that is bound and not here", but(box(sock("203.0.113.9:22", mainSshd)), func(f *Facts) { f.NonLocal4 = true }),
			want("203.0.113.9:22"), up, ""},
		{"the same, although bind(2) works", but(box(sock("203.0.113.9:22", mainSshd)), func(f *Facts) {
			f.NonLocal4 = true
			bindable("203.0.113.9", true)(f)
		}), want("203.0.113.9:22"), up, ""},
		{"the same by FreeBind=", but(box(sock("203.0.113.9:22", systemd)), bindable("203.0.113.9", false)), want("203.0.113.9:22"), idle, ""},
		{"an address, when none is known", but(box(local), func(f *Facts) { f.Addresses, f.AddressesErr = nil, "refused" }),
			want("192.0.2.7:22"), up, ""},
		{"a socket of one interface", box(tied), want("0.0.0.0:22"), up, ""},

		{"the port is taken on IPv4", box(sock("0.0.0.0:22", gitea), both[1]), std, up, "127.0.0.1:22 [::1]:22"},
		{"more is bound than expected", box(append(both, sock("0.0.0.0:2222", mainSshd))...), std, up, "127.0.0.1:22 [::1]:22 127.0.0.1:2222"},
		{"a stranger on a port nobody expects", box(append(both, sock("0.0.0.0:2222", gitea))...), std, up, "127.0.0.1:22 [::1]:22"},
		{"an sshd by hand", box(sock("0.0.0.0:22", handSshd)), want("0.0.0.0:22"), stopped, "127.0.0.1:22"},
		{"a typed port, sshd well elsewhere", box(sock("0.0.0.0:2222", mainSshd)), want("0.0.0.0:22="+FromPort, "0.0.0.0:2222"), up, "127.0.0.1:2222"},
		{"a typed port, sshd not well", box(), want("0.0.0.0:22="+FromPort, "0.0.0.0:2222"), stopped, "127.0.0.1:22 127.0.0.1:2222"},
		{"a changed port waits for a restart", but(box(), func(f *Facts) { f.Elsewhere = both }), port(2222), up, "127.0.0.1:22 [::1]:22"},
		{"nothing is expected", box(), nil, up, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, a := range tt.facts.Targets(tt.expect, tt.sshd) {
				got = append(got, a.String())
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

func TestOwner(t *testing.T) {
	f := box(sock("192.0.2.7:22", gitea), sock("0.0.0.0:22", mainSshd), sock("dual [::]:2222", systemd, mainSshd), sock("[::]:23"))
	for at, want := range map[string]string{
		"192.0.2.7:22":   "gitea (pid 700, gitea.service)",
		"127.0.0.1:22":   "sshd (pid 812, ssh.service)",
		"[::1]:22":       "",
		"127.0.0.1:2222": "sshd (pid 812, ssh.service)",
		"[::1]:2222":     "sshd (pid 812, ssh.service)",
		"[::1]:23":       "unknown program",
		"127.0.0.1:23":   "",
		"127.0.0.1:80":   "",
	} {
		if got := f.Owner(netip.MustParseAddrPort(at)); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	if got := name(host.Process{PID: 5}); got != "a program (pid 5)" {
		t.Errorf("got %q", got)
	}
}

func TestServedOutside(t *testing.T) {
	for _, tt := range []struct {
		name string
		by   Socket
		sshd Sshd
		want bool
	}{
		{"by hand", sock("0.0.0.0:22", handSshd), stopped, true},
		{"by the unit", sock("0.0.0.0:22", mainSshd), up, false},
		{"by another program", sock("0.0.0.0:22", gitea), stopped, false},
		{"by a service of its own", sock("0.0.0.0:22", otherSshd), stopped, true},
		{"where there are no units", sock("0.0.0.0:22", handSshd), Sshd{}, false},
	} {
		if got := box(tt.by).ServedOutside(want("0.0.0.0:22"), tt.sshd); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMerged(t *testing.T) {
	got := merged(want("0.0.0.0:22="+FromPort, "[::ffff:192.0.2.7]:22", "0.0.0.0:22=sshd.socket", "0.0.0.0:22", "192.0.2.7:22="+FromPort))
	if !slices.Equal(got, want("0.0.0.0:22", "192.0.2.7:22")) {
		t.Errorf("got %v", got)
	}
	if got := merged([]Expect{{}}); len(got) != 0 {
		t.Errorf("no address becomes %v", got)
	}
}

func TestWhere(t *testing.T) {
	for text, addrs := range map[string][]Expect{
		"port 22":                  std,
		"port 22 (IPv4)":           want("0.0.0.0:22"),
		"port 22 (IPv6)":           want("[::]:22"),
		"192.0.2.7:22":             want("192.0.2.7:22"),
		"0.0.0.0:22, [::]:2222":    want("0.0.0.0:22", "[::]:2222"),
		"0.0.0.0:22, 192.0.2.7:22": want("0.0.0.0:22", "192.0.2.7:22"),
		"no address":               nil,
	} {
		var list []netip.AddrPort
		for _, e := range addrs {
			list = append(list, e.Addr)
		}
		if got := where(list); got != text {
			t.Errorf("%v is %q, want %q", list, got, text)
		}
	}
}
