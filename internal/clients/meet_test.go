package clients

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// serverOf is the default offer of a release, with host keys of these algorithms.
func serverOf(t *testing.T, version string, keys ...string) Server {
	t.Helper()
	servers, err := os.ReadFile("testdata/servers.txt")
	if err != nil {
		t.Fatal(err)
	}
	releases, err := parse(known + string(servers))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range releases {
		if r.Name == "sshd" && r.Version == version {
			return Server{
				Kex: r.Offers[Kex], HostKey: keys,
				Cipher: [2][]string{r.Offers[Cipher], r.Offers[Cipher]}, MAC: [2][]string{r.Offers[MAC], r.Offers[MAC]},
			}
		}
	}
	t.Fatalf("there is no server %s", version)
	return Server{}
}

func usual() []string {
	return []string{"rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"}
}

func failed(m Meeting) string {
	var out []string
	for _, p := range m.Failed {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

// The table of facts that the project began with, worked out by hand from the
// lists: which clients get in where.
func TestWhoGetsIn(t *testing.T) {
	old := append([]string{"ssh-rsa"}, usual()...)
	rsaOnly := []string{"rsa-sha2-512", "rsa-sha2-256"}
	servers := map[string]Server{
		"7.4": serverOf(t, "7.4", old...), "8.4": serverOf(t, "8.4", old...), "9.2": serverOf(t, "9.2", usual()...),
		"10.0": serverOf(t, "10.0", usual()...), "rsa": serverOf(t, "9.2", rsaOnly...),
	}
	const key, kex, keys = "host key type", "key exchange method", "key exchange method, host key type"
	for _, c := range []struct {
		clients string
		want    map[string]string
	}{
		{"OpenSSH 5.3;OpenSSH 5.6;PuTTY 0.60;libssh2 1.8.0", map[string]string{"9.2": key, "10.0": keys, "rsa": key}},
		{"libssh2 1.4.3", map[string]string{"8.4": kex, "9.2": keys, "10.0": keys, "rsa": keys}},
		{"paramiko 1.16", map[string]string{"10.0": kex, "rsa": key}},
		{
			"OpenSSH 5.7;OpenSSH 7.1;PuTTY 0.70;PuTTY 0.74;libssh2 1.9.0;libssh2 1.10.0;JSch 0.1.55;paramiko 2.4;dropbear 2018.76",
			map[string]string{"rsa": key},
		},
		{
			"OpenSSH 7.2;OpenSSH 10.5;PuTTY 0.76;PuTTY 0.84;libssh2 1.11.0;JSch 2.28;paramiko 2.9;dropbear 2020.81;Go x/crypto 0.58",
			nil,
		},
		{"AWS console SSH 2025", map[string]string{"10.0": kex}},
	} {
		for _, name := range strings.Split(c.clients, ";") {
			r := release(t, name)
			for where, s := range servers {
				m := r.Meet(s)
				if failed(m) != c.want[where] {
					t.Errorf("%s at %s: %q fails, want %q", name, where, failed(m), c.want[where])
				}
				if m.In() != (c.want[where] == "" && r.knows()) {
					t.Errorf("%s at %s: gets in %v", name, where, m.In())
				}
			}
		}
	}
}

func made(kex, hostkey, cipher, mac string) Release {
	return Release{Name: "made", Version: "1", Offers: Lists{cut(kex), cut(hostkey), cut(cipher), cut(mac)}}
}

func cut(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

func one(kex, hostkey, cipher, mac string) Server {
	return Server{Kex: cut(kex), HostKey: cut(hostkey), Cipher: [2][]string{cut(cipher), cut(cipher)}, MAC: [2][]string{cut(mac), cut(mac)}}
}

// The rules of RFC 4253, 7.1, one by one.
func TestMeet(t *testing.T) {
	const chacha, gcm = "chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"
	oneWay := one("k-1", "h-1", "c-1", "m-1")
	oneWay.Cipher[1] = []string{"c-2"}
	otherMAC := one("k-1", "h-1", "c-1", "m-1")
	otherMAC.MAC[1] = []string{"m-2"}
	short := one("k-1", "rsa-sha2-512", "c-1", "m-1")
	short.RSA = 1024
	strict := made("k-1", "rsa-sha2-512", "c-1", "m-1")
	strict.RSA = 2048
	greedy := made("k-1", "h-1", chacha, "m-1")
	greedy.MACAlways = true
	timid := made("k-1,k-2", "h-1", "c-1", "m-1")
	timid.Asks[Kex] = []string{"k-2"}
	for _, c := range []struct {
		what   string
		client Release
		server Server
		want   string
	}{
		{"the client's order decides", made("k-2,k-1", "h-1", "c-1", "m-1"), one("k-1,k-2", "h-1", "c-1", "m-1"), "in: k-2 h-1 c-1 m-1"},
		{"no method", made("k-1", "h-1", "c-1", "m-1"), one("k-2", "h-1", "c-1", "m-1"), "no: key exchange method"},
		{"markers are no methods", made("k-1,ext-info-c,kexguess2@matt.ucc.asn.au", "h-1", "c-1", "m-1"), one("k-2,ext-info-c,kexguess2@matt.ucc.asn.au", "h-1", "c-1", "m-1"), "no: key exchange method"},
		{"no host key: the host key is named, not the method", made("k-1", "h-1", "c-1", "m-1"), one("k-1", "h-2", "c-1", "m-1"), "no: host key type"},
		{"a method that needs no host key", made("k-1,gss-group14-sha256-x", "h-1", "c-1", "m-1"), one("k-1,gss-group14-sha256-x", "h-2", "c-1", "m-1"), "in: gss-group14-sha256-x  c-1 m-1"},
		{"everything fails", made("k-1", "h-1", "c-1", "m-1"), one("k-2", "h-2", "c-2", "m-2"), "no: key exchange method, host key type, cipher"},
		{"a cipher in one direction only", made("k-1", "h-1", "c-1", "m-1"), oneWay, "no: cipher"},
		{"a MAC in one direction only", made("k-1", "h-1", "c-1", "m-1"), otherMAC, "no: MAC"},
		{"a cipher with a MAC of its own", made("k-1", "h-1", chacha, "m-1"), one("k-1", "h-1", chacha, "m-2"), "in: k-1 h-1 " + chacha + " "},
		{"a MAC is wanted all the same", greedy, one("k-1", "h-1", chacha, "m-2"), "no: MAC"},
		{"the preferred cipher needs a MAC, the other would not", made("k-1", "h-1", "c-1,"+gcm, "m-1"), one("k-1", "h-1", gcm+",c-1", "m-2"), "no: MAC"},
		{"a short RSA key", strict, short, "no: host key type (short)"},
		{"a short RSA key, for one who does not mind", made("k-1", "rsa-sha2-512", "c-1", "m-1"), short, "in: k-1 rsa-sha2-512 c-1 m-1"},
		{"it asks first", timid, one("k-2", "h-1", "c-1", "m-1"), "asks: k-2 h-1 c-1 m-1"},
		{"it need not ask", timid, one("k-2,k-1", "h-1", "c-1", "m-1"), "in: k-1 h-1 c-1 m-1"},
		{"a client of which half is known", Release{Offers: Lists{cut("k-1"), nil, nil, nil}}, one("k-1", "h-1", "c-1", "m-1"), "unknown"},
		{"and the other half is enough", Release{Offers: Lists{cut("k-2"), nil, nil, nil}}, one("k-1", "h-1", "c-1", "m-1"), "no: key exchange method"},
		{"a server that offers nothing", made("k-1", "h-1", "c-1", "m-1"), Server{}, "no: key exchange method, host key type, cipher"},
	} {
		m := c.client.Meet(c.server)
		got := "no: " + failed(m)
		switch {
		case m.ShortRSA:
			got += " (short)"
		case m.Unknown:
			got = "unknown"
		case m.In() && len(m.Asks) > 0:
			got = fmt.Sprintf("asks: %s %s %s %s", m.Agreed[0], m.Agreed[1], m.Agreed[2], m.Agreed[3])
		case m.In():
			got = fmt.Sprintf("in: %s %s %s %s", m.Agreed[0], m.Agreed[1], m.Agreed[2], m.Agreed[3])
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
