//go:build boxes

package words

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// trial is one way to fail.
type trial struct {
	name string
	// breaks and mends are scripts for the box.
	breaks, mends string
	client        []string
	sight         box.Sight
	entry, cause  string
	// now is said while it is broken, then when it is mended.
	now, then string
}

func trials() []trial {
	return []trial{
		{
			name:   "refused",
			breaks: "rm /etc/ssh/ssh_host_*; systemctl restart ssh || true",
			mends:  "sshd-doctor heal", sight: box.Refused, entry: "refused", cause: "hostkey-missing",
			now: "That explains the message", then: "SSH answers here",
		},
		{
			name: "cut off",
			// From 9.8 on sshd keeps its keys in memory, and has parts to lose.
			breaks: "S=/usr/lib/openssh/sshd-session; if [ -e $S ]; then mv $S $S.away; else rm /etc/ssh/ssh_host_*; fi",
			mends:  "S=/usr/lib/openssh/sshd-session; if [ -e $S.away ]; then mv $S.away $S; else sshd-doctor heal; fi",
			sight:  box.Reset, entry: "cut-off", cause: "hostkey-missing sshd-session-missing",
			now: "That explains the message", then: "SSH answers here",
		},
		{
			name:   "no host key type in common",
			breaks: "rm /etc/ssh/ssh_host_ed25519_key*; systemctl restart ssh",
			mends:  "sshd-doctor heal", client: []string{"-o", "HostKeyAlgorithms=ssh-ed25519"},
			sight: box.NoMatch, entry: "no-common-method", cause: "hostkey-missing",
			now: "may well have been this server that answered", then: "and also: ssh-ed25519",
		},
		{
			name: "no key exchange in common", client: []string{"-o", "KexAlgorithms=diffie-hellman-group14-sha1"},
			breaks: "true", mends: "true",
			sight: box.NoMatch, entry: "no-common-method",
			now: "may well have been this server that answered", then: "may well have been this server that answered",
		},
		{
			name:   "no banner",
			breaks: "systemctl stop ssh; systemd-run --unit=mute systemd-socket-activate -l 22 sleep 1000; sleep 1",
			mends:  "systemctl stop mute; systemctl reset-failed ssh; systemctl start ssh",
			sight:  box.Timeout, entry: "banner-timeout", cause: "port-taken",
			now: "That explains the message", then: "SSH answers here",
		},
	}
}

// answer is what explain --json prints, as far as this test looks.
type answer struct {
	Verdict, Cause string
	Messages       []struct{ Entry string }
	Now, Client    []string
	Next           []string
	Fingerprints   []struct{ Ours string }
}

func TestTheClientsOwnWords(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		for _, one := range trials() {
			one.run(t, b)
		}
		changed(t, b)
		ownWords(t, b)
	})
}

func (one trial) run(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, one.breaks)
	seen, err := b.ClientWith(t.Context(), "127.0.0.1", 22, one.client...)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Sight != one.sight && !(one.sight == box.Reset && seen.Sight == box.Closed) {
		t.Errorf("%s: the client sees %v", one.name, seen)
	}
	for how, text := range map[string]string{"as it is": seen.Text, "typed": strings.ToLower(strings.NewReplacer(":", "", ",", " ").Replace(seen.Text))} {
		exit, a := explain(t, b, text)
		if len(a.Messages) == 0 || a.Messages[0].Entry != one.entry {
			t.Errorf("%s %s: %q is taken for %v", one.name, how, text, a.Messages)
		}
		if !strings.Contains(one.cause, a.Cause) || (one.cause == "") != (exit == 0) {
			t.Errorf("%s %s: exit %d, cause %q", one.name, how, exit, a.Cause)
		}
		if !strings.Contains(strings.Join(a.Now, " "), one.now) {
			t.Errorf("%s %s: %q", one.name, how, a.Now)
		}
	}
	boxtest.Shell(t, b, one.mends)
	exit, a := explain(t, b, seen.Text)
	if exit != 0 || a.Verdict != "healthy" || !strings.Contains(strings.Join(a.Now, " "), one.then) {
		t.Errorf("%s, mended: exit %d, %s %s, %q", one.name, exit, a.Verdict, a.Cause, a.Now)
	}
}

