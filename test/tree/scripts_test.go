package tree_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// While a package is upgraded, the unit that stands for a problem stays failed:
// else the next run would tell of the same problem anew.
func TestAnUpgradeForgetsNoProblem(t *testing.T) {
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
			if err := os.MkdirAll(filepath.Join(box, "systemd/system"), 0o700); err != nil {
				t.Fatal(err)
			}
			if said, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%s %s: %v, %s", script, argument, err, said)
			}
			asked, err := os.ReadFile(filepath.Join(box, "asked"))
			if err != nil || strings.Contains(string(asked), "reset-failed") != want {
				t.Errorf("%s %s: systemctl was asked %q (%v)", script, argument, asked, err)
			}
		}
	}
}
