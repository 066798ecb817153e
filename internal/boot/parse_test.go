package boot

import (
	"bytes"
	"strings"
	"testing"
)

func TestRootType(t *testing.T) {
	for want, text := range map[string]string{
		// A box; Debian's initramfs at its shell (busybox: cat /proc/self/mountinfo);
		// a live system, which mounts its root over the kernel's.
		"overlay": "1025 900 0:93 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/base\n1026 1025 0:96 / /run rw - tmpfs tmpfs rw\n",
		"rootfs":  "1 1 0:2 / / rw - rootfs rootfs rw,size=479444k,nr_inodes=119861\n20 1 0:19 / /sys rw - sysfs sysfs rw\n",
		"tmpfs":   "1 1 0:2 / / rw - rootfs rootfs rw\n21 1 0:20 / / rw,relatime - tmpfs tmpfs rw\n",
		"":        "21 1 0:20 / /run rw,relatime - tmpfs tmpfs rw\nbroken\n1 1 0:2 / / rw -\n",
	} {
		if got := rootType(strings.NewReader(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAsked(t *testing.T) {
	for line, want := range map[string]string{
		"BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet":      "",
		"root=/dev/vda1 ro single":                         "single",
		"root=/dev/vda1 systemd.unit=emergency.target ro":  "systemd.unit=emergency.target",
		"root=/dev/vda1 systemd.unit=multi-user.target ro": "",
		"root=/dev/mapper/single-root rd.emergency=reboot": "",
	} {
		if got := asked(line); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

// The journal of data.mount on Debian 12.
func TestTelling(t *testing.T) {
	got := telling(`Mounting data.mount - /data...
mount: /data: special device nowhere does not exist.
       dmesg(1) may have more information after failed mount system call.
data.mount: Mount process exited, code=exited, status=32/n/a
data.mount: Failed with result 'exit-code'.
Failed to mount data.mount - /data.
`)
	if len(got) != 1 || got[0] != "mount: /data: special device nowhere does not exist." {
		t.Errorf("got %q", got)
	}
}

func TestResourceParsers(t *testing.T) {
	mem := []byte("MemTotal:        1012932 kB\nMemFree:   1 kB\nMemAvailable:     701844 kB\n")
	if got := kilobytes(mem, "MemAvailable"); got != 701844<<10 {
		t.Errorf("MemAvailable: %d", got)
	}
	if got := kilobytes(mem, "Mem"); got != unknown {
		t.Errorf("a line that is not there: %d", got)
	}
	events := []byte("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n")
	if got := number(events, "oom_kill"); got != 2 {
		t.Errorf("oom_kill: %d", got)
	}
	if got := number(events, "oom_"); got != unknown {
		t.Errorf("oom_: %d", got)
	}
	for text, want := range map[string]int64{"max\n": unknown, "33\n": 33, "-1": unknown, "": unknown} {
		if got := integer([]byte(text)); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestPrintable(t *testing.T) {
	got := printable("a\x1b[2Jb\xe4" + strings.Repeat("x", 1000))
	if !strings.HasPrefix(got, "a?[2Jb?x") || len(got) != 300 || bytes.ContainsRune([]byte(got), 0x1b) {
		t.Errorf("got %q", got)
	}
}
