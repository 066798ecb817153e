package host

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

// Within returns the box as a process sees it, which may have other files at the
// same paths: its files are reached through /proc/PID/root (proc(5)), and programs
// run with that as their root. It is for looking, and is over when the process is.
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