// changed: the client knows another key. It is told that the key it sees is
// right, and the printed command makes it take that one.
func changed(t *testing.T, b *box.Box) {
	t.Helper()
	known := filepath.Join(t.TempDir(), "known_hosts")
	const wrong = "127.0.0.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINFbno/dyVfhoXAolPidr75Z925SQHL2/NdpmmEeLzUZ\n"
	if err := os.WriteFile(known, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	client := func(strict string) box.Attempt {
		seen, err := b.ClientWith(t.Context(), "127.0.0.1", 22, "-o", "StrictHostKeyChecking="+strict,
			"-o", "UserKnownHostsFile="+known, "-o", "HostKeyAlgorithms=ssh-ed25519")
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	seen := client("yes")
	if seen.Sight != box.HostkeyChanged {
		t.Fatalf("the client sees %v", seen)
	}
	exit, a := explain(t, b, seen.Text)
	if exit != 0 || a.Messages[0].Entry != "identity-changed" || len(a.Fingerprints) != 1 || a.Fingerprints[0].Ours != "yes" {
		t.Errorf("changed: exit %d, %+v", exit, a)
	}
	old, err := b.Run(t.Context(), "ssh-keygen -E md5 -lf /etc/ssh/ssh_host_rsa_key.pub")
	if err != nil || old.Exit != 0 {
		t.Fatal(err, old.Stderr)
	}
	if _, a := explain(t, b, "ssh-rsa "+old.Stdout); len(a.Fingerprints) != 1 || a.Fingerprints[0].Ours != "yes" {
		t.Errorf("as an old client shows it: %s: %+v", old.Stdout, a)
	}
	at := slices.IndexFunc(a.Client, func(c string) bool { return strings.HasPrefix(c, "ssh-keygen ") })
	if at < 0 {
		t.Fatalf("no command for the client: %q", a.Client)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", a.Client[at]).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", a.Client[at], err, out)
	}
	if again := client("accept-new"); again.Sight != box.OK {
		t.Errorf("after %s the client sees %v", a.Client[at], again)
	}
	boxtest.Shell(t, b, "rm /etc/ssh/ssh_host_ed25519_key*; sshd-doctor heal --yes")
	if exit, a := explain(t, b, seen.Text); exit != 1 || a.Fingerprints[0].Ours != "no" || len(a.Client) != 0 {
		t.Errorf("another server's key: exit %d, %+v", exit, a)
	}
}

// ownWords: a healthy server's own log, and what a client prints with -vvv. Both
// hold the fingerprints of users' keys, which are nobody's host key.
func ownWords(t *testing.T, b *box.Box) {
	t.Helper()
	const client = "ssh -vvv -F none -i /root/k -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
	boxtest.Shell(t, b, `mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/k; cp /root/k.pub /root/.ssh/authorized_keys
		`+client+`root@127.0.0.1 true 2>/dev/null; journalctl --sync 2>/dev/null || sleep 1`)
	for what, one := range map[string]struct{ say, entry, keys string }{
		"a log with a login":   {"journalctl -q -u ssh -n 20 --no-pager | grep 'Accepted publickey'", "logged-in", "SHA256:"},
		"a refusal, with -vvv": {client + "-o Ciphers=3des-cbc root@127.0.0.1 true 2>&1", "no-common-method", ""},
		"no login, with -vvv":  {client + "nobody@127.0.0.1 true 2>&1", "auth-refused", "SHA256:"},
	} {
		said, err := b.Run(t.Context(), one.say)
		if err != nil || !strings.Contains(said.Stdout, one.keys) {
			t.Fatalf("%s: %v, %q", what, err, said.Stdout)
		}
		exit, a := explain(t, b, said.Stdout)
		if exit != 0 || len(a.Messages) == 0 || a.Messages[0].Entry != one.entry {
			t.Errorf("%s: exit %d, %+v", what, exit, a)
		}
		for _, f := range a.Fingerprints {
			if f.Ours != "yes" {
				t.Errorf("%s: a user's key is taken for a host's: %+v", what, a)
			}
		}
	}
}

func explain(t *testing.T, b *box.Box, text string) (exit int, a answer) {
	t.Helper()
	r, err := b.Exec(t.Context(), strings.NewReader(text), "/usr/bin/sshd-doctor", "explain", "--json", "-")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil {
		t.Fatalf("explain %q printed %q %q: %v", text, r.Stdout, r.Stderr, err)
	}
	return r.Exit, a
}
