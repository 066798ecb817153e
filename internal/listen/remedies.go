package listen

import (
	"context"
	"errors"
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var (
	_ host.Step = StopUnit{}
	_ host.Step = RestartUnit{}
	_ host.Step = EndProcess{}
)

// StopUnit stops a unit that stands in the way.
type StopUnit struct{ Unit string }

// Command is the same thing by hand.
func (s StopUnit) Command() string { return "systemctl stop " + s.Unit }

// Apply asks systemd.
func (s StopUnit) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	undo := func(ctx context.Context) error { return h.Systemd.Start(ctx, s.Unit) }
	return diag.Change{Undo: undo}, h.Systemd.Stop(ctx, s.Unit)
}

// RestartUnit forgets earlier failures of a unit and starts it, anew if it runs.
type RestartUnit struct{ Unit string }

// Command is the same thing by hand.
func (s RestartUnit) Command() string {
	return fmt.Sprintf("systemctl reset-failed %s; systemctl restart %s", s.Unit, s.Unit)
}

// Apply asks systemd.
func (s RestartUnit) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if err := h.Systemd.ResetFailed(ctx, s.Unit); err != nil {
		return diag.Change{}, err
	}
	return diag.Change{}, h.Systemd.Restart(ctx, s.Unit)
}

// EndProcess ends one process that listens, provided that it is still the same
// one and still listens.
type EndProcess struct {
	PID int
	// Name and Program are what it was seen to be.
	Name, Program string
	// Inode is the socket that it holds.
	Inode uint64
}

// Command is the same thing by hand.
func (s EndProcess) Command() string { return fmt.Sprintf("kill %d", s.PID) }

// Apply sends it SIGTERM.
func (s EndProcess) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, h.EndProcess(ctx, s.PID, func() error {
		p, err := h.Process(s.PID)
		if err != nil {
			return err
		}
		holds, err := h.Holds(s.PID, s.Inode)
		if err != nil {
			return err
		}
		if !holds || p.Name != s.Name || p.Exe != s.Program {
			return fmt.Errorf("cannot end process %d: it is no longer the one that listened", s.PID)
		}
		return notMain(ctx, h, p)
	})
}

// notMain refuses to end what systemd has made the main process of a unit
// meanwhile: then it is not a left-over.
func notMain(ctx context.Context, h *host.Host, p host.Process) error {
	if p.Unit == "" {
		return nil
	}
	props, err := h.Systemd.Properties(ctx, p.Unit)
	switch {
	case errors.Is(err, host.ErrNoSystemd):
		return nil
	case err != nil:
		return fmt.Errorf("cannot end process %d: cannot tell whether it is the main process of %s: %v", p.PID, p.Unit, err)
	}
	if props.Int("MainPID") == p.PID {
		return fmt.Errorf("cannot end process %d: it is the main process of %s now", p.PID, p.Unit)
	}
	return nil
}
