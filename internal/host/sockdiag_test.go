package host

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What a kernel (6.18) said of sshd's two sockets and of lo, on a little-endian
// machine.
const (
	diagV4 = "020a00000016000000000000000000000000000000000000000000000000000000000000000000000000000026010000000000000000000000000000800000000000000094063900050008000000000008000f00000000000c00150042680600000000000600160052000000"
	diagV6 = "0a0a0000001600000000000000000000000000000000000000000000000000000000000000000000000000002701000000000000000000000000000080000000000000009c063900050008000000000005000b000100000008000f00000000000c00150042680600000000000600160012000000"
	addrV4 = "020880fe01000000080001007f000001080002007f000001070003006c6f0000080008008000000014000600ffffffffffffffff4ce402004ce40200"
	addrV6 = "0a8080fe01000000140001000000000000000000000000000000000114000600ffffffffffffffff8c5a04008c5a0400080008008000000005000b0001000000"
)

func decode(tb testing.TB, s string) []byte {
	tb.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		tb.Skip("the bytes were taken from a little-endian machine")
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func diagSeeds(tb testing.TB) [][]byte {
	return [][]byte{decode(tb, diagV4), decode(tb, diagV6), decode(tb, addrV4), decode(tb, addrV6)}
}

func TestParseDiag(t *testing.T) {
	mapped := decode(t, diagV6)
	copy(mapped[8:], netip.MustParseAddr("::ffff:192.0.2.1").AsSlice())
	tied := decode(t, diagV4)
	tied[40] = 3
	tests := []struct {
		name string
		data []byte
		want Listener
	}{
		{"sshd on IPv4", decode(t, diagV4), Listener{Addr: netip.MustParseAddrPort("0.0.0.0:22"), Inode: 3737236}},
		{"sshd on IPv6", decode(t, diagV6), Listener{
			Addr: netip.MustParseAddrPort("[::]:22"), V6Only: true, V6OnlyKnown: true, Inode: 3737244,
		}},
		{"IPv4 through an IPv6 socket", mapped, Listener{
			Addr: netip.MustParseAddrPort("192.0.2.1:22"), V6Only: true, V6OnlyKnown: true, Inode: 3737244,
		}},
		{"tied to an interface", tied, Listener{Addr: netip.MustParseAddrPort("0.0.0.0:22"), Inode: 3737236, Device: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, keep, err := parseDiag(netlinkMessage{Type: unix.SOCK_DIAG_BY_FAMILY, Data: tt.data})
			if err != nil || !keep || got != tt.want {
				t.Errorf("got %+v %v %v, want %+v", got, keep, err, tt.want)
			}
		})
	}
}

func TestParseDiagRefuses(t *testing.T) {
	good := decode(t, diagV4)
	family := slices.Clone(good)
	family[0] = 99
	attr := slices.Clone(good)
	attr[72] = 200
	for name, m := range map[string]netlinkMessage{
		"a short one":        {Type: unix.SOCK_DIAG_BY_FAMILY, Data: good[:71]},
		"another type":       {Type: unix.RTM_NEWROUTE, Data: good},
		"an unknown family":  {Type: unix.SOCK_DIAG_BY_FAMILY, Data: family},
		"a broken attribute": {Type: unix.SOCK_DIAG_BY_FAMILY, Data: attr},
	} {
		if l, keep, err := parseDiag(m); err == nil || keep {
			t.Errorf("%s is taken: %+v", name, l)
		}
	}
	connected := slices.Clone(good)
	connected[1] = 1
	if _, keep, err := parseDiag(netlinkMessage{Type: unix.SOCK_DIAG_BY_FAMILY, Data: connected}); keep || err != nil {
		t.Errorf("an established connection: keep %v, error %v", keep, err)
	}
}

func TestDiagRequest(t *testing.T) {
	tcp := diagRequest(unix.AF_INET6, unix.IPPROTO_TCP)
	if len(tcp) != 56 || tcp[0] != unix.AF_INET6 || tcp[1] != unix.IPPROTO_TCP {
		t.Errorf("%x", tcp)
	}
	if states := binary.NativeEndian.Uint32(tcp[4:]); states != 1<<10 {
		t.Errorf("asks for states %#x, want LISTEN alone", states)
	}
	multi := diagRequest(unix.AF_INET, unix.IPPROTO_MPTCP)
	if len(multi) != 64 || binary.NativeEndian.Uint32(multi[60:]) != unix.IPPROTO_MPTCP {
		t.Errorf("%x", multi)
	}
}

// listen opens a plain TCP listener of this process.
func listen(t *testing.T, addr string) netip.AddrPort {
	t.Helper()
	var conf net.ListenConfig
	conf.SetMultipathTCP(false)
	l, err := conf.Listen(context.Background(), "tcp", addr)
	if err != nil {
		if strings.Contains(addr, ":]") || strings.Contains(addr, "::") {
			t.Skip("no IPv6 here:", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return netip.MustParseAddrPort(l.Addr().String())
}

// TestBothWays asks the kernel in both ways about listeners of this process.
func TestBothWays(t *testing.T) {
	h := &Host{Files: NewFiles("/")}
	ctx := context.Background()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		t.Run(addr, func(t *testing.T) {
			at := listen(t, addr)
			byNetlink, err := h.Listeners(ctx, true)
			if err != nil {
				t.Fatal(err)
			}
			byProc, err := h.ListenersFromProc(ctx, true)
			if err != nil {
				t.Fatal(err)
			}
			find := func(list []Listener) Listener {
				i := slices.IndexFunc(list, func(l Listener) bool { return l.Addr == at })
				if i < 0 {
					t.Fatalf("%s is not in the list", at)
				}
				return list[i]
			}
			one, two := find(byNetlink), find(byProc)
			if at.Addr().Is6() && !one.V6OnlyKnown {
				t.Error("sock_diag does not say whether it is for IPv6 only")
			}
			one.V6Only, one.V6OnlyKnown = false, false
			if one != two {
				t.Errorf("sock_diag says %+v, /proc %+v", one, two)
			}
			if one.Inode == 0 || one.UID != os.Getuid() {
				t.Errorf("got %+v, want an inode and uid %d", one, os.Getuid())
			}
			if holds, err := h.Holds(os.Getpid(), one.Inode); !holds || err != nil {
				t.Errorf("this process does not hold it: %v", err)
			}
		})
	}
}

func TestKernelQuestionsOfAnotherRoot(t *testing.T) {
	h := &Host{Files: NewFiles(t.TempDir())}
	_, a := h.Listeners(context.Background(), true)
	_, b := h.Addresses(context.Background())
	_, c := h.CanBind(netip.MustParseAddr("127.0.0.1"))
	_, d := h.LoopbackUp()
	for _, err := range []error{a, b, c, d} {
		if !errors.Is(err, ErrNotLive) {
			t.Errorf("error %v, want ErrNotLive", err)
		}
	}
}
