package rescue

import (
	"slices"
	"testing"
	"time"
)

func TestOwnMounts(t *testing.T) {
	const table = "22 1 0:21 / /run rw,nosuid - tmpfs tmpfs rw\n" +
		"87 22 0:60 / /run/sshd rw,nosuid,nodev,noexec shared:9 - tmpfs sshd-doctor-rescue rw,size=64k\n" +
		"88 87 0:61 / /run/a\\040b rw - tmpfs sshd-doctor-rescue rw\n" +
		"89 22 8:1 / /srv rw - ext4 sshd-doctor-rescue rw\n" +
		"90 22 0:9 / /mnt rw - tmpfs sshd-doctor-rescue2 rw\nnonsense\n - tmpfs sshd-doctor-rescue\n"
	if got := ownMounts(table); !slices.Equal(got, []string{"/run/a b", "/run/sshd"}) {
		t.Errorf("%q", got)
	}
}

// The clock was set after the start: the end is where systemd's own clock has it.
func TestTheEndIsNotTheClocks(t *testing.T) {
	const started, most = 100_000_000, 1_780_000_000
	for _, now := range []time.Time{time.Unix(1_790_000_000, 0), time.Unix(60, 0)} {
		if got := end(now, 700*time.Second, started, most); !got.Equal(now.Add(1180 * time.Second)) {
			t.Errorf("at %s it ends at %s", now, got)
		}
	}
}
