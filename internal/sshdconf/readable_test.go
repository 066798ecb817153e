package sshdconf

import "testing"

func TestAside(t *testing.T) {
	for _, c := range []struct {
		line, before string
		kind         Kind
		possible     bool
		instead      string
		who          bool
	}{
		{line: "PrintMotdd no", kind: UnknownOption, possible: true},
		{line: "PasswordAuthenticatoin no", kind: UnknownOption, possible: true, instead: "PasswordAuthentication no"},
		{line: "PermitRootLogin perhaps", kind: BadValue, possible: true, instead: "PermitRootLogin no"},
		{line: "AllowUserz alice", kind: UnknownOption, possible: true, who: true},
		{line: "DenyGroup staff", kind: UnknownOption, possible: true, who: true},
		{line: "Mtach User alice", kind: UnknownOption, possible: true, instead: "Match User !*", who: true},
		{line: "Match Usr alice", kind: BadMatch, possible: true, instead: "Match User !*", who: true},
		{line: "ListenAddress nowhere.invalid", kind: BadAddress, possible: true},
		{line: "Ciphers arcfour,aes128-ctr", kind: BadAlgorithm, possible: true, instead: "ciphers aes128-ctr"},
		{line: "Ciphers -aes128-cbcx", kind: BadAlgorithm},
		{line: "Ciphers arcfour", kind: BadAlgorithm},
		{line: "PubkeyAcceptedKeyTypes +ssh-old", kind: BadAlgorithm, possible: true},
		{line: "AuthorizedKeysFile +elsewhere", kind: BadArguments},
		{line: "AuthorizedKeyFile /etc/keys/%u", kind: UnknownOption},
		{line: "AuthenticationMethods publickey,totp", kind: BadValue},
		{line: "TrustedUserCAKey /etc/ca", kind: UnknownOption},
		{line: "UsePAM maybe", kind: BadValue},
		{line: "UsePAM yes", kind: NotInMatch},
		{line: "Port 22", kind: NotInMatch},
		{line: "bob carol", before: "AllowUsers alice,", kind: UnknownOption},
		{line: "<<<<<<< HEAD", kind: UnknownOption},
		{line: "Permit\x00RootLogin no", kind: UnknownOption},
		{line: "PrintMotd noAllowUsers bob", kind: UnknownOption},
	} {
		got, ok := Facts{}.aside(Problem{File: "/f", Line: 7, Content: c.line, Before: c.before, Kind: c.kind})
		if ok != c.possible || ok && (got.Instead != c.instead || got.Who != c.who) {
			t.Errorf("%q (%s): possible %t, %+v", c.line, c.kind, ok, got)
		}
	}
}

func TestWithLineKeepsTheNumbers(t *testing.T) {
	got, ok := withLine([]byte("a\nb\nc\n"), 2, "B")
	if !ok || string(got) != "a\nB\nc\n" {
		t.Errorf("%q, %t", got, ok)
	}
	got, ok = withLine(got, 2, "")
	if !ok || string(got) != "a\n"+aside+" by sshd-doctor\nc\n" {
		t.Errorf("%q, %t", got, ok)
	}
	for _, n := range []int{0, 2, 4, 9} {
		if got, ok := withLine(got, n, "x"); ok {
			t.Errorf("line %d could be replaced: %q", n, got)
		}
	}
}
