package rescue

import (
	"slices"
	"testing"
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
