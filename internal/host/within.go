package host

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

// View is what a unit puts in the place of files that everybody else sees, in the
// words of systemd.exec(5).
type View struct {
	RootDirectory string
	Binds         []Bind // BindPaths=, BindReadOnlyPaths=
	Empty, Closed []string
	// Images: there is more, which cannot be put together a second time.
	Images bool
}

// Bind is a file or directory of the system and where the unit has it.
type Bind struct{ From, To string }

// Within returns the box as a process of a unit sees it, which may have other
// files at the same paths: its files are reached through /proc/PID/root (proc(5)),
// and programs run with that as their root; where that is not allowed, systemd is
// asked to run them behind the same view. It is for looking, and is over when the
// process is.
func (h *Host) Within(pid int, v View) (*Host, error) {
	root := "/proc/" + strconv.Itoa(pid) + "/root"
	in := *h
	in.Files = NewFiles(root)
	in.within, in.view = root, v
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
