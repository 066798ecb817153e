package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
)

// jobTimeout bounds the wait for a unit to start or stop.
const jobTimeout = 30 * time.Second

// ErrNotDone is that systemd is still at it. What comes of it can be seen later.
var ErrNotDone = errors.New("systemd is still at it after 30 seconds")

type jobCall func(ctx context.Context, name, mode string, ch chan<- string) (int, error)

// Start starts a unit and waits for the job. A result other than "done" is an
// error; "done" alone does not mean that the unit runs (a failed condition is
// also "done").
func (s *Systemd) Start(ctx context.Context, unit string) error {
	return s.runJob(ctx, "start", unit, func(c *sd.Conn) jobCall { return c.StartUnitContext })
}

// StartAlone starts a unit without what it requires, systemctl(1),
// --job-mode=ignore-dependencies: the one way in emergency mode, where an
// ordinary start tries the failed mounts again and is canceled by their failure.
func (s *Systemd) StartAlone(ctx context.Context, unit string) error {
	return s.runJob(ctx, "start", unit, func(c *sd.Conn) jobCall {
		return func(ctx context.Context, name, _ string, ch chan<- string) (int, error) {
			return c.StartUnitContext(ctx, name, "ignore-dependencies", ch)
		}
	})
}

// Restart stops and starts a unit and waits for the job.
func (s *Systemd) Restart(ctx context.Context, unit string) error {
	return s.runJob(ctx, "restart", unit, func(c *sd.Conn) jobCall { return c.RestartUnitContext })
}

// Stop stops a unit and waits for the job.
func (s *Systemd) Stop(ctx context.Context, unit string) error {
	return s.runJob(ctx, "stop", unit, func(c *sd.Conn) jobCall { return c.StopUnitContext })
}

// ReloadUnit has a unit read its configuration anew, through its ExecReload.
func (s *Systemd) ReloadUnit(ctx context.Context, unit string) error {
	return s.runJob(ctx, "reload", unit, func(c *sd.Conn) jobCall { return c.ReloadUnitContext })
}

func (s *Systemd) runJob(ctx context.Context, verb, unit string, call func(*sd.Conn) jobCall) error {
	conn, err := s.connect()
	if err != nil {
		return err
	}
	s.job.Lock()
	defer s.job.Unlock()
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	// Buffered: go-systemd writes the result while it holds its lock.
	done := make(chan string, 1)
	if _, err = call(conn)(ctx, unit, "replace", done); err != nil && ctx.Err() == nil {
		if again := s.reconnect(conn); again != nil {
			_, err = call(again)(ctx, unit, "replace", done)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot %s %s: %w", verb, unit, err)
	}
	// The library waits without regard to ctx, and a bus that went away never
	// sends the signal: so look at the unit now and then as well.
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	gone := false
	for {
		select {
		case result := <-done:
			if result != "done" {
				return fmt.Errorf("cannot %s %s: systemd's job ended with %q", verb, unit, result)
			}
			return nil
		case <-poll.C:
			// The signal may be on its way: it has until the next look.
			p, over := s.noJob(ctx, unit)
			switch {
			case over && gone && p.String("ActiveState") == "failed" && verb != "stop":
				return fmt.Errorf("cannot %s %s: systemd says that it failed: %v", verb, unit, p.String("Result"))
			case over && gone:
				return nil
			}
			gone = over
		case <-ctx.Done():
			if whole.Err() == nil {
				return fmt.Errorf("cannot %s %s: %w", verb, unit, ErrNotDone)
			}
			return fmt.Errorf("cannot %s %s: %w", verb, unit, ctx.Err())
		}
	}
}

// Job is something that systemd was told to do and has not done yet.
type Job struct {
	Unit string
	// Type is "start", "stop" and the like.
	Type string
	// Waiting: it has not begun, because another job comes first.
	Waiting bool
}

// Jobs lists what systemd has still to do.
func (s *Systemd) Jobs(ctx context.Context) ([]Job, error) {
	var out []Job
	err := s.ask(ctx, "for its jobs", callTimeout, func(ctx context.Context, c *sd.Conn) error {
		jobs, err := c.ListJobsContext(ctx)
		for _, j := range jobs {
			out = append(out, Job{Unit: j.Unit, Type: j.JobType, Waiting: j.Status == "waiting"})
		}
		return err
	})
	return out, err
}

// noJob tells whether the unit has no job queued any more, and what else
// systemd says of it.
func (s *Systemd) noJob(ctx context.Context, unit string) (Properties, bool) {
	p, err := s.Properties(ctx, unit)
	if err != nil {
		return nil, false
	}
	job := p.Tuple("Job")
	return p, len(job) == 2 && job.Int(0) == 0
}

// ResetFailed forgets that a unit failed, and its start limit with it.
func (s *Systemd) ResetFailed(ctx context.Context, unit string) error {
	return s.call(ctx, "reset-failed "+unit, func(ctx context.Context, c *sd.Conn) error {
		err := c.ResetFailedUnitContext(ctx, unit)
		if errorName(err) == "org.freedesktop.systemd1.NoSuchUnit" {
			return nil
		}
		return err
	})
}

// DaemonReload has systemd read all unit files anew.
func (s *Systemd) DaemonReload(ctx context.Context) error {
	return s.call(ctx, "daemon-reload", func(ctx context.Context, c *sd.Conn) error {
		return c.ReloadContext(ctx)
	})
}

// Enable has a unit started at boot.
func (s *Systemd) Enable(ctx context.Context, unit string) error {
	return s.call(ctx, "enable "+unit, func(ctx context.Context, c *sd.Conn) error {
		_, _, err := c.EnableUnitFilesContext(ctx, []string{unit}, false, false)
		return err
	})
}

// Disable takes back Enable.
func (s *Systemd) Disable(ctx context.Context, unit string) error {
	return s.call(ctx, "disable "+unit, func(ctx context.Context, c *sd.Conn) error {
		_, err := c.DisableUnitFilesContext(ctx, []string{unit}, false)
		return err
	})
}

// Unmask takes a mask away; runtime is whether it stands under /run.
func (s *Systemd) Unmask(ctx context.Context, unit string, runtime bool) error {
	return s.call(ctx, "unmask "+unit, func(ctx context.Context, c *sd.Conn) error {
		_, err := c.UnmaskUnitFilesContext(ctx, []string{unit}, runtime)
		return err
	})
}

// Mask takes back Unmask.
func (s *Systemd) Mask(ctx context.Context, unit string, runtime bool) error {
	return s.call(ctx, "mask "+unit, func(ctx context.Context, c *sd.Conn) error {
		_, err := c.MaskUnitFilesContext(ctx, []string{unit}, runtime, false)
		return err
	})
}

func (s *Systemd) call(ctx context.Context, what string, do func(context.Context, *sd.Conn) error) error {
	// daemon-reload on a large box takes seconds.
	return s.ask(ctx, "to "+what, jobTimeout, do)
}
