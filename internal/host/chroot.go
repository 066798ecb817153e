package host

import (
	"fmt"
	"os"
)

// OtherRoot tells whether a process has another root directory than this one:
// what it serves then comes from another file tree. What may not be looked at
// counts as the same.
func (h *Host) OtherRoot(pid int) bool {
	return h.Files.live() && otherRoot(pid)
}

// otherRoot compares as systemctl(1) does before it takes itself to be in a
// chroot.
func otherRoot(pid int) bool {
	theirs, err := os.Stat(fmt.Sprintf("/proc/%d/root/", pid))
	if err != nil {
		return false
	}
	ours, err := os.Stat("/")
	return err == nil && !os.SameFile(theirs, ours)
}
