// Package host is the one door to the operating system: files under a root, a
// command with a deadline, units over D-Bus, the clock. It asks and does what it
// is told; it has no opinion.
package host

import (
	"context"
	"os"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Host is the box that is looked at.
type Host struct {
	// Files is the file tree of the box.
	Files *Files
	// Here is the tree of the running system, where that is another one; nil where
	// Files is it.
	Here *Files
	// Systemd speaks to the service manager of the box.
	Systemd *Systemd
	// Now is the clock.
	Now func() time.Time
	// UID is the effective user id of this process.
	UID int
	// RunDirs are the directories below /run that a program of a disk finds: those
	// that systemd makes for its service.
	RunDirs []string
	// within is the root of the programs that are run, where it is another one.
	within string
	// cannotRun says why programs of the box are not run.
	cannotRun error
}

// Step is a change that a remedy proposes, together with the way to make it.
type Step interface {
	diag.Step
	// Apply makes the change: whole, or not at all.
	Apply(ctx context.Context, h *Host) (diag.Change, error)
}

// Waiter is a step that can take its time.
type Waiter interface {
	// Waits says what a person waits for while the step is applied, as in
	// "waiting for ...".
	Waits() string
}

// Local returns the box on which the program runs. The context is the lifetime
// of its connection to systemd: cancel it when the run is over.
func Local(ctx context.Context) *Host {
	return &Host{
		Files:   NewFiles("/"),
		Systemd: newSystemd(ctx),
		Now:     time.Now,
		UID:     os.Geteuid(),
	}
}

// Close ends the connections that were opened.
func (h *Host) Close() {
	h.Systemd.close()
}
