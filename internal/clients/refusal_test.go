package clients

import (
	"fmt"
	"strings"
	"testing"
)

// What sshd logs, as it was seen on Debian 11, 12 and 13, and what older releases
// write (6.6, kex.c).
func TestParseRefusal(t *testing.T) {
	long := "Unable to negotiate with 192.0.2.7 port 1: no matching key exchange method found. Their offer: " +
		strings.Repeat("diffie-hellman-group14-sha1,", 40)
	for _, c := range []struct{ message, want string }{
		{
			"Unable to negotiate with 127.0.0.1 port 46252: no matching key exchange method found. Their offer: curve25519-sha256,kex-strict-c-v00@openssh.com [preauth]",
			"127.0.0.1 key exchange method: curve25519-sha256 kex-strict-c-v00@openssh.com",
		},
		{"Unable to negotiate with 2001:db8::1 port 2: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]", "2001:db8::1 host key type: ssh-rsa ssh-dss"},
		{"Unable to negotiate with ::ffff:192.0.2.1 port 2: no matching cipher found. Their offer: 3des-cbc [preauth]", "192.0.2.1 cipher: 3des-cbc"},
		{"Unable to negotiate with 192.0.2.1: no matching MAC found. Their offer: hmac-md5", "192.0.2.1 MAC: hmac-md5"},
		{"Unable to negotiate with UNKNOWN port 65535: no matching MAC found. Their offer: hmac-md5 [preauth]", "invalid IP MAC: hmac-md5"},
		{"Unable to negotiate with 192.0.2.1 port 2: no matching cipher found. Their offer:  [preauth]", "192.0.2.1 cipher: "},
		{"Unable to negotiate with 192.0.2.1 port 2: no matching cipher found. Their offer: aes256-ctr, [preauth]", "192.0.2.1 cipher: aes256-ctr"},
		{"fatal: no matching mac found: client hmac-sha2-512 server hmac-md5,hmac-sha1 [preauth]", "invalid IP MAC: hmac-sha2-512"},
		{"fatal: no matching cipher found: client aes256-cbc server aes128-ctr [preauth]", "invalid IP cipher: aes256-cbc"},
		{long[:1023], "192.0.2.7 key exchange method: " + strings.TrimSpace(strings.Repeat("diffie-hellman-group14-sha1 ", 33)) + " ..."},

		{"Unable to negotiate with 192.0.2.1 port 2: no matching compression method found. Their offer: zlib [preauth]", ""},
		{"Unable to negotiate with 192.0.2.1 port 2: no matching tea found. Their offer: green [preauth]", ""},
		{"Unable to negotiate with 192.0.2.1 port 2: no matching cipher found. Their offer: " + strings.Repeat("x", 65), ""},
		{"Unable to negotiate with 192.0.2.1 port 2: no matching cipher found. Their offer: a\x1b[2J [preauth]", ""},
		{"Invalid user Unable to negotiate with 192.0.2.1 port 2: no matching cipher found. Their offer: a", ""},
		{"Connection closed by 127.0.0.1 port 22 [preauth]", ""},
		{"", ""},
	} {
		got := ""
		if r, ok := ParseRefusal(c.message); ok {
			got = fmt.Sprintf("%v %s: %s", r.From, r.Part, strings.Join(r.Offer, " "))
			if r.Cut {
				got += " ..."
			}
		}
		if got != c.want {
			t.Errorf("%.120q:\n got %s\nwant %s", c.message, got, c.want)
		}
	}
}

func FuzzParseRefusal(f *testing.F) {
	f.Add("Unable to negotiate with 127.0.0.1 port 46252: no matching key exchange method found. Their offer: curve25519-sha256,kex-strict-c-v00@openssh.com [preauth]")
	f.Add("fatal: no matching mac found: client hmac-sha2-512 server hmac-md5,hmac-sha1 [preauth]")
	f.Fuzz(func(t *testing.T, message string) {
		r, ok := ParseRefusal(message)
		if !ok {
			return
		}
		if len(r.Offer) > mostNames {
			t.Errorf("%d names", len(r.Offer))
		}
		for _, name := range r.Offer {
			if name == "" || len(name) > longestName || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || c == ',' }) {
				t.Errorf("%q is no name", name)
			}
		}
	})
}

func names(groups []Group) string {
	var out []string
	for _, g := range groups {
		out = append(out, g.String())
	}
	return strings.Join(out, "; ")
}

func TestOffering(t *testing.T) {
	for _, c := range []struct {
		what  string
		part  Part
		offer string
		cut   bool
		want  string
	}{
		{"PuTTY 0.60's methods", Kex, "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", false, "OpenSSH 5.3 to 5.6; PuTTY 0.60; libssh2 1.8.0; libssh2 with gcrypt 1.9.0"},
		{"the order of host keys is that of known_hosts", HostKey, "ssh-rsa,ecdsa-sha2-nistp521,ecdsa-sha2-nistp256,ssh-dss,ecdsa-sha2-nistp384", false, "dropbear 2018.76; JSch 0.1.55"},
		{"markers do not count", Kex, "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp521,ecdh-sha2-nistp384,ecdh-sha2-nistp256,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,kexguess2@matt.ucc.asn.au,ext-info-c", false, "dropbear 2022.83 to 2024.86"},
		{"the end is missing", Kex, "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256", true, "OpenSSH 10.0 to 10.5"},
		{"too little of it is there", Kex, "curve25519-sha256", true, ""},
		{"nobody", Kex, "diffie-hellman-group1-sha1", false, ""},
		{"nothing", Kex, "", false, ""},
		{"nothing but markers", Kex, "ext-info-c", false, ""},
	} {
		if got := names(offering(all(t), c.part, cut(c.offer), c.cut)); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
