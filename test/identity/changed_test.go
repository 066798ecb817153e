//go:build boxes

package identity

import (
	"regexp"
	"strings"
	"testing"
)

// A client that knows the server under every name and port, the server gets new
// keys, the client is warned, somebody asks the server, types what it printed,
// and gets in.
func TestFromTheWarningBackIn(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.must(named)
		name := strings.TrimSpace(s.must("hostname"))
		var ways []string
		// In the other order the client would take 2222 for known by 22.
		for _, port := range []string{"2222", "22"} {
			for _, host := range []string{name, name + ".example.org", "192.0.2.7", "2001:db8::7"} {
				ways = append(ways, "-p "+port+" nobody@"+host)
			}
		}
		const ssh = "ssh -o BatchMode=yes -o ConnectTimeout=5 -o StrictHostKeyChecking=accept-new "
		for _, way := range ways {
			if out := s.ends(255, ssh+way+" true 2>&1"); !strings.Contains(out, "Permission denied") {
				s.Fatalf("%s: %s", way, out)
			}
		}
		s.heal()
		old := s.fingerprint("ed25519")
		s.must(fresh)
		r := s.heal()
		now := s.fingerprint("ed25519")
		if r.says("identity-changed") == "" || len(r.Forget) != len(ways) {
			s.Fatalf("heal says %+v", r)
		}
		for _, way := range ways {
			out := s.ends(255, ssh+way+" true 2>&1")
			shown := regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`).FindString(out)
			if !strings.Contains(out, "REMOTE HOST IDENTIFICATION HAS CHANGED") || shown == "" {
				s.Fatalf("%s: the client is not warned: %s", way, out)
			}
			s.ends(0, "sshd-doctor identity --is '"+shown+".'")
		}
		s.asked(old, now)
		for _, command := range r.Forget {
			s.must(command)
		}
		for _, way := range ways {
			if out := s.ends(255, ssh+way+" true 2>&1"); !strings.Contains(out, "Permission denied") {
				s.Errorf("%s, after the commands: %s", way, out)
			}
		}
	})
}

// asked types fingerprints as people do.
func (s server) asked(old, now string) {
	for typed, want := range map[string]struct {
		exit   int
		answer string
	}{
		now:                               {0, "yes"},
		now[:15]:                          {0, "yes"},
		"sha256:" + now[7:20] + "...":     {0, "yes"},
		now[7:20]:                         {0, "yes"},
		old:                               {1, "old"},
		old[:17]:                          {1, "old"},
		"SHA256:AAAAAAAAAAAAAAA":          {1, "no"},
		"MD5:00:11:22:33:44:55":           {1, "no"},
		strings.ToLower(now):              {1, "no"},
		"ssh-ed25519 255 " + now + " (x)": {0, "yes"},
	} {
		s.ends(want.exit, "sshd-doctor identity --is '"+typed+"'")
		if c := s.card("--is '" + typed + "'"); c.Asked == nil || c.Asked.Answer != want.answer {
			s.Errorf("%q: %+v, want %s", typed, c.Asked, want.answer)
		}
	}
	for _, typed := range []string{"", "SHA256:", "SHA256:abcdefg", "hello", "MD5:00:11"} {
		if out := s.ends(64, "sshd-doctor identity --is '"+typed+"'"); !strings.Contains(out, "sshd-doctor: cannot ") {
			s.Errorf("%q: %s", typed, out)
		}
	}
}
