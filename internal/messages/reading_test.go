package messages

import (
	"reflect"
	"strings"
	"testing"
)

// What stands in the messages of each program, as it prints them.
func TestRead(t *testing.T) {
	const sum = "SHA256:3fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k"
	print256 := func(expected bool) Fingerprint { return Fingerprint{"SHA256", sum[7:], expected} }
	for _, tt := range []struct {
		text string
		want Reading
	}{
		{"ssh: connect to host 203.0.113.9 port 2222: Connection refused", Reading{Host: "203.0.113.9", Port: 2222}},
		{"Connection reset by 2001:db8::1 port 22", Reading{Host: "2001:db8::1", Port: 22}},
		{"dial tcp 203.0.113.9:22: connect: connection refused", Reading{Host: "203.0.113.9", Port: 22}},
		{"ssh: connect to host -oProxyCommand=x port 22: Connection refused", Reading{Port: 22}},
		{"ssh: connect to host $(reboot) port 99999: Connection refused", Reading{}},
		{
			"Unable to negotiate with 203.0.113.9 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss",
			Reading{Host: "203.0.113.9", Port: 22, Part: HostKey, Lists: []List{{Theirs, []string{"ssh-rsa", "ssh-dss"}}}},
		},
		{
			"Unable to negotiate with 127.0.0.1 port 46252: no matching key exchange method found. Their offer: curve25519-sha256,kex-strict-c-v00@openssh.com [preauth]",
			Reading{
				Host: "127.0.0.1", Port: 46252, Part: Kex, FromLog: true,
				Lists: []List{{Theirs, []string{"curve25519-sha256", "kex-strict-c-v00@openssh.com"}}},
			},
		},
		{
			"their offer ssh-rsa ssh-dss and nothing-else that is",
			Reading{Lists: []List{{Theirs, []string{"ssh-rsa", "ssh-dss"}}}},
		},
		{
			"Couldn't agree a client-to-server MAC (available: hmac-sha2-256,umac-128-etm@openssh.com)",
			Reading{Part: MAC, Lists: []List{{Server, []string{"hmac-sha2-256", "umac-128-etm@openssh.com"}}}},
		},
		{
			`Selected key exchange algorithm "mlkem768x25519-sha256" does not correspond to any supported algorithm`,
			Reading{Part: Kex, Lists: []List{{Server, []string{"mlkem768x25519-sha256"}}}},
		},
		{
			`Algorithm negotiation fail: algorithmName="server_host_key" jschProposal="ssh-ed25519" serverProposal="ssh-rsa,ssh-dss"`,
			Reading{Part: HostKey, Lists: []List{{Server, []string{"ssh-rsa", "ssh-dss"}}, {User, []string{"ssh-ed25519"}}}},
		},
		{
			`ssh: no common algorithm for client to server cipher; we offered: ["aes128-ctr"], peer offered: ["aes256-cbc" "none"]`,
			Reading{Part: Cipher, Lists: []List{{Theirs, []string{"aes256-cbc", "none"}}, {User, []string{"aes128-ctr"}}}},
		},
		{
			"No matching key exchange algorithm found, sent curve25519-sha256 and received diffie-hellman-group1-sha1",
			Reading{Part: Kex, Lists: []List{{User, []string{"curve25519-sha256"}}, {Server, []string{"diffie-hellman-group1-sha1"}}}},
		},
		{
			"kex error : no match for method server host key algo: server [ssh-rsa], client [ssh-ed25519,ssh-dss]",
			Reading{Part: HostKey, Lists: []List{{Server, []string{"ssh-rsa"}}, {User, []string{"ssh-ed25519", "ssh-dss"}}}},
		},
		{
			"fatal: no matching mac found: client hmac-md5 server hmac-sha2-256,hmac-sha2-512 [preauth]",
			Reading{Part: MAC, FromLog: true, Lists: []List{{Server, []string{"hmac-sha2-256", "hmac-sha2-512"}}, {User, []string{"hmac-md5"}}}},
		},
		{
			"Offending ECDSA key in /home/bob/.ssh/known_hosts:12\r\n  remove with:\r\n  ssh-keygen -f \"/home/bob/.ssh/known_hosts\" -R \"[srv.example.org]:2222\"",
			Reading{Host: "srv.example.org", Port: 2222, KnownHosts: "/home/bob/.ssh/known_hosts", Line: 12},
		},
		{
			"Offending key in /home/bob/.ssh/known_hosts;reboot:12", Reading{},
		},
		{
			"The fingerprint for the ED25519 key sent by the remote host is\n" + sum + ".\nPlease contact your system administrator.",
			Reading{Fingerprints: []Fingerprint{print256(false)}},
		},
		{
			"Host key for [203.0.113.9]:2222 has changed and you have requested strict checking.",
			Reading{Host: "203.0.113.9", Port: 2222, Part: HostKey},
		},
		{
			"ssh-rsa 2048 f3:bb:18:27:8c:00:0a:90:5b:7b:4f:c8:0a:4f:d9:3e",
			Reading{Fingerprints: []Fingerprint{{"MD5", "f3:bb:18:27:8c:00:0a:90:5b:7b:4f:c8:0a:4f:d9:3e", false}}},
		},
		{
			"mismatch md5 fingerprint. Remote f3bb18278c000a905b7b4fc80a4fd93e is not equal to 00bb18278c000a905b7b4fc80a4fd93e",
			Reading{Fingerprints: []Fingerprint{
				{"MD5", "f3:bb:18:27:8c:00:0a:90:5b:7b:4f:c8:0a:4f:d9:3e", false},
				{"MD5", "00:bb:18:27:8c:00:0a:90:5b:7b:4f:c8:0a:4f:d9:3e", true},
			}},
		},
		{
			"Denied establishing ssh session: mismatch sha256 fingerprint. Remote 3fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k is not equal to 4fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k",
			Reading{Fingerprints: []Fingerprint{print256(false), {"SHA256", "4" + sum[8:], true}}},
		},
		{"their offer curve25519-sha256 curve25519-sha256", Reading{Lists: []List{{Theirs, []string{"curve25519-sha256", "curve25519-sha256"}}}}},
		{"fingerprinthash SHA256\nexposeauthinfo no", Reading{}},
		{"FingerprintHash sha256 is the default", Reading{}},
		{"SHA256 FINGERPRINT OF THE KEY", Reading{}},
		{"2: eth0: link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff", Reading{}},
		{
			`"msg": "Offering public key: x RSA SHA256:aaaaaaaaaaaa\r\nThe fingerprint is\r\n` + sum + `.\r\n"`,
			Reading{Fingerprints: []Fingerprint{print256(false)}},
		},
		{"sha256 3fPxv1hvz", Reading{Fingerprints: []Fingerprint{{"SHA256", "3fPxv1hvz", false}}}},
		{"Nov 22 11:57:33 vm sshd[74]: Connection closed by 203.0.113.9 port 4711", Reading{Host: "203.0.113.9", Port: 4711, FromLog: true}},
	} {
		if got := Read(Clean(tt.text)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", tt.text, got, tt.want)
		}
	}
}

