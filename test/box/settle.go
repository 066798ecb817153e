package box

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// waitForBoot waits until systemd says that the boot is over. A degraded box is
// a booted one: breaking a unit is what boxes are for.
func (b *Box) waitForBoot(ctx context.Context) error {
	for {
		r, err := b.Exec(ctx, nil, "systemctl", "is-system-running", "--wait")
		if err != nil {
			return err
		}
		switch state := strings.TrimSpace(r.Stdout); state {
		case "running", "degraded":
			return nil
		case "maintenance", "stopping":
			return fmt.Errorf("its state is %s", state)
		}
		select {
		case <-b.machine.exited:
			return fmt.Errorf("it stopped: %w", b.machine.err)
		case <-ctx.Done():
			return fmt.Errorf("the boot does not end: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// settled succeeds when no job waits and the SSH units are not between two
// states. A unit that waits for its next automatic restart is activating.
const settled = `for i in $(seq 150); do
  [ -z "$(systemctl list-jobs --no-legend)" ] || { sleep 0.1; continue; }
  case $(systemctl show -p ActiveState ssh.service ssh.socket) in
    *activating*|*reloading*) sleep 0.1 ;;
    *) exit 0 ;;
  esac
done
exit 1`

// Settle waits until systemd has no job left and SSH is either up or down,
// not between two automatic restarts. It gives up after 15 seconds.
func (b *Box) Settle(ctx context.Context) error {
	r, err := b.Run(ctx, settled)
	if err != nil {
		return err
	}
	if r.Exit != 0 {
		return fmt.Errorf("cannot wait for SSH in the box: it is between two states for 15 seconds")
	}
	return nil
}
