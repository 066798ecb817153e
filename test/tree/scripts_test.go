package tree_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// While a package is upgraded, the unit that stands for a problem stays failed:
// else the next run would tell of the same problem anew. Only a removal takes away
// what the program left in /run, the locks of disks among them.
func TestAnUpgradeTakesNothingAway(t *testing.T) {
	for script, arguments := range map[string]struct{ upgrade, removal string }{
		"deb.postrm": {"upgrade", "remove"}, "rpm.postun": {"1", "0"},
	} {
		text, err := os.ReadFile(filepath.Join(root, "packaging/scripts", script))
		if err != nil {
			t.Fatal(err)
		}
		for argument, want := range map[string]bool{arguments.upgrade: false, arguments.removal: true} {
			box := t.TempDir()
			fake := "#!/bin/sh\necho \"$*\" >>" + box + "/asked\n"
			if err := os.WriteFile(filepath.Join(box, "systemctl"), []byte(fake), 0o700); err != nil {
				t.Fatal(err)
			}
			run := exec.CommandContext(t.Context(), "sh", "-c", strings.NewReplacer("/run/", box+"/", "/var/lib/", box+"/").Replace(string(text)), script, argument)
			run.Env = []string{"PATH=" + box + ":" + os.Getenv("PATH")}
			for _, dir := range []string{"systemd/system", "sshd-doctor", "sshd-doctor-disk-1-2"} {
				if err := os.MkdirAll(filepath.Join(box, dir), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if said, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%s %s: %v, %s", script, argument, err, said)
			}
			asked, err := os.ReadFile(filepath.Join(box, "asked"))
			if err != nil || strings.Contains(string(asked), "reset-failed") != want {
				t.Errorf("%s %s: systemctl was asked %q (%v)", script, argument, asked, err)
			}
			left, err := filepath.Glob(filepath.Join(box, "sshd-doctor*"))
			if err != nil || (len(left) == 0) != want {
				t.Errorf("%s %s: there is left %q (%v)", script, argument, left, err)
			}
		}
	}
}
