//go:build boxes

package disk

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// A box that nobody gets into is switched off, its disk is healed from outside,
// it is switched on again, and the real client gets in. The first kind of death,
// which is several at once, on every suite; the others on one suite each, in turn.
func TestADeadDiskIsHealedAndBoots(t *testing.T) {
	for i, suite := range box.Suites() {
		for j, c := range sheets(t, "testdata/dead.txt") {
			if j > 0 && j%len(box.Suites()) != i {
				continue
			}
			t.Run(string(suite)+"/"+c.name, func(t *testing.T) {
				b := dead(t, suite, c)
				before := doctor(t, "check", "--root", b.Disk())
				if before.Verdict != "broken" || before.Cause != c.need(t, "cause") || before.exit != 1 {
					t.Errorf("check: %s, cause %s, exit %d: %s", before.Verdict, before.Cause, before.exit, before.text)
				}
				refused := doctor(t, "heal", "--root", b.Disk())
				if asks := c.need(t, "asks") == "yes"; asks != (refused.exit != 0) {
					t.Errorf("heal without consent: exit %d: %s", refused.exit, refused.codes())
				}
				healed := doctor(t, "heal", "--yes", "--root", b.Disk())
				if healed.Verdict != "healthy" || healed.exit != 0 {
					t.Fatalf("heal: %s, exit %d:\n%s", healed.Verdict, healed.exit, healed.text)
				}
				again := doctor(t, "heal", "--yes", "--root", b.Disk())
				if again.Changed || again.exit != 0 {
					t.Errorf("a second heal changed something: %s", again.text)
				}
				boots(t, b, healed)
			})
		}
	}
}

// dead is a box that was broken, seen to be dead, and switched off.
func dead(t *testing.T, suite box.Suite, c sheet) *box.Box {
	t.Helper()
	b, err := box.Start(t.Context(), suite, box.Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	r, err := b.Run(t.Context(), c.need(t, "break"))
	if err != nil || r.Exit != 0 {
		t.Fatalf("break: status %d, %v\n%s", r.Exit, err, r.Stderr)
	}
	if err := b.Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seen, err := b.Client(t.Context(), "127.0.0.1", 22); err != nil || seen.Sight == box.OK {
		t.Fatalf("the client gets in: %v, %v", seen, err)
	}
	if err := b.Off(); err != nil {
		t.Fatal(err)
	}
	return b
}

// boots: the real client gets in after the boot, and sees the key that was told.
func boots(t *testing.T, b *box.Box, healed answer) {
	t.Helper()
	if err := b.On(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen, err := b.Client(t.Context(), "127.0.0.1", 22)
	if err != nil || seen.Sight != box.OK {
		t.Fatalf("after the boot the client sees %v, %v", seen, err)
	}
	r, err := b.Run(t.Context(), "for k in /etc/ssh/ssh_host_*_key; do ssh-keygen -l -f $k; done")
	if err != nil || r.Exit != 0 {
		t.Fatalf("ssh-keygen: %v\n%s", err, r.Stderr)
	}
	for _, k := range healed.HostKeys {
		if !strings.Contains(r.Stdout, k.SHA256) || !k.Served {
			t.Errorf("the key %s of %s was told (served: %v), and the box has\n%s", k.SHA256, k.Path, k.Served, r.Stdout)
		}
	}
}

// The same from a rescue system that is another distribution: a box of one suite
// with the disk of another one at /mnt.
func TestFromAnotherDistribution(t *testing.T) {
	cases := sheets(t, "testdata/dead.txt")
	for rescue, suite := range map[box.Suite]box.Suite{box.Bullseye: box.Trixie, box.Trixie: box.Bullseye, box.Bookworm: box.Bullseye} {
		t.Run(string(suite)+" from "+string(rescue), func(t *testing.T) {
			b := dead(t, suite, cases[0])
			r, err := box.Start(t.Context(), rescue, box.Options{Binary: binaryOf(t), Progress: os.Stderr})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := r.Stop(); err != nil {
					t.Error(err)
				}
			}()
			if err := r.Off(); err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(r.Disk(), "mnt")
			if err := syscall.Mount(b.Disk(), at, "", syscall.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			defer syscall.Unmount(at, syscall.MNT_DETACH)
			if err := r.On(t.Context()); err != nil {
				t.Fatal(err)
			}
			// What its own sshd does is not mixed in.
			if out, err := r.Run(t.Context(), "systemctl stop ssh.service; rm /etc/ssh/ssh_host_*; touch /etc/ssh/sshd_not_to_be_run"); err != nil || out.Exit != 0 {
				t.Fatalf("%v %s", err, out.Stderr)
			}
			// The credentials of the box's own services come and go with them.
			const mounts = "cut -d' ' -f 4- /proc/self/mountinfo | grep -v ' /run/credentials/' | sort"
			before, err := r.Run(t.Context(), mounts)
			if err != nil {
				t.Fatal(err)
			}
			out, err := r.Run(t.Context(), "sshd-doctor heal --yes --root /mnt")
			if err != nil || out.Exit != 0 || !strings.Contains(out.Stdout, "HEALED: the disk's sshd, started in its own root, proves its key.") {
				t.Fatalf("status %d, %v\n%s%s", out.Exit, err, out.Stdout, out.Stderr)
			}
			if after, err := r.Run(t.Context(), mounts); err != nil || after.Stdout != before.Stdout {
				t.Errorf("mounts were\n%s\nand are\n%s", before.Stdout, after.Stdout)
			}
			if out, err := r.Run(t.Context(), "ls /etc/ssh/ssh_host_*"); err != nil || out.Exit == 0 {
				t.Errorf("the rescue system was healed: %s", out.Stdout)
			}
			if err := r.Off(); err != nil {
				t.Fatal(err)
			}
			boots(t, b, answer{})
		})
	}
}
