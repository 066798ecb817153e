package handshake

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	typeRSA     = "ssh-rsa"
	typeECDSA   = "ecdsa-sha2-nistp256"
	typeEd25519 = "ssh-ed25519"
)

func allTypes() []string { return []string{typeRSA, typeECDSA, typeEd25519} }

func TestCollectProvesEveryType(t *testing.T) {
	keys := []ssh.Signer{rsaKey(t), ecdsaKey(t), ed25519Key(t)}
	s := serve(t, "127.0.0.1:0", sshd(t, keys...))
	f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: allTypes()})
	for _, k := range disk(keys...) {
		if !f.Proven(k.SHA256) || !f.Proven(strings.TrimPrefix(k.SHA256, "SHA256:")) {
			t.Errorf("%s was not proven: %+v", k.Type, f)
		}
	}
	if f.Proven("SHA256:nobody") {
		t.Error("a key that nobody has was proven")
	}
	if o, ok := f.Offer(); !ok || len(o.Kex) == 0 || !slices.Contains(o.types(), typeRSA) {
		t.Errorf("offer %+v, %v", o, ok)
	}
	e := f.Endpoints()
	if len(e) != 1 || e[0].Reached != "hostkey" || e[0].Banner != "SSH-2.0-OpenSSH_9.9 test" || e[0].Error != "" ||
		e[0].Address != "127.0.0.1" || e[0].Port != int(s.addr.Port()) {
		t.Errorf("endpoints %+v", e)
	}
	if found := Judge(f, disk(keys...), true); found != nil {
		t.Errorf("a healthy server has %+v", found)
	}
	from := s.sources()
	if len(from) != 3 || from[0] == from[1] || from[1] == from[2] || from[0] == from[2] {
		t.Errorf("connections came from %v", from)
	}
	for _, y := range f.Targets[0].Tries {
		if !slices.Contains(from, y.Source) || !y.fresh() || y.Proof.Type != y.Wanted || y.End != EndProven {
			t.Errorf("%+v", y)
		}
		if y.Wanted == typeRSA && y.Proof.Algorithm != "rsa-sha2-512" {
			t.Errorf("the RSA key signed with %s", y.Proof.Algorithm)
		}
	}
}

func TestCollectBothFamilies(t *testing.T) {
	keys := []ssh.Signer{rsaKey(t), ecdsaKey(t), ed25519Key(t)}
	six := serve(t, "[::1]:0", sshd(t, keys...))
	four := serve(t, netip.AddrPortFrom(ordinary(), six.addr.Port()).String(), sshd(t, keys...))
	for _, tt := range []struct {
		one  bool
		want int
	}{{false, 4}, {true, 3}} {
		before := len(four.sources()) + len(six.sources())
		f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{four.addr, six.addr}, Types: allTypes(), OneServer: tt.one})
		if found := Judge(f, disk(keys...), true); found != nil {
			t.Errorf("OneServer %v: %+v", tt.one, found)
		}
		if got := len(four.sources()) + len(six.sources()) - before; got != tt.want {
			t.Errorf("OneServer %v: %d connections, want %d", tt.one, got, tt.want)
		}
	}
	if got := six.sources(); len(got) != 2 || got[0] != netip.IPv6Loopback() {
		t.Errorf("over IPv6 from %v", got)
	}
}

// A server without the wanted type proves another one: no negotiation fails.
func TestCollectTypeNotOffered(t *testing.T) {
	key := ed25519Key(t)
	s := serve(t, "127.0.0.1:0", sshd(t, key))
	f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: []string{typeEd25519, typeRSA}})
	for _, y := range f.Targets[0].Tries {
		if y.Proof == nil || y.Proof.Type != typeEd25519 {
			t.Errorf("%+v", y)
		}
	}
}

type liar struct{ claims, holds ssh.Signer }

func (l liar) PublicKey() ssh.PublicKey { return l.claims.PublicKey() }

func (l liar) Sign(r io.Reader, data []byte) (*ssh.Signature, error) { return l.holds.Sign(r, data) }

// A server that shows a key which it does not hold has proven nothing.
func TestCollectWrongSignature(t *testing.T) {
	claims, holds := ed25519Key(t), ed25519Key(t)
	s := serve(t, "127.0.0.1:0", sshd(t, liar{claims, holds}))
	f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: []string{typeEd25519}})
	if f.Proven(ssh.FingerprintSHA256(claims.PublicKey())) {
		t.Fatal("the key was taken for proven")
	}
	if got := f.Endpoints(); got[0].Reached != "kexinit" || got[0].Error == "" {
		t.Errorf("%+v", got)
	}
	if codes := codesOf(Judge(f, disk(claims), true)); !slices.Contains(codes, CodeFailed) {
		t.Errorf("found %v", codes)
	}
}

func TestCollectRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{addr}, Types: allTypes()})
	for _, y := range f.Targets[0].Tries {
		if y.End != EndRefused || y.Reached != Refused || y.Error != "connection refused" || y.Source == ordinary() {
			t.Errorf("%+v", y)
		}
	}
}

// The types that the first address was to prove are asked for at the second.
func TestCollectFirstAddressRefuses(t *testing.T) {
	keys := []ssh.Signer{rsaKey(t), ecdsaKey(t), ed25519Key(t)}
	s := serve(t, "127.0.0.1:0", sshd(t, keys...))
	dead := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), s.addr.Port())
	f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{dead, s.addr}, Types: allTypes()})
	for _, k := range disk(keys...) {
		if !f.Proven(k.SHA256) {
			t.Errorf("%s was not proven: %+v", k.Type, f)
		}
	}
	if codes := codesOf(Judge(f, disk(keys...), true)); !slices.Equal(codes, []string{CodeRefused}) {
		t.Errorf("found %v", codes)
	}
}

func TestCollectNoTargets(t *testing.T) {
	f := Collect(t.Context(), Plan{Types: allTypes()})
	if len(f.Targets) != 0 || Judge(f, nil, true) != nil || f.Endpoints() != nil {
		t.Errorf("%+v", f)
	}
	if _, ok := f.Offer(); ok {
		t.Error("an offer out of nowhere")
	}
}

// 192.0.2.1 is for documentation (RFC 5737): nobody has it, and a packet to it
// would leave this machine.
func TestCollectStaysOnTheBox(t *testing.T) {
	f := Collect(t.Context(), Plan{Targets: addrs("192.0.2.1:22", "[2001:db8::1]:22", "0.0.0.0:22"), Timeout: time.Minute})
	for _, target := range f.Targets {
		if len(target.Tries) != 0 || target.Untried != UntriedForeign {
			t.Errorf("%+v", target)
		}
	}
	if f.Endpoints() != nil {
		t.Errorf("endpoints %+v", f.Endpoints())
	}
}

func TestCollectBudget(t *testing.T) {
	var plan Plan
	var servers []*server
	for range 6 {
		s := serve(t, "127.0.0.1:0", sshd(t, ed25519Key(t)))
		servers = append(servers, s)
		plan.Targets = append(plan.Targets, s.addr)
	}
	plan.Types = []string{typeEd25519}
	f := Collect(t.Context(), plan)
	made, untried := 0, 0
	for i, s := range servers {
		made += len(s.sources())
		if f.Targets[i].Untried == UntriedBudget {
			untried++
		}
	}
	if made != perFamily || untried != 2 {
		t.Errorf("%d connections, %d untried", made, untried)
	}
}

// The first wave waits until all its connections are there: they must be made
// side by side, and never more of them than the limit.
func TestCollectSideBySideWithinLimit(t *testing.T) {
	keys := []ssh.Signer{rsaKey(t), ecdsaKey(t), ed25519Key(t)}
	for _, limit := range []int{0, 3, 2, 1} {
		want := limit
		if limit == 0 {
			want = len(keys)
		}
		var mu sync.Mutex
		open, most := 0, 0
		together := make(chan bool)
		serving := sshd(t, keys...)
		s := serve(t, "127.0.0.1:0", func(c net.Conn, n int) {
			mu.Lock()
			open++
			most = max(most, open)
			if open == want && n < want {
				close(together)
			}
			mu.Unlock()
			if n < want {
				<-together
			}
			mu.Lock()
			open--
			mu.Unlock()
			serving(c, n)
		})
		f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: allTypes(), Limit: limit, Timeout: time.Minute})
		if found := Judge(f, disk(keys...), true); found != nil {
			t.Errorf("limit %d: %+v", limit, found)
		}
		if most > want {
			t.Errorf("limit %d: %d at once", limit, most)
		}
	}
}

func TestCollectCancelled(t *testing.T) {
	s := serve(t, "127.0.0.1:0", says(""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := Collect(ctx, Plan{Targets: []netip.AddrPort{s.addr}, Timeout: time.Minute})
	if f.Targets[0].Untried != UntriedNoTime {
		t.Errorf("%+v", f)
	}
	ctx, cancel = context.WithCancel(t.Context())
	s = serve(t, "127.0.0.1:0", func(c net.Conn, _ int) {
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	f = Collect(ctx, Plan{Targets: []netip.AddrPort{s.addr}, Timeout: time.Minute})
	if y := f.Targets[0].Tries[0]; y.End != EndTimeout {
		t.Errorf("%+v", y)
	}
}
