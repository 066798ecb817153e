package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ways says of each refused group what would help: "NAME: part | client | server".
func ways(s Survey) []string {
	var out []string
	for _, g := range s.Refused {
		fix := strings.Join(g.Fix.settings(), ", ")
		if g.Fix.Key != "" {
			fix = strings.TrimSuffix(g.Fix.Key+" key, "+fix, ", ")
		}
		if g.Fix.weak() {
			fix += " (weak)"
		}
		if g.Fix.None {
			fix = "nothing"
		}
		out = append(out, fmt.Sprintf("%s: %s | %s | %s", g, failing(g.Meeting), atClient(g), fix))
	}
	return out
}

func TestLook(t *testing.T) {
	debian12 := Host{Banner: "SSH-2.0-OpenSSH_9.2p1 Debian-2", Keys: []string{"ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"}}
	rsaOnly := Host{Banner: "SSH-2.0-OpenSSH_9.2p1", Keys: []string{"ssh-rsa"}}
	restricted := rsaOnly
	restricted.Allowed = []string{"rsa-sha2-512", "rsa-sha2-256"}
	short := serverOf(t, "8.4", "rsa-sha2-512", "ssh-rsa")
	short.RSA = 1024
	for _, c := range []struct {
		what    string
		clients string
		server  Server
		host    Host
		want    string
	}{
		{
			"Debian 12 as it comes", "OpenSSH 5.3;OpenSSH 5.4;OpenSSH 5.7;libssh2 1.8.0", serverOf(t, "9.2", usual()...), debian12,
			"OpenSSH 5.3 to 5.4: host key | use 5.7 or later | HostKeyAlgorithms +ssh-rsa (weak)\n" +
				"libssh2 1.8.0: host key | use another client | HostKeyAlgorithms +ssh-rsa (weak)",
		},
		{
			"nothing but an RSA key: a second key helps most", "OpenSSH 7.1;PuTTY 0.74;JSch 0.1.55;OpenSSH 7.2",
			serverOf(t, "9.2", "rsa-sha2-512", "rsa-sha2-256"), rsaOnly,
			"OpenSSH 7.1: host key | use 7.2 or later | ecdsa key\n" +
				"PuTTY 0.74: host key | use another client | ecdsa key\n" +
				"JSch 0.1.55: host key | use another client | ecdsa key",
		},
		{
			"a MAC of SHA-2 is thought of before one of SHA-1", "dropbear 2018.76;AsyncSSH 2.20.0;PuTTY 0.60",
			one("curve25519-sha256,diffie-hellman-group14-sha1", "ecdsa-sha2-nistp256,ssh-ed25519,ssh-rsa", "aes256-ctr", "hmac-sha2-512-96"), debian12,
			"dropbear 2018.76: MAC | use another client | MACs +hmac-sha2-256\n" +
				"AsyncSSH 2.20.0: MAC | use another client | MACs +hmac-sha2-256\n" +
				"PuTTY 0.60: MAC | use another client | MACs +hmac-sha1",
		},
		{
			"the configuration would not let sshd offer that key", "OpenSSH 7.1",
			serverOf(t, "9.2", "rsa-sha2-512", "rsa-sha2-256"), restricted,
			"OpenSSH 7.1: host key | use another client | ecdsa key, HostKeyAlgorithms +ecdsa-sha2-nistp256",
		},
		{
			"a key that is there and not offered needs no new one", "OpenSSH 9.2", serverOf(t, "9.2", "ssh-rsa"),
			Host{Keys: []string{"ssh-rsa", "ecdsa-sha2-nistp384"}, Allowed: []string{"ssh-rsa"}},
			"OpenSSH 9.2: host key | ssh -o HostKeyAlgorithms=+ssh-rsa (weak) | HostKeyAlgorithms +ecdsa-sha2-nistp384",
		},
		{
			"the same with an RSA key", "OpenSSH 9.2", serverOf(t, "9.2", "ssh-rsa"),
			Host{Keys: []string{"ssh-rsa"}, Allowed: []string{"ssh-rsa", "rsa-sha2-256"}},
			"OpenSSH 9.2: host key | ssh -o HostKeyAlgorithms=+ssh-rsa (weak) | HostKeyAlgorithms +rsa-sha2-512",
		},
		{
			"an old switch", "OpenSSH 10.0;Go x/crypto 0.58;JSch 2.28",
			one("diffie-hellman-group1-sha1", "ssh-rsa", "aes128-ctr", "hmac-sha1"), Host{Banner: "SSH-2.0-Cisco-1.25"},
			"OpenSSH 10.0: key exchange, host key | ssh -o KexAlgorithms=+diffie-hellman-group1-sha1 -o HostKeyAlgorithms=+ssh-rsa (weak) | ed25519 key, KexAlgorithms +mlkem768x25519-sha256\n" +
				"Go x/crypto 0.58: key exchange | ClientConfig.KeyExchanges: add \"diffie-hellman-group1-sha1\" (weak) | KexAlgorithms +mlkem768x25519-sha256\n" +
				"JSch 2.28: key exchange, host key | setConfig(kex): add diffie-hellman-group1-sha1 setConfig(server_host_key): add ssh-rsa (weak) | ed25519 key, KexAlgorithms +mlkem768x25519-sha256",
		},
		{
			"what sshd itself has given up", "OpenSSH 5.3", one("curve25519-sha256", "ssh-ed25519", "chacha20-poly1305@openssh.com", "hmac-sha1"),
			Host{Banner: "SSH-2.0-OpenSSH_10.0p2"},
			"OpenSSH 5.3: key exchange, and 2 more | use another client | rsa key, KexAlgorithms +diffie-hellman-group-exchange-sha256, HostKeyAlgorithms +ssh-rsa, Ciphers +aes128-ctr (weak)",
		},
		{
			"what no sshd of that age has", "paramiko 1.16", one("curve25519-sha256", "ecdsa-sha2-nistp256", "aes128-ctr", "umac-64@openssh.com"),
			Host{Banner: "SSH-2.0-OpenSSH_10.0p2"},
			"paramiko 1.16: key exchange, MAC | use another client | KexAlgorithms +diffie-hellman-group-exchange-sha256, MACs +hmac-sha2-256",
		},
		{
			"a short RSA key", "made 1", short, Host{Keys: []string{"ssh-rsa"}},
			"made 1: RSA key too short | use another client | rsa key",
		},
	} {
		var some []Release
		for _, name := range strings.Split(c.clients, ";") {
			if name == "made 1" {
				r := release(t, "OpenSSH 8.4")
				r.Name, r.Version, r.RSA = "made", "1", 2048
				some = append(some, r)
				continue
			}
			some = append(some, release(t, name))
		}
		if got := strings.Join(ways(Look(some, c.server, c.host)), "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.what, got, c.want)
		}
	}
}

