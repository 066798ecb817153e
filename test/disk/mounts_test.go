//go:build boxes

package disk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// A disk whose /usr is a mount of its own: without it nothing is said to be
// missing, with it all is well.
func TestASeparateUsr(t *testing.T) {
	base, err := box.Base(t.Context(), box.Bookworm, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	root, canary := mounted(t, box.Bookworm)
	host(t, root, canary, `rm -rf $R/usr; mkdir $R/usr; mkdir $R/srv/usr; echo '/srv/usr /usr none bind 0 0' >$R/etc/fstab`)
	a := doctor(t, "check", "--root", root)
	if a.exit != 2 || !strings.Contains(a.codes(), "disk-part-not-mounted/unknown") || strings.Contains(a.text, `"broken"`+",\n"+`      "status": "found"`) {
		t.Errorf("not mounted: exit %d: %s", a.exit, a.text)
	}
	host(t, root, canary, "mount --bind "+base+"/usr $R/usr")
	defer host(t, root, canary, "umount $R/usr")
	if a := doctor(t, "check", "--root", root); a.exit != 0 {
		t.Errorf("mounted: exit %d: %s", a.exit, a.text)
	}
}

// A disk that may not be written to can be looked at, and is not healed.
func TestAReadOnlyDisk(t *testing.T) {
	root, canary := mounted(t, box.Bookworm)
	host(t, root, canary, "rm $R/etc/ssh/ssh_host_*; mount -o remount,ro $R")
	if a := doctor(t, "check", "--root", root); a.exit != 1 || a.Verdict != "broken" {
		t.Errorf("check: exit %d: %s", a.exit, a.text)
	}
	a := doctor(t, "heal", "--root", root)
	if a.exit != 1 || !strings.Contains(a.Error, "it is mounted read-only; mount -o remount,rw "+root) {
		t.Errorf("heal: exit %d: %s", a.exit, a.text)
	}
}

func TestDirectoriesThatAreNoRoot(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"empty", "formatted/lost+found", "btrfs/@/etc", "home/joe"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"empty": "is empty: mount the disk there first", "formatted": "is empty", "btrfs": "did you mean " + dir + "/btrfs/@?",
		"home": "is it the right partition?", "none": "is not there",
	} {
		if a := doctor(t, "check", "--root", filepath.Join(dir, path)); a.exit != 64 || !strings.Contains(a.Error, want) {
			t.Errorf("%s: exit %d, %s", path, a.exit, a.Error)
		}
	}
}

// New files get the label of their directory, or of the file that they replace:
// no policy does so for a disk.
func TestLabels(t *testing.T) {
	const label, etc, config = "security.selinux", "system_u:object_r:etc_t:s0", "system_u:object_r:sshd_config_t:s0"
	root, canary := mounted(t, box.Bookworm)
	host(t, root, canary, "rm $R/etc/ssh/ssh_host_*; echo Nonsense yes >>$R/etc/ssh/sshd_config")
	for file, value := range map[string]string{"etc/ssh": etc, "etc/ssh/sshd_config": config} {
		if err := unix.Setxattr(filepath.Join(root, file), label, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	if a := doctor(t, "heal", "--yes", "--root", root); a.exit != 0 {
		t.Fatalf("exit %d: %s", a.exit, a.text)
	}
	for file, want := range map[string]string{"etc/ssh/ssh_host_rsa_key": etc, "etc/ssh/ssh_host_rsa_key.pub": etc, "etc/ssh/sshd_config": config} {
		buf := make([]byte, 100)
		if n, err := unix.Getxattr(filepath.Join(root, file), label, buf); err != nil || string(buf[:n]) != want {
			t.Errorf("%s: %q, %v", file, buf[:max(0, n)], err)
		}
	}
}

// Without root nothing of the disk is run, and nothing is changed.
func TestWithoutRoot(t *testing.T) {
	root, canary := mounted(t, box.Bookworm)
	before := host(t, root, canary, "chmod 755 $(dirname $R); find $R/etc -printf '%p %T@ %C@\n' | sort")
	program := filepath.Join(t.TempDir(), "doctor")
	host(t, root, canary, "install -m 755 "+binaryOf(t)+" "+program+"; chmod 755 $(dirname "+program+") $(dirname $(dirname "+program+"))")
	for _, args := range []string{"check", "heal --yes"} {
		cmd := exec.CommandContext(t.Context(), "setpriv", append([]string{"--reuid", "65534", "--clear-groups", program}, append(strings.Fields(args), "--root", root)...)...)
		out, _ := cmd.CombinedOutput()
		if want := map[string]int{"check": 2, "heal --yes": 77}[args]; cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: exit %d, want %d: %s", args, cmd.ProcessState.ExitCode(), want, out)
		}
	}
	if after := host(t, root, canary, "find $R/etc -printf '%p %T@ %C@\n' | sort"); after != before {
		t.Errorf("was\n%s\nis\n%s", before, after)
	}
}
