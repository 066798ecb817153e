package service

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var (
	_ host.Step = DaemonReload{}
	_ host.Step = Start{}
	_ host.Step = Restart{}
	_ host.Step = Reload{}
	_ host.Step = Enable{}
	_ host.Step = Unmask{}
	_ host.Step = SetAside{}
)

// DaemonReload has systemd read its unit files again.
type DaemonReload struct{}

// Command is the same thing by hand.
func (DaemonReload) Command() string { return "systemctl daemon-reload" }

// Waits says for whom.
func (DaemonReload) Waits() string { return "systemd to read its units again" }

// Waits says for whom.
func (s Reload) Waits() string { return "systemd to reload " + s.Unit }

// Apply asks systemd.
func (DaemonReload) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, h.Systemd.DaemonReload(ctx)
}

// Start forgets earlier failures and starts a unit once. Without the reset a
// unit that hit its start limit does not start, however sound it is by now.
type Start struct {
	Unit string
	// Behind is the service that a socket unit starts, empty where Unit is not
	// one: a service that used up its starts takes its socket down again.
	Behind string
}

// units are those whose failures are forgotten.
func (s Start) units() []string {
	if s.Behind == "" {
		return []string{s.Unit}
	}
	return []string{s.Behind, s.Unit}
}

// Command is the same thing by hand.
func (s Start) Command() string {
	return fmt.Sprintf("systemctl reset-failed %s; systemctl start %s", strings.Join(s.units(), " "), s.Unit)
}

// Waits says for whom.
func (s Start) Waits() string { return "systemd to start " + s.Unit }

// Apply asks systemd.
func (s Start) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	for _, unit := range s.units() {
		if err := h.Systemd.ResetFailed(ctx, unit); err != nil {
			return diag.Change{}, err
		}
	}
	return diag.Change{}, h.Systemd.Start(ctx, s.Unit)
}

// Restart forgets earlier failures and restarts a unit once.
type Restart struct{ Unit string }

// Command is the same thing by hand.
func (s Restart) Command() string {
	return fmt.Sprintf("systemctl reset-failed %s; systemctl restart %s", s.Unit, s.Unit)
}

// Waits says for whom.
func (s Restart) Waits() string { return "systemd to restart " + s.Unit }

// Apply asks systemd.
func (s Restart) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if err := h.Systemd.ResetFailed(ctx, s.Unit); err != nil {
		return diag.Change{}, err
	}
	return diag.Change{}, h.Systemd.Restart(ctx, s.Unit)
}

// Reload has sshd read its keys and configuration again. The unit's own
// ExecReload tests them first, which a bare SIGHUP does not.
type Reload struct{ Unit string }

// Command is the same thing by hand.
func (s Reload) Command() string { return "systemctl reload " + s.Unit }

// Apply asks systemd.
func (s Reload) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, h.Systemd.ReloadUnit(ctx, s.Unit)
}

// Enable has a unit started at boot.
type Enable struct{ Unit string }

// Command is the same thing by hand.
func (s Enable) Command() string { return "systemctl enable " + s.Unit }

// Apply asks systemd.
func (s Enable) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	undo := func(ctx context.Context) error { return h.Systemd.Disable(ctx, s.Unit) }
	return diag.Change{Undo: undo}, h.Systemd.Enable(ctx, s.Unit)
}

// Unmask takes the mask off a unit and has systemd look at it again.
type Unmask struct {
	Unit string
	// Runtime: the mask stands under /run and would be gone after a reboot.
	Runtime bool
}

// Command is the same thing by hand.
func (s Unmask) Command() string {
	if s.Runtime {
		return "systemctl unmask --runtime " + s.Unit
	}
	return "systemctl unmask " + s.Unit
}

// Apply asks systemd.
func (s Unmask) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if err := h.Systemd.Unmask(ctx, s.Unit, s.Runtime); err != nil {
		return diag.Change{}, err
	}
	undo := func(ctx context.Context) error { return h.Systemd.Mask(ctx, s.Unit, s.Runtime) }
	return diag.Change{Undo: undo}, h.Systemd.DaemonReload(ctx)
}

// SetAside renames a file so that it no longer counts. It stays beside its old
// place.
type SetAside struct {
	Path string
	// Why goes into the new name.
	Why string
}

// Command is the same thing by hand.
func (s SetAside) Command() string { return fmt.Sprintf("mv %s %s.%s", s.Path, s.Path, s.Why) }

// Apply renames the file.
func (s SetAside) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	aside, err := h.Files.MoveAside(s.Path, s.Why, h.Now())
	if aside == "" {
		return diag.Change{}, err
	}
	undo := func(context.Context) error { return h.Files.MoveBack(aside, s.Path) }
	return diag.Change{Backup: aside, Note: "kept as " + path.Base(aside), Undo: undo}, err
}