// What the model tells people to do has to work by the model's own rules.
func TestWaysHelp(t *testing.T) {
	known := all(t)
	tried := 0
	for _, s := range []Server{
		serverOf(t, "9.2", usual()...), serverOf(t, "10.0", usual()...), serverOf(t, "10.0", "ssh-ed25519"),
		serverOf(t, "9.2", "rsa-sha2-512", "rsa-sha2-256"), serverOf(t, "8.4", "ssh-rsa"),
		one("diffie-hellman-group1-sha1", "ssh-dss", "3des-cbc", "hmac-md5"),
		one("sntrup761x25519-sha512", "ssh-ed25519", "aes256-gcm@openssh.com", "hmac-sha2-256"),
	} {
		host := Host{Banner: "SSH-2.0-OpenSSH_9.2p1"}
		for _, g := range Look(known, s, host).Refused {
			for _, version := range g.Versions {
				r := release(t, g.Name+" "+version)
				if g.Newer != "" && !release(t, g.Name+" "+g.Newer).Meet(s).In() {
					t.Errorf("%s: %s does not get in either", r, g.Newer)
				}
				if g.Option != "" {
					tried++
					told := r
					for _, p := range Parts() {
						told.Offers[p] = slices.Concat(r.Offers[p], r.Also[p])
					}
					if !told.Meet(s).In() {
						t.Errorf("%s does not get in with %s", r, g.Option)
					}
				}
				if g.Fix.None {
					continue
				}
				mended := s.withKey(g.Fix.Key)
				for _, p := range Parts() {
					mended = mended.with(p, g.Fix.Add[p])
				}
				if m := r.Meet(mended); len(m.Failed) > 0 {
					t.Errorf("%s: %+v does not help: %v", r, g.Fix, m)
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no option was tried")
	}
}

// Releases in a range are neighbours: none between them fares otherwise.
func TestGroupsHaveNoGaps(t *testing.T) {
	some := []Release{
		made("k-1", "h-1", "c-1", "m-1"), made("k-2", "h-1", "c-1", "m-1"), made("k-1", "h-1", "c-1", "m-1"),
	}
	for i := range some {
		some[i].Version = fmt.Sprint(i + 1)
	}
	s := Look(some, one("k-1", "h-1", "c-1", "m-1"), Host{})
	var got []string
	for _, g := range slices.Concat(s.In, s.Refused, Programs(s.In)) {
		got = append(got, g.String())
	}
	if want := []string{"made 1", "made 3", "made 2", "made 1", "made 3"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
