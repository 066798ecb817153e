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
		switch state := b.systemState(ctx); state {
		case "running", "degraded":
			return nil
		case "maintenance", "stopping":
			return fmt.Errorf("its state is %s", state)
		}
		select {
		case <-b.machine.exited:
			return fmt.Errorf("it stopped: %w", b.machine.err)
		case <-ctx.Done():
			return fmt.Errorf("the boot does not end: %w; what it waits for:\n%s", ctx.Err(), b.waits(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// systemState asks the box's systemd, which answers when the boot is over. An
// answer that does not come for some seconds is asked for again: systemctl
// learns the end of the boot from a signal, and can miss it.
func (b *Box) systemState(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := b.Exec(ctx, nil, "systemctl", "is-system-running", "--wait")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(r.Stdout)
}

// waits tells what a box that does not come up is waiting for.
func (b *Box) waits(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	r, err := b.Run(ctx, "systemctl list-jobs --no-pager; journalctl -q --no-pager -n 30")
	if err != nil {
		return err.Error()
	}
	return r.Stdout + r.Stderr
}

// settled succeeds when no job waits and the SSH units are not between two
// states, or when they have been between the same two for eight seconds: a start
// that hangs is a state too. A unit that waits for its next automatic restart is
// activating, and is waited for.
const settled = `was= same=0
for i in $(seq 150); do
  jobs=$(systemctl list-jobs --no-legend)
  now=$jobs$(systemctl show -p ActiveState,SubState,InvocationID ssh.service ssh.socket)
  case $now in
    *auto-restart*) same=0 ;;
    *activating*|*reloading*) ;;
    *) [ -n "$jobs" ] || exit 0 ;;
  esac
  [ "$now" = "$was" ] && same=$((same + 1)) || same=0
  [ $same -lt 80 ] || exit 0
  was=$now
  sleep 0.1
done
exit 1`

// Settle waits until systemd has no job left and SSH is either up or down,
// not between two automatic restarts, or hangs. It gives up after 15 seconds.
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
