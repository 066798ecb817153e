package host

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseAddress(t *testing.T) {
	flags := func(s string, old byte, wide ...byte) []byte {
		b := decode(t, s)
		b[2] = old
		if i := slices.Index(b, 8); len(wide) > 0 && i >= 0 {
			// IFA_FLAGS of addrV6 stands at 48: header, ADDRESS, CACHEINFO.
			copy(b[52:], wide)
		}
		return b
	}
	peer := decode(t, addrV4)
	copy(peer[12:], []byte{192, 0, 2, 1}) // IFA_ADDRESS: the other end of the link
	tests := []struct {
		name string
		data []byte
		want Address
	}{
		{"lo", decode(t, addrV4), Address{Addr: netip.MustParseAddr("127.0.0.1")}},
		{"lo, IPv6", decode(t, addrV6), Address{Addr: netip.MustParseAddr("::1")}},
		{"point to point", peer, Address{Addr: netip.MustParseAddr("127.0.0.1")}},
		{"not checked yet", flags(addrV6, 0, unix.IFA_F_TENTATIVE, 0, 0, 0), Address{Addr: netip.MustParseAddr("::1"), Pending: true}},
		{"used while it is checked", flags(addrV6, 0, unix.IFA_F_TENTATIVE|unix.IFA_F_OPTIMISTIC, 0, 0, 0),
			Address{Addr: netip.MustParseAddr("::1")}},
		{"somebody else has it", flags(addrV6, 0, unix.IFA_F_DADFAILED, 0, 0, 0), Address{Addr: netip.MustParseAddr("::1"), Pending: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, keep, err := parseAddress(netlinkMessage{Type: unix.RTM_NEWADDR, Data: tt.data})
			if err != nil || !keep || got != tt.want {
				t.Errorf("got %+v %v %v, want %+v", got, keep, err, tt.want)
			}
		})
	}
	for name, m := range map[string]netlinkMessage{
		"a short one":        {Type: unix.RTM_NEWADDR, Data: []byte{2, 8}},
		"another type":       {Type: unix.RTM_NEWROUTE, Data: decode(t, addrV4)},
		"a broken attribute": {Type: unix.RTM_NEWADDR, Data: decode(t, addrV4)[:13]},
	} {
		if a, keep, err := parseAddress(m); err == nil || keep {
			t.Errorf("%s is taken: %+v", name, a)
		}
	}
	if _, keep, err := parseAddress(netlinkMessage{Type: unix.RTM_NEWADDR, Data: make([]byte, 8)}); keep || err != nil {
		t.Errorf("an address without one: keep %v, %v", keep, err)
	}
}

// The list must be the one that the standard library makes in its own way.
func TestAddressesOfThisMachine(t *testing.T) {
	h := &Host{Files: NewFiles("/")}
	got, err := h.Addresses(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 {
		t.Fatal("no address to compare")
	}
	for _, w := range want {
		ip := netip.MustParsePrefix(w.String()).Addr()
		if !slices.ContainsFunc(got, func(a Address) bool { return a.Addr == ip }) {
			t.Errorf("%s is missing in %v", ip, got)
		}
	}
}

func TestCanBind(t *testing.T) {
	h := &Host{Files: NewFiles("/")}
	for _, name := range []string{"net/ipv4/ip_nonlocal_bind", "net/ipv6/ip_nonlocal_bind"} {
		if v, _ := h.Sysctl(name); v == "1" {
			t.Skip("any address can be bound to here: " + name)
		}
	}
	for _, tt := range []struct {
		addr string
		want bool
	}{
		{"127.0.0.1", true}, {"127.8.7.6", true}, {"0.0.0.0", true},
		// For documentation only: nobody has them.
		{"203.0.113.9", false}, {"2001:db8::9", false}, {"fe80::1%no-such-device", false},
	} {
		addr := netip.MustParseAddr(tt.addr)
		got, err := h.CanBind(addr)
		if err != nil || got != tt.want {
			t.Errorf("%s: %v %v, want %v", tt.addr, got, err, tt.want)
		}
	}
	if _, err := h.CanBind(netip.Addr{}); err == nil {
		t.Error("no address could be bound to")
	}
}

func TestLoopbackUp(t *testing.T) {
	up, err := (&Host{Files: NewFiles("/")}).LoopbackUp()
	if err != nil {
		t.Fatal(err)
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	if want := lo.Flags&net.FlagUp != 0; up != want {
		t.Errorf("up %v, want %v", up, want)
	}
}

func TestSysctlAndIPv6(t *testing.T) {
	root := t.TempDir()
	h := &Host{Files: NewFiles(root)}
	if six, err := h.KernelIPv6(); six || err != nil {
		t.Errorf("IPv6 %v %v", six, err)
	}
	if _, err := h.Sysctl("net/ipv4/ip_nonlocal_bind"); err == nil {
		t.Error("a parameter that is not there")
	}
	for path, text := range map[string]string{"proc/net/if_inet6": "", "proc/sys/net/ipv4/ip_nonlocal_bind": "1\n"} {
		must(t, os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755))
		must(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o644))
	}
	if six, err := h.KernelIPv6(); !six || err != nil {
		t.Errorf("IPv6 %v %v", six, err)
	}
	if v, err := h.Sysctl("net/ipv4/ip_nonlocal_bind"); v != "1" || err != nil {
		t.Errorf("%q %v", v, err)
	}
}
