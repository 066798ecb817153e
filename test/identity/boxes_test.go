//go:build boxes

package identity

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// server is a box with the doctor in it.
type server struct {
	*testing.T
	*box.Box
}

// onEverySuite runs a test in a fresh box of each suite.
func onEverySuite(t *testing.T, test func(s server)) {
	t.Helper()
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) { test(server{t, b}) })
}

// try runs a script in the box.
func (s server) try(script string) box.Result {
	s.Helper()
	r, err := s.Box.Run(s.Context(), script)
	if err != nil {
		s.Fatalf("%s: %v", script, err)
	}
	return r
}

// must is try for a script that has to work; it returns what that prints.
func (s server) must(script string) string {
	s.Helper()
	r := s.try(script)
	if r.Exit != 0 {
		s.Fatalf("%s: status %d\n%s%s", script, r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// ends runs a script that must end with a status, and returns what it prints.
func (s server) ends(status int, script string) string {
	s.Helper()
	r := s.try(script)
	if r.Exit != status {
		s.Errorf("%s: status %d, want %d\n%s%s", script, r.Exit, status, r.Stdout, r.Stderr)
	}
	return r.Stdout + r.Stderr
}

// card is what the tests read of identity --json.
type card struct {
	Verdict string   `json:"verdict"`
	Names   []string `json:"names"`
	Keys    []struct {
		Path, Type, SHA256, MD5, File, Since, Why string
		Bits                                      int
		Served                                    bool
	} `json:"keys"`
	Past []struct {
		Type, SHA256, Until, Why string
	} `json:"past"`
	KnownHosts []string `json:"known_hosts"`
	Forget     []string `json:"forget"`
	Record     struct {
		State   string
		Written bool
		Aside   string
	} `json:"record"`
	Asked *struct{ Answer, Type, Until string } `json:"asked"`
}

func (s server) card(args string) card {
	s.Helper()
	var c card
	r := s.try("sshd-doctor identity --json " + args)
	if err := json.Unmarshal([]byte(r.Stdout), &c); err != nil {
		s.Fatalf("identity --json %s prints %q: %v\n%s", args, r.Stdout, err, r.Stderr)
	}
	return c
}

// report is what the tests read of heal --json.
type report struct {
	Verdict  string
	Changed  bool
	Forget   []string
	Findings []struct{ Code, Severity, Summary string }
}

func (s server) heal() report {
	s.Helper()
	var r report
	out := s.try("sshd-doctor heal --json")
	if err := json.Unmarshal([]byte(out.Stdout), &r); err != nil || out.Exit != 0 {
		s.Fatalf("heal ends with %d: %v\n%s%s", out.Exit, err, out.Stdout, out.Stderr)
	}
	return r
}

func (r report) says(code string) string {
	for _, f := range r.Findings {
		if f.Code == code {
			return f.Severity + ": " + f.Summary
		}
	}
	return ""
}

// fingerprint is what the suite's ssh-keygen says of a host key.
func (s server) fingerprint(kind string) string {
	s.Helper()
	return strings.Fields(s.must("ssh-keygen -l -f /etc/ssh/ssh_host_" + kind + "_key.pub"))[1]
}

// fresh breaks the box so that heal has to make all keys anew.
const fresh = "rm /etc/ssh/ssh_host_*_key; systemctl restart ssh || true"

// record is where the fingerprints are written down.
const record = "/var/lib/sshd-doctor/identity.json"
