//go:build boxes

package disk

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// What a disk is, and what must not be said or done about it: no key is made
// unasked that every copy of an image would share, and nothing is promised of a
// boot that does not get to sshd.
func TestImagesAndBoots(t *testing.T) {
	for _, c := range sheets(t, "testdata/images.txt") {
		suite := box.Suite(c.need(t, "suite"))
		t.Run(c.name, func(t *testing.T) {
			root, canary := mounted(t, suite)
			host(t, root, canary, "echo 0123456789abcdef0123456789abcdef >$R/etc/machine-id\n"+c.need(t, "make"))
			a := doctor(t, "check", "--root", root)
			if a.Verdict != c.need(t, "verdict") || a.Cause != c.fields["cause"] {
				t.Errorf("check: %s, cause %q, exit %d: %s", a.Verdict, a.Cause, a.exit, a.text)
			}
			if a := doctor(t, "heal", "--root", root); a.Changed {
				t.Errorf("heal changed something unasked: %s", a.text)
			}
			args := []string{"heal", "--yes", "--root", root}
			if code := c.fields["allow"]; code != "" {
				args = append(args, "--allow", code)
			}
			if a := doctor(t, args...); a.Verdict != c.need(t, "healed") {
				t.Errorf("%v: %s, want %s: %s", args, a.Verdict, c.need(t, "healed"), a.text)
			}
			if after := c.fields["after"]; after != "" {
				host(t, root, canary, after)
			}
		})
	}
}
