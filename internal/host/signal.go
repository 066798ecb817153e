package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// endTimeout bounds the wait for a process to end after SIGTERM.
const endTimeout = 10 * time.Second

// EndProcess asks a process to end with SIGTERM and waits until it has. still is
// called when the process can no longer be mistaken for a later one of the same
// number, and says whether it is the one that is meant.
func (h *Host) EndProcess(ctx context.Context, pid int, still func() error) error {
	if pid <= 1 || !h.Files.live() {
		return fmt.Errorf("cannot end process %d", pid)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		defer unix.Close(fd)
	case errors.Is(err, unix.ENOSYS):
		// Before Linux 5.3; between still and kill lie microseconds.
		fd = -1
	default:
		return fmt.Errorf("cannot end process %d: %w", pid, err)
	}
	if err := still(); err != nil {
		return err
	}
	if fd >= 0 {
		err = unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0)
	} else {
		err = unix.Kill(pid, unix.SIGTERM)
	}
	if err != nil {
		return fmt.Errorf("cannot end process %d: %w", pid, err)
	}
	return waitEnd(ctx, pid, fd)
}

// waitEnd waits until a process is gone. One that nobody has waited for counts
// as gone: it holds nothing any more.
func waitEnd(ctx context.Context, pid, fd int) error {
	const step = 50 * time.Millisecond
	for end := time.Now().Add(endTimeout); time.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("cannot wait for the end of process %d: %w", pid, err)
		}
		if fd < 0 {
			if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				return nil
			}
			time.Sleep(step)
			continue
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(ready, int(step.Milliseconds())); err == nil && n > 0 {
			return nil
		}
	}
	return fmt.Errorf("cannot end process %d: it is still there after %s", pid, endTimeout)
}
