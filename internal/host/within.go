package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
)

// Within returns the box as a process of a unit sees it, which may have other
// files at the same paths: its files are reached through /proc/PID/root (proc(5)),
// and programs run with that as their root; where that is not allowed, systemd is
// asked to run them so. It is for looking, and is over when the process is.
func (h *Host) Within(pid int) (*Host, error) {
	root := "/proc/" + strconv.Itoa(pid) + "/root"
	in := *h
	in.Files = NewFiles(root)
	in.within = root
	if in.Files.err != nil {
		return nil, fmt.Errorf("cannot look through process %d: %w", pid, in.Files.err)
	}
	return &in, nil
}

// startCovered starts a command that finds other things in some places. What
// another process sees is left as it is.
func (h *Host) startCovered(cmd *exec.Cmd, covers []Cover) error {
	if h.within != "" {
		return errors.New("what another process sees cannot be covered")
	}
	return startCovered(cmd, covers)
}

// chrooted is a command with another root, for systemd, whose RootDirectory= does
// not take one that only another process sees: chroot(8) does. To put it together
// a second time from the unit's settings would need all of them, in their order.
func chrooted(root string, c Command) (Command, error) {
	for _, program := range []string{"/usr/sbin/chroot", "/usr/bin/chroot"} {
		if _, err := os.Stat(program); err == nil {
			c.Path, c.Args = program, slices.Concat([]string{root, c.Path}, c.Args)
			return c, nil
		}
	}
	return c, errors.New("chroot(8) is not there")
}

// chrootFailed tells whether an exit status is that of chroot(8) itself.
func chrootFailed(status int) bool { return status >= 125 && status <= 127 }
