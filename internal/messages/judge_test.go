package messages

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// A key, and what ssh-keygen -l and ssh-keygen -E md5 -l said of it.
const (
	ourKey = "AAAAC3NzaC1lZDI1NTE5AAAAINFbno/dyVfhoXAolPidr75Z925SQHL2/NdpmmEeLzUZ"
	ourSum = "WgvF0cBdsa0nWIauQuUKUH+0Ixy5U5zJ48orf1iZ/UE"
	ourMD5 = "c7:70:bf:5f:25:4c:4f:a9:73:c8:4e:d6:dd:10:8e:b2"
)

// healthy is a server with everything in order, as root sees it.
func healthy() Look {
	key, _ := fingerprint.Read(ourKey)
	return Look{
		Root: true, Ports: []int{22},
		Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("127.0.0.1")},
		Report: diag.Report{Verdict: diag.Healthy, Endpoints: []diag.Endpoint{
			{Address: "127.0.0.1", Port: 22, Reached: "hostkey"},
		}},
		Offers: []Offer{{
			Kex:     []string{"mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ext-info-s", "kex-strict-s-v00@openssh.com"},
			HostKey: []string{"rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"},
			Cipher:  []string{"aes128-ctr"}, MAC: []string{"hmac-sha2-256-etm@openssh.com"},
		}},
		Keys: []Key{{Key: key, Path: "/etc/ssh/ssh_host_ed25519_key", Served: true}},
	}
}

// broken is one on which somebody found something.
func broken(code string, more ...func(*Look)) Look {
	l := healthy()
	l.Report = diag.Report{
		Verdict: diag.Down, Cause: code,
		Findings:  []diag.Finding{{Code: code, Severity: diag.Broken, Status: diag.Found, Summary: "this is broken"}},
		Endpoints: []diag.Endpoint{{Address: "127.0.0.1", Port: 22, Reached: "refused"}},
	}
	l.Next, l.Offers = "sshd-doctor heal", nil
	for _, change := range more {
		change(&l)
	}
	return l
}

func rsaOnly() Look {
	l := healthy()
	l.Offers[0].HostKey = l.Offers[0].HostKey[:2]
	return l
}

func keyMissing() Look {
	l := rsaOnly()
	l.Report.Verdict, l.Report.Cause, l.Next = diag.Degraded, "hostkey-missing", "sshd-doctor heal"
	l.Report.Findings = []diag.Finding{{Code: "hostkey-missing", Severity: diag.Warning, Status: diag.Found, Summary: "no ECDSA key"}}
	return l
}

// partial is one with a host key that could be neither read nor proven.
func partial() Look {
	l := healthy()
	l.Partial = true
	return l
}

func unseen() Look {
	return Look{Ports: []int{22}, Report: diag.Report{Verdict: diag.Unknown, Findings: []diag.Finding{
		{Code: "install-unknown", Severity: diag.Warning, Status: diag.CouldNotTell, Summary: "sshd could not be asked"},
	}}}
}

func judge(t *testing.T, text string, l Look) Answer {
	t.Helper()
	m, _ := matcher(t)
	text = Clean(text)
	return Judge(m.Match(text), Read(text), &l)
}

