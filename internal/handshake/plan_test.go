package handshake

import (
	"net/netip"
	"testing"
)

func addrs(list ...string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range list {
		out = append(out, netip.MustParseAddrPort(s))
	}
	return out
}

func TestFirstJobs(t *testing.T) {
	three := []string{"a", "b", "c"}
	tests := []struct {
		name    string
		targets []netip.AddrPort
		types   []string
		one     bool
		// want is the target and the type of each connection.
		want []string
	}{
		{"nothing", nil, three, false, nil},
		{"one address", addrs("127.0.0.1:22"), three, false, []string{"127.0.0.1:22 a", "127.0.0.1:22 b", "127.0.0.1:22 c"}},
		{"no type known", addrs("127.0.0.1:22"), nil, false, []string{"127.0.0.1:22 "}},
		{"both families", addrs("127.0.0.1:22", "[::1]:22"), three, false,
			[]string{"127.0.0.1:22 a", "127.0.0.1:22 b", "127.0.0.1:22 c", "[::1]:22 a"}},
		{"both families, one server", addrs("[::1]:22", "127.0.0.1:22"), three, true,
			[]string{"127.0.0.1:22 a", "[::1]:22 b", "127.0.0.1:22 c"}},
		{"IPv6 only", addrs("[::1]:22"), three, false, []string{"[::1]:22 a", "[::1]:22 b", "[::1]:22 c"}},
		{"IPv6 on a port of its own", addrs("127.0.0.1:22", "[::1]:23"), []string{"a", "b"}, false,
			[]string{"127.0.0.1:22 a", "127.0.0.1:22 b", "[::1]:23 a", "[::1]:23 b"}},
		{"types are spread over addresses", addrs("127.0.0.1:22", "10.0.0.1:22"), three, false,
			[]string{"127.0.0.1:22 a", "10.0.0.1:22 b", "127.0.0.1:22 c"}},
		{"more addresses than types", addrs("127.0.0.1:22", "127.0.0.1:23", "127.0.0.1:24"), []string{"a"}, false,
			[]string{"127.0.0.1:22 a", "127.0.0.1:23 a", "127.0.0.1:24 a"}},
	}
	for _, tt := range tests {
		jobs := firstJobs(tt.targets, tt.types, tt.one)
		if len(jobs) != len(tt.want) {
			t.Errorf("%s: %d connections, want %v", tt.name, len(jobs), tt.want)
			continue
		}
		for i, j := range jobs {
			to := tt.targets[j.target]
			if got := to.String() + " " + j.wanted; got != tt.want[i] {
				t.Errorf("%s: connection %d is %q, want %q", tt.name, i, got, tt.want[i])
			}
			if j.source.IsValid() != to.Addr().Is4() {
				t.Errorf("%s: %s comes from %s", tt.name, to, j.source)
			}
		}
	}
}

func TestPrivateSource(t *testing.T) {
	busy := netip.MustParsePrefix("127.0.0.0/16")
	seen := map[netip.Addr]bool{}
	for range 1000 {
		a := privateSource()
		seen[a] = true
		if !a.IsLoopback() || busy.Contains(a) || a.As4()[3] == 0 || a.As4()[3] == 255 {
			t.Fatalf("%s is no good source", a)
		}
	}
	if len(seen) < 900 {
		t.Errorf("only %d different sources of 1000", len(seen))
	}
}

func TestProvable(t *testing.T) {
	got := provable([]string{"ssh-rsa", "ssh-mldsa44-ed25519", "ssh-ed25519", "made-up", "ecdsa-sha2-nistp256"})
	want := []string{"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHostKeyAlgorithmsBeginWithTheWanted(t *testing.T) {
	got := hostKeyAlgorithms("ssh-rsa")
	if got[0] != "rsa-sha2-512" || got[1] != "rsa-sha2-256" || got[2] != "ssh-rsa" || got[3] != "ssh-ed25519" {
		t.Errorf("got %v", got)
	}
	if len(hostKeyAlgorithms("")) != len(got) {
		t.Errorf("%d algorithms without a wish, %d with one", len(hostKeyAlgorithms("")), len(got))
	}
}

func TestAllowed(t *testing.T) {
	types := []string{"ssh-rsa", "ssh-ed25519"}
	if got := allowed(types, nil); len(got) != 2 {
		t.Errorf("an unknown setting allows %v", got)
	}
	if got := allowed(types, []string{"rsa-sha2-256", "ssh-ed25519-cert-v01@openssh.com"}); len(got) != 1 || got[0] != "ssh-rsa" {
		t.Errorf("got %v, want ssh-rsa", got)
	}
}
