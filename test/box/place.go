package box

import (
	"io"
	"os"
	"strings"
)

// place says from where the processes of a box can be seen: this boot of the
// machine, and this process's namespaces. A test in a container may share its
// directory of boxes with the host.
func place() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	parts := []string{strings.TrimSpace(string(boot))}
	for _, kind := range []string{"pid", "mnt", "cgroup"} {
		ns, _ := os.Readlink("/proc/self/ns/" + kind)
		parts = append(parts, ns)
	}
	return strings.Join(parts, " ")
}

// withinReach tells whether a left-over box can be ended from here, by what its
// owner wrote into its lock. One from before the last boot of this machine has
// no processes any more.
func withinReach(lock *os.File) bool {
	text, err := io.ReadAll(io.NewSectionReader(lock, 0, 4096))
	if err != nil {
		return false
	}
	boot, _, _ := strings.Cut(string(text), " ")
	here := place()
	return len(text) == 0 || string(text) == here || !strings.HasPrefix(here, boot+" ")
}