func TestJudge(t *testing.T) {
	const refused = "ssh: connect to host 203.0.113.9 port 22: Connection refused"
	for _, tt := range []struct {
		name, text string
		look       Look
		verdict    diag.Verdict
		// now must be said, not must not.
		now, not string
		// step is the end of one of the things to do.
		step string
	}{
		{"refused, and it is broken", refused, broken("hostkey-missing"), diag.Down, "this is broken (hostkey-missing). That explains the message.", "address of", "sshd-doctor heal"},
		{"refused, and all is well", refused, healthy(), diag.Healthy, "SSH answers here, on 127.0.0.1 port 22", "not an address", "sshd-doctor check"},
		{"refused on another port", "ssh: connect to host 203.0.113.9 port 2222: Connection refused", healthy(), diag.Healthy, "about port 2222; sshd is expected here on port 22.", "", "sshd-doctor check"},
		{"refused at another address", strings.Replace(refused, ".9 ", ".77 ", 1), healthy(), diag.Healthy, "203.0.113.77 is not an address of this machine", "", "sshd-doctor check"},
		{"refused, nobody may look", refused, unseen(), diag.Unknown, "could not be told: sshd could not be asked", "SSH answers", "sshd-doctor check"},
		{"refused, nobody looked", refused, Look{Skipped: "no"}, diag.Healthy, "was not looked at: no.", "answers", "sshd-doctor check"},
		{"a log line that is over", "ssh.service: Start request repeated too quickly.", healthy(), diag.Healthy, "no sign of this fault now", "", "sshd-doctor check"},
		{"a log line that is so", "ssh.service: Start request repeated too quickly.", broken("start-limit-hit"), diag.Down, "That explains", "", "sshd-doctor heal"},
		{"a log line about something else", "ssh.service: Start request repeated too quickly.", broken("port-taken"), diag.Down, "speaks of another thing", "That explains", "sshd-doctor heal"},
		{"a log line without a look", "ssh.service: Start request repeated too quickly.", Look{Skipped: "no"}, diag.Healthy, "not looked", "", "systemctl reset-failed ssh; systemctl start ssh"},
		{"no login, and it is broken", "bob@srv: Permission denied (publickey).", broken("hostkey-missing"), diag.Down, "nobody gets as far as logging in", "explains", "sshd-doctor heal"},
		{"nonsense", "the cat sat on the mat", healthy(), diag.Unknown, "", "SSH", ""},

		{"its own offer", "no matching host key type found. Their offer: rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519", healthy(), diag.Healthy, "it may well have been this server that answered", "another", "ssh -o HostKeyAlgorithms=+ssh-ed25519 USER@HOST"},
		{"its own offer, typed", "unable to negotiate with 203.0.113.9 port 22 no matching key exchange method found their offer mlkem768x25519-sha256 curve25519-sha256", healthy(), diag.Healthy, "it may well have been this server that answered", "another", "ssh -o KexAlgorithms=+curve25519-sha256 USER@203.0.113.9"},
		{"its offer before a key was made", "no matching host key type found. Their offer: rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256", healthy(), diag.Healthy, "all of that right now, and also: ssh-ed25519.", "another", ""},
		{"another's offer", "Unable to negotiate with 203.0.113.9 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss", healthy(), diag.Down, "offers another list", "it was this server", "ip -brief address"},
		{"another's offer, or a client's from a log", "Unable to negotiate with 203.0.113.9 port 40001: no matching host key type found. Their offer: ssh-rsa,ssh-dss", healthy(), diag.Healthy, "that list is the client's", "it was this server", ""},
		{"RSA only, PuTTY", "Couldn't agree a host key algorithm (available: rsa-sha2-512,rsa-sha2-256)", rsaOnly(), diag.Healthy, "it may well have been this server that answered. This server proves RSA keys only.", "", "sshd -T | grep -i -e '^hostkey ' -e hostkeyalgorithms"},
		{"a key is missing, PuTTY", "Couldn't agree a host key algorithm (available: rsa-sha2-512,rsa-sha2-256)", keyMissing(), diag.Degraded, "Host keys are missing here: no ECDSA key (hostkey-missing)", "RSA keys only", "sshd-doctor heal"},
		{"a client in the log", "Unable to negotiate with 203.0.113.1 port 40001: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]", healthy(), diag.Healthy, "still have no host key type in common. The client: ssh-rsa, ssh-dss.", "another server", "so that it speaks ssh-ed25519"},
		{"a client in the log that would get in", "Unable to negotiate with 203.0.113.1 port 40001: no matching host key type found. Their offer: ssh-ed25519 [preauth]", healthy(), diag.Healthy, "have in common: ssh-ed25519. Try again.", "still", ""},
		{"a client in the log that poses as a server", "Unable to negotiate with 203.0.113.1 port 40001: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,ext-info-s,kex-strict-s-v00@openssh.com [preauth]", healthy(), diag.Healthy, "still have no key exchange method in common", "another server", ""},
		{"PuTTY in the log", "no matching key exchange method found. Their offer: rsa2048-sha256,diffie-hellman-group1-sha1 [preauth]", healthy(), diag.Healthy, "that client (PuTTY or WinSCP by its list)", "", ""},
		{"Go", `ssh: no common algorithm for key exchange; we offered: ["diffie-hellman-group1-sha1"], peer offered: ["mlkem768x25519-sha256" "curve25519-sha256"]`, healthy(), diag.Healthy, "it may well have been this server that answered", "", "golang.org/x/crypto and build it again"},
		{"libssh calls all of it a kex error", "kex error : no match for method encryption client->server: server [aes128-ctr], client [3des-cbc]", healthy(), diag.Healthy, "it may well have been this server that answered", "another", ""},
		{"libssh and its MACs", "kex error : no match for method mac algo client->server: server [hmac-sha2-256-etm@openssh.com], client [hmac-md5]", healthy(), diag.Healthy, "it may well have been this server that answered", "another", ""},
		{"what ssh -v prints before it", "debug1: Server host key: ssh-ed25519 SHA256:" + ourSum + "\ndebug1: host key algorithm: (no match)\nUnable to negotiate with 203.0.113.9 port 22: no matching cipher found. Their offer: aes128-ctr", healthy(), diag.Healthy, "it was this server that answered. That list is what this server offers right now", "another", ""},
		{"no list in it", "IncompatiblePeer: Incompatible ssh peer (no acceptable host key)", healthy(), diag.Healthy, "SSH answers", "another server", "(rsa-sha2 from 2.9)"},
		{"a list alone", "rsa-sha2-512 their offer: rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519", healthy(), diag.Healthy, "it may well have been this server that answered", "", ""},

		{"our key", "The fingerprint for the ED25519 key sent by the remote host is\nSHA256:" + ourSum + ".\nOffending ED25519 key in /home/bob/.ssh/known_hosts:3\nHost key for [srv]:2222 has changed and you have requested strict checking.", healthy(), diag.Healthy, "is this server's ED25519 key: it was this server that answered", "NOT", `ssh-keygen -R "[srv]:2222"`},
		{"our key, its beginning in small letters", "sha256:" + strings.ToLower(ourSum[:14]), healthy(), diag.Healthy, "it was this server", "", ""},
		{"our key, too little in small letters", "sha256:" + strings.ToLower(ourSum[:9]), healthy(), diag.Down, "is nearly this server's ED25519 key", "it was this server", ""},
		{"too little of it", "SHA256:" + ourSum[:6], healthy(), diag.Healthy, "was not compared: cannot tell by", "it was this server", ""},
		{"our key as PuTTY once showed it", "ssh-ed25519 255 " + ourMD5, healthy(), diag.Healthy, "it was this server", "", ""},
		{"another key", "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nSHA256:" + strings.Repeat("a", 43), healthy(), diag.Down, "is NOT a key of this server", "it was this server", "sshd-doctor identity --is SHA256:aaaaaaaaaaaaaaaaa"},
		{"nearly our key", "SHA256:" + ourSum[:len(ourSum)-1] + "X", healthy(), diag.Down, "is nearly this server's ED25519 key, and not quite", "it was this server", "identity --is SHA256:" + ourSum[:len(ourSum)-1] + "X"},
		{"a user's key in the log", "Nov 22 11:57:33 vm sshd[74]: Accepted publickey for bob from 203.0.113.5 port 50112 ssh2: ED25519 SHA256:" + strings.Repeat("a", 43), healthy(), diag.Healthy, "SSH answers here", "NOT", ""},
		{"a user who is named like a key", "Nov 22 15:31:14 vm sshd[64]: Invalid user SHA256:" + strings.Repeat("a", 43) + " from 203.0.113.5 port 39454", healthy(), diag.Healthy, "SSH answers here", "NOT", ""},
		{"a user who is named like our key", "Connection closed by invalid user SHA256:" + ourSum + " 203.0.113.5 port 39454 [preauth]", healthy(), diag.Healthy, "SSH answers here", "it was this server", ""},
		{"an impostor that names our key", "kex_exchange_identification: banner line 0: its key is SHA256:" + ourSum, healthy(), diag.Healthy, "SSH answers here", "it was this server", ""},
		{"an impostor that names it at parting", "SHA256:" + strings.Repeat("a", 43) + "\nReceived disconnect from 203.0.113.9 port 22:2: key SHA256:" + ourSum, healthy(), diag.Down, "is NOT a key of this server", "it was this server", ""},
		{"a user's key, typed", "failed publickey for root from 203.0.113.5 port 50112 ssh2 rsa sha256:" + strings.Repeat("a", 43), healthy(), diag.Healthy, "SSH answers here", "NOT", ""},
		{"a user's key and the server's, with -v", "debug1: Server host key: ssh-ed25519 SHA256:" + ourSum + "\ndebug1: Will attempt key: /home/bob/.ssh/id_rsa RSA SHA256:" + strings.Repeat("b", 43) + "\ndebug1: Offering public key: /home/bob/.ssh/id_rsa RSA SHA256:" + strings.Repeat("b", 43) + " agent\nbob@srv: Permission denied (publickey).", healthy(), diag.Healthy, "it was this server that answered", "NOT", ""},
		{"a certificate, with -v", "debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:" + ourSum + ", serial 0 ID \"srv\" CA ssh-ed25519 SHA256:" + strings.Repeat("c", 43) + " valid forever\nbob@srv: Permission denied (publickey).", healthy(), diag.Healthy, "it was this server that answered", "NOT", ""},
		{"another key, and not all of ours are known", "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nSHA256:" + strings.Repeat("a", 43), partial(), diag.Healthy, "not every host key here could be read or proven", "NOT", ""},
		{"our key, and not all are known", "SHA256:" + ourSum, partial(), diag.Healthy, "it was this server that answered", "could not be told", ""},
		{"the address of a network card", "ssh: connect to host 203.0.113.9 port 22: Connection refused\n[UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=203.0.113.5", healthy(), diag.Healthy, "SSH answers here", "NOT", ""},
		{"our key was expected", "Host key for server 'srv' does not match: got 'x', expected 'SHA256:" + ourSum + "'", healthy(), diag.Down, "so another machine answered", "it was this server", "sshd-doctor identity"},
		{"changed, only the line is told", "Offending ECDSA key in /home/bob/.ssh/known_hosts:12", healthy(), diag.Healthy, "SSH answers", "", "sed -i 12d /home/bob/.ssh/known_hosts"},
		{"changed, in the file of all", "Offending ECDSA key in /etc/ssh/ssh_known_hosts:12\nHost key for srv has changed and you have requested strict checking.", healthy(), diag.Healthy, "SSH answers", "", "ssh-keygen -f /etc/ssh/ssh_known_hosts -R srv"},
		{"changed, in PuTTY", "WARNING - POTENTIAL SECURITY BREACH!", healthy(), diag.Healthy, "SSH answers", "", "say Accept at PuTTY's question, once the fingerprint is the same"},
	} {
		a := judge(t, tt.text, tt.look)
		now := strings.Join(a.Now, " ")
		if a.Verdict != tt.verdict {
			t.Errorf("%s: verdict %q, want %q", tt.name, a.Verdict, tt.verdict)
		}
		if !strings.Contains(now, tt.now) {
			t.Errorf("%s: %q is not said in %q", tt.name, tt.now, now)
		}
		if tt.not != "" && strings.Contains(now, tt.not) {
			t.Errorf("%s: %q is said in %q", tt.name, tt.not, now)
		}
		steps := slices.Concat(a.Client, a.Here)
		if !slices.ContainsFunc(steps, func(s string) bool { return strings.HasSuffix(s, tt.step) }) && tt.step != "" {
			t.Errorf("%s: what is to be done is %q, want %q", tt.name, steps, tt.step)
		}
	}
}

