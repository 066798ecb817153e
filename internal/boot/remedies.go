package boot

import (
	"context"
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var _ host.Step = StartAlone{}

// StartAlone starts a unit without what it requires. In emergency mode an
// ordinary start asks for the failed mounts again, and their failure cancels it
// (systemd 247 to 257, measured).
type StartAlone struct{ Unit string }

// Command is the same thing by hand.
func (s StartAlone) Command() string {
	return fmt.Sprintf("systemctl reset-failed %s; systemctl --job-mode=ignore-dependencies start %s", s.Unit, s.Unit)
}

// Apply asks systemd.
func (s StartAlone) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if err := h.Systemd.ResetFailed(ctx, s.Unit); err != nil {
		return diag.Change{}, err
	}
	return diag.Change{}, h.Systemd.StartAlone(ctx, s.Unit)
}
