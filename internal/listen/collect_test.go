package listen

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func here() *host.Host { return &host.Host{Files: host.NewFiles("/")} }

// open listens in this process and returns where.
func open(t *testing.T, multipath bool, addr string) netip.AddrPort {
	t.Helper()
	var conf net.ListenConfig
	conf.SetMultipathTCP(multipath)
	l, err := conf.Listen(context.Background(), "tcp", addr)
	if err != nil {
		if strings.HasPrefix(addr, "[") {
			t.Skip("no IPv6 here:", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return netip.MustParseAddrPort(l.Addr().String())
}

// Listeners of this process are seen, by both ways and with the same answer.
func TestCollectBothWays(t *testing.T) {
	h := here()
	for _, addr := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"} {
		t.Run(addr, func(t *testing.T) {
			at := open(t, false, addr)
			look := func(w lister) Facts {
				f := collect(context.Background(), h, []int{int(at.Port())}, []int{os.Getpid(), 1}, nil, []lister{w})
				if f.Err != "" || f.Source != w.name {
					t.Fatalf("by %s: %q, source %q", w.name, f.Err, f.Source)
				}
				f.Source = ""
				return f
			}
			one, two := look(lister{FromSockDiag, h.Listeners}), look(lister{FromProc, h.ListenersFromProc})
			if !slices.ContainsFunc(one.Sockets, func(s Socket) bool {
				return s.Addr == at && len(s.Owners) == 1 && s.Owners[0].PID == os.Getpid()
			}) {
				t.Fatalf("%s is not among %+v", at, one.Sockets)
			}
			if owner := one.Owner(at); !strings.Contains(owner, "pid") {
				t.Errorf("owner %q", owner)
			}
			if one.LookedInto > 2 {
				t.Errorf("%d processes were looked into", one.LookedInto)
			}
			for _, f := range []*Facts{&one, &two} {
				for i := range f.Sockets {
					f.Sockets[i].V6Only, f.Sockets[i].V6OnlyKnown = false, false
				}
			}
			if !reflect.DeepEqual(one.Sockets, two.Sockets) {
				t.Errorf("sock_diag:\n%+v\n/proc:\n%+v", one.Sockets, two.Sockets)
			}
		})
	}
}

// A program in Go 1.24 or later listens with Multipath TCP without knowing. Its
// socket must be found as well.
func TestCollectFindsMultipathListeners(t *testing.T) {
	at := open(t, true, "127.0.0.1:0")
	f := Collect(context.Background(), here(), []int{int(at.Port())}, nil)
	if len(f.Sockets) != 1 || !slices.ContainsFunc(f.Sockets[0].Owners, func(p host.Process) bool { return p.PID == os.Getpid() }) {
		t.Errorf("got %+v %s", f.Sockets, f.HoldersErr)
	}
}

func TestCollectElsewhere(t *testing.T) {
	at, other := open(t, false, "127.0.0.1:0"), open(t, false, "127.0.0.1:0")
	f := Collect(context.Background(), here(), []int{int(at.Port()), int(at.Port())}, []int{os.Getpid(), 1},
		netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("203.0.113.9"), netip.IPv4Unspecified())
	if !slices.ContainsFunc(f.Elsewhere, func(s Socket) bool { return s.Addr == other }) {
		t.Errorf("%s is not among %+v", other, f.Elsewhere)
	}
	if len(f.Ports) != 1 || len(f.Sockets) != 1 {
		t.Errorf("ports %v, sockets %+v", f.Ports, f.Sockets)
	}
	if len(f.Bindable) != 2 || !f.Bindable[0].OK {
		t.Errorf("bindable %+v", f.Bindable)
	}
}

// Nothing but this process is asked when it holds everything.
func TestCollectIsCheapOnAHealthyBox(t *testing.T) {
	at := open(t, false, "127.0.0.1:0")
	f := Collect(context.Background(), here(), []int{int(at.Port())}, []int{os.Getpid(), 1})
	if f.LookedInto != 1 || f.LookedAll || f.Units != nil {
		t.Errorf("looked into %d, all %v, units %v", f.LookedInto, f.LookedAll, f.Units)
	}
}

// Thousands of sockets of somebody's do not hide root's.
func TestCollectIsBounded(t *testing.T) {
	crowd := lister{FromSockDiag, func(context.Context, bool) ([]host.Listener, error) {
		var all []host.Listener
		for i := range 1 << 15 {
			ip := netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)})
			all = append(all, host.Listener{Addr: netip.AddrPortFrom(ip, 22), UID: 1000, Inode: uint64(i)})
		}
		return append(all, host.Listener{Addr: netip.MustParseAddrPort("0.0.0.0:22"), Inode: 1 << 20}), nil
	}}
	f := collect(context.Background(), &host.Host{Files: host.NewFiles(t.TempDir())}, []int{22}, nil, nil, []lister{crowd})
	if len(f.Sockets) != maxSockets || f.Sockets[0].Addr != netip.MustParseAddrPort("0.0.0.0:22") {
		t.Errorf("%d sockets, first %v", len(f.Sockets), f.Sockets[0].Addr)
	}
}

