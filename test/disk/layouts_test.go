//go:build boxes

package disk

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// A root of another distribution is understood as it is, broken, and healed.
func TestOtherLayouts(t *testing.T) {
	all := sheets(t, "testdata/layouts.txt")
	made := map[string]string{}
	for _, c := range all {
		made[c.name] = c.need(t, "make")
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			root, canary := mounted(t, box.Bookworm)
			script := c.need(t, "make")
			if other, ok := made[script]; ok {
				script = other
			}
			host(t, root, canary, "echo 0123456789abcdef0123456789abcdef >$R/etc/machine-id\n"+script)
			if a := doctor(t, "check", "--root", root); a.exit != 0 {
				t.Fatalf("sound: exit %d: %s", a.exit, a.text)
			}
			if a := doctor(t, "check", "--no-exec", "--root", root); a.exit != 2 {
				t.Fatalf("sound, nothing run: exit %d: %s", a.exit, a.text)
			}
			host(t, root, canary, c.need(t, "break"))
			if a := doctor(t, "check", "--root", root); a.Verdict != "broken" || a.Cause != c.need(t, "cause") {
				t.Errorf("broken: %s, cause %s: %s", a.Verdict, a.Cause, a.text)
			}
			if want := c.fields["unrun"]; want != "" {
				if a := doctor(t, "check", "--no-exec", "--root", root); a.Verdict != want {
					t.Errorf("broken, nothing run: %s, want %s: %s", a.Verdict, want, a.text)
				}
			}
			a := doctor(t, "heal", "--yes", "--root", root)
			if healed := a.Verdict == "healthy"; healed != (c.need(t, "heal") == "healthy") {
				t.Errorf("heal: %s: %s", a.Verdict, a.text)
			}
			if after := c.fields["after"]; after != "" {
				host(t, root, canary, after)
			}
		})
	}
}