// What another server offers is nothing to give this one's client an option for.
func TestNoOptionForAnotherServer(t *testing.T) {
	a := judge(t, "Unable to negotiate with 203.0.113.9 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss", healthy())
	if got := strings.Join(a.Client, "\n"); strings.Contains(got, " -o ") || !strings.HasPrefix(got, "ssh -v USER@203.0.113.9 ") {
		t.Errorf("the client is told %q", got)
	}
}

// Of several refusals in a log, the list is that of the message that is told.
func TestTheListOfTheMessage(t *testing.T) {
	const of = "Nov 22 15:31:14 vm sshd[67]: Unable to negotiate with 203.0.113.5 port 39458: no matching "
	for _, text := range []string{
		of + "host key type found. Their offer: ssh-rsa [preauth]\n" + of + "key exchange method found. Their offer: diffie-hellman-group1-sha1 [preauth]",
		of + "cipher found. Their offer: 3des-cbc [preauth]\n" + of + "host key type found. Their offer: ssh-rsa [preauth]",
	} {
		a := judge(t, text, healthy())
		_, about, _ := strings.Cut(a.Found.Sure[0].Message.Text, "no matching ")
		about, _, _ = strings.Cut(about, " found")
		if now := strings.Join(a.Now, " "); !strings.Contains(now, "have no "+about+" in common") {
			t.Errorf("%s is told, and then %s", a.Found.Sure[0].Message.Text, now)
		}
	}
}

