package report_test

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// The key and its fingerprint are from ssh-keygen.
var announced = diag.HostKey{
	Path: "/etc/ssh/ssh_host_ed25519_key", Type: "ssh-ed25519", Bits: 256, Served: true,
	SHA256: "SHA256:KTGiquufZ5PWXoBuR+W6e/fVY3+rjOQM5K6oPgUgpYk",
	Public: "AAAAC3NzaC1lZDI1NTE5AAAAINtyonu9oOwt/n4mixZYjnLXPt+zc4mRXFc8QLOJbYDc",
}

// What tools search console logs for, as cloud-init's write-ssh-key-fingerprints
// prints it for one key.
func TestConsole(t *testing.T) {
	want := `#############################################################
-----BEGIN SSH HOST KEY FINGERPRINTS-----
256 SHA256:KTGiquufZ5PWXoBuR+W6e/fVY3+rjOQM5K6oPgUgpYk no comment (ED25519)
-----END SSH HOST KEY FINGERPRINTS-----
#############################################################
-----BEGIN SSH HOST KEY KEYS-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINtyonu9oOwt/n4mixZYjnLXPt+zc4mRXFc8QLOJbYDc
-----END SSH HOST KEY KEYS-----
`
	notServed := announced
	notServed.Served, notServed.SHA256 = false, "SHA256:another"
	if got := report.Console([]diag.HostKey{notServed, announced}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Above the login prompt: one line a key, on a console of 80 columns.
func TestIssue(t *testing.T) {
	got := report.Issue([]diag.HostKey{announced})
	if !strings.Contains(got, "\n  ED25519  SHA256:KTGiquufZ5PWXoBuR+W6e/fVY3+rjOQM5K6oPgUgpYk\n") {
		t.Errorf("the fingerprint is missing from\n%s", got)
	}
	for line := range strings.Lines(got) {
		if len(line) > report.Width+1 {
			t.Errorf("%q is too wide", line)
		}
	}
}

// Nothing is announced that the server did not prove, or that is not whole.
func TestNothingToAnnounce(t *testing.T) {
	notServed, halved := announced, announced
	notServed.Served = false
	halved.Public = ""
	for name, keys := range map[string][]diag.HostKey{"no key": nil, "not served": {notServed}, "not whole": {halved}} {
		if got := report.Console(keys) + report.Issue(keys); got != "" {
			t.Errorf("%s: announced %q", name, got)
		}
	}
}

// What a file of a key may hold does not reach a terminal as a command: agetty
// takes backslashes for some.
func TestAnnouncedTextIsHarmless(t *testing.T) {
	evil := announced
	evil.Type, evil.SHA256, evil.Public = "ssh-\x1b[2Jx\n\\4", "SHA256:\x9b\\n", "AAAA\r\\"
	for _, r := range report.Console([]diag.HostKey{evil}) + report.Issue([]diag.HostKey{evil}) {
		if r != '\n' && (r < ' ' || r > '~') || r == '\\' {
			t.Errorf("%q gets through", r)
		}
	}
}