// paramiko prints the keys themselves; ssh-keygen -l said the fingerprint.
func TestReadKeys(t *testing.T) {
	const key, sum = "AAAAC3NzaC1lZDI1NTE5AAAAINFbno/dyVfhoXAolPidr75Z925SQHL2/NdpmmEeLzUZ", "WgvF0cBdsa0nWIauQuUKUH+0Ixy5U5zJ48orf1iZ/UE"
	text := "BadHostKeyException: Host key for server 'srv' does not match: got '" + key + "', expected '" + strings.Replace(key, "/dyV", "/dyA", 1) + "'"
	got := Read(text).Fingerprints
	if len(got) != 2 || got[0].Value != sum || got[0].Expected || !got[1].Expected || got[1].Value == sum {
		t.Errorf("%+v", got)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[31mno\x1b[0m \x1b]0;title\x07key":        "no key",
		"a\r\nb\x00c\xff\u201cd\u201d it\u2019s\u00e9": "a\n\nb c \"d\" it's ",
		"\x1b": " ",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if n := len(Clean(strings.Repeat("\xff", 1<<20))); n > MostText {
		t.Errorf("%d bytes are left", n)
	}
}

// ssh -vvv that went on in spite of another key says so in the middle.
func TestEndsKeepsTheServersKey(t *testing.T) {
	noise := strings.Repeat("debug1: Reading configuration data /etc/ssh/ssh_config\r\n", 200)
	const said = "debug1: Server host key: ssh-ed25519 SHA256:3fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k\r\n" +
		"@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
	for name, text := range map[string]string{"lines": noise + said + noise, "spelt out": strings.ReplaceAll(noise+said+noise, "\r\n", `\r\n`)} {
		got := Ends(text + "bob@srv: Permission denied (publickey).\r\n")
		if len(got) > MostText || len(Read(Clean(got)).Fingerprints) != 1 || !strings.Contains(got, "HAS CHANGED") || !strings.Contains(got, "denied") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