// The address in sshd's log is the client's own.
func TestALogTellsOfTheClient(t *testing.T) {
	a := judge(t, "Failed publickey for root from 203.0.113.5 port 50112 ssh2", healthy())
	if got := strings.Join(a.Client, "\n"); strings.Contains(got, "50112") || strings.Contains(got, "203.0.113.5") {
		t.Errorf("the client is to connect to itself: %q", got)
	}
}

// Where another machine answered, nobody is told to forget the right key.
func TestNobodyForgetsTheRightKey(t *testing.T) {
	for _, text := range []string{
		"REMOTE HOST IDENTIFICATION HAS CHANGED\nSHA256:" + strings.Repeat("a", 43) + "\nOffending ECDSA key in /home/bob/.ssh/known_hosts:12",
		"Host key for server 'srv' does not match: got 'x', expected 'SHA256:" + ourSum + "'",
		"REMOTE HOST IDENTIFICATION HAS CHANGED\nSHA256:" + ourSum[1:] + "\nOffending ECDSA key in /home/bob/.ssh/known_hosts:12",
	} {
		for _, l := range []Look{healthy(), partial()} {
			if a := judge(t, text, l); len(a.Client) > 0 {
				t.Errorf("%q: %q", text, a.Client)
			}
		}
	}
}

// The person gets the keys to compare with, in the form that the client shows.
func TestKeysToCompare(t *testing.T) {
	const changed = "REMOTE HOST IDENTIFICATION HAS CHANGED "
	for text, want := range map[string]string{
		changed:                      "SHA256:" + ourSum,
		changed + "SHA256:" + ourSum: "",
		changed + "00" + ourMD5[2:]:  "MD5:" + ourMD5,
		"The host key is not cached for this server:": "SHA256:" + ourSum,
	} {
		got := strings.Join(judge(t, text, healthy()).Show, "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}