func TestCollectFallsBack(t *testing.T) {
	refused := lister{FromSockDiag, func(context.Context, bool) ([]host.Listener, error) {
		return nil, errors.New("netlink refused")
	}}
	broken := lister{FromProc, func(context.Context, bool) ([]host.Listener, error) {
		return nil, errors.New("no /proc\nat all")
	}}
	f := collect(context.Background(), here(), []int{22}, nil, nil, []lister{refused, {FromProc, here().ListenersFromProc}})
	if f.Err != "" || f.Source != FromProc || f.SourceWhy != "netlink refused" {
		t.Errorf("got %q %q %q", f.Err, f.Source, f.SourceWhy)
	}
	f = collect(context.Background(), here(), []int{22}, []int{1}, nil, []lister{refused, broken})
	if f.Err != "netlink refused; no /proc; at all" || f.Source != "" {
		t.Errorf("got %q %q", f.Err, f.Source)
	}
}

// A box in a directory: what its /proc says, and no word of this machine.
func TestCollectFromATree(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		p := filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	head := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	write("proc/net/tcp", head+"   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 50 1 0 100 0 0 10 0\n")
	write("proc/net/tcp6", head+"   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51 1 0 100 0 0 10 0\n")
	write("proc/net/if_inet6", "")
	write("proc/sys/net/ipv4/ip_nonlocal_bind", "1\n")
	write(strings.TrimPrefix(generator, "/"), "")
	write(strings.TrimPrefix(generated, "/"), "[Socket]\n")
	write("proc/812/status", "Name:\tsshd\nPPid:\t1\nUid:\t0\t0\t0\t0\n")
	write("proc/812/cgroup", "0::/system.slice/ssh.service\n")
	for i, inode := range []string{"50", "51"} {
		fd := filepath.Join(root, "proc/812/fd", string(rune('3'+i)))
		if err := errors.Join(os.MkdirAll(filepath.Dir(fd), 0o755), os.Symlink("socket:["+inode+"]", fd)); err != nil {
			t.Fatal(err)
		}
	}
	f := Collect(context.Background(), &host.Host{Files: host.NewFiles(root)}, []int{22}, []int{812, 1})
	if f.Source != FromProc || !f.IPv6 || !f.NonLocal4 || f.NonLocal6 || f.Generator != generator || f.Generated != "[Socket]\n" {
		t.Errorf("got %+v", f)
	}
	if len(f.Sockets) != 2 || f.Owner(netip.MustParseAddrPort("[::1]:22")) != "sshd (pid 812, ssh.service)" {
		t.Errorf("got %+v", f.Sockets)
	}
	if found := Judge(f, std, up); len(found) != 0 {
		t.Errorf("found %+v", found)
	}
}

// Facts are plain data.
func TestFactsAreJSON(t *testing.T) {
	f := units(box(sock("dual [::]:22", gitea)), giteaUnit)
	f.Bindable = []Bindable{{Addr: netip.MustParseAddr("192.0.2.7"), OK: true}}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Facts
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(f, back) {
		t.Errorf("%v\n%+v\n%+v", err, f, back)
	}
}
