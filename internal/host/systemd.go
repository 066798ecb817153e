package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

const (
	// connectTimeout bounds each way to reach systemd, callTimeout each question.
	connectTimeout = 5 * time.Second
	callTimeout    = 5 * time.Second
	// silence is for how long systemd is not asked again after it gave no answer:
	// a process 1 that hangs would cost that much with each question.
	silence = 30 * time.Second
	// systemdMark is the directory by which sd_booted(3) tells that systemd is
	// in charge.
	systemdMark = "/run/systemd/system"
)

// ErrNoSystemd means that systemd is not in charge of this box: a container, a
// chroot, another init.
var ErrNoSystemd = errors.New("systemd is not in charge here")

// ErrChroot means that process 1 has another root directory: the systemd that
// could be reached is that of another system.
var ErrChroot = fmt.Errorf("this is a chroot: %w", ErrNoSystemd)

// ErrSilent means that systemd is there and gives no answer.
var ErrSilent = errors.New("it does not answer")

// ask puts one question, with a deadline.
func (s *Systemd) ask(ctx context.Context, about string, limit time.Duration, do func(context.Context, *sd.Conn) error) error {
	conn, err := s.connect()
	if err != nil {
		return err
	}
	if time.Now().UnixNano() < s.silentUntil.Load() {
		return fmt.Errorf("cannot ask systemd %s: %w", about, ErrSilent)
	}
	question, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err = do(question, conn)
	if err != nil && question.Err() == nil {
		if again := s.reconnect(conn); again != nil {
			err = do(question, again)
		}
	}
	switch {
	case err == nil:
		return nil
	case question.Err() != nil && ctx.Err() == nil:
		s.silentUntil.Store(time.Now().Add(silence).UnixNano())
		return fmt.Errorf("cannot ask systemd %s: %w within %s", about, ErrSilent, limit)
	}
	return fmt.Errorf("cannot ask systemd %s: %w", about, err)
}

// Properties returns every property of a unit, over all its interfaces. A unit
// that does not exist is not an error: its LoadState is "not-found".
func (s *Systemd) Properties(ctx context.Context, unit string) (props Properties, err error) {
	err = s.ask(ctx, "about "+unit, callTimeout, func(ctx context.Context, c *sd.Conn) (err error) {
		props, err = c.GetAllPropertiesContext(ctx, unit)
		return err
	})
	return props, err
}

// Failed lists the units that are in the state "failed", in the order of their
// names.
func (s *Systemd) Failed(ctx context.Context) ([]string, error) {
	var out []string
	err := s.ask(ctx, "for failed units", callTimeout, func(ctx context.Context, c *sd.Conn) error {
		units, err := c.ListUnitsFilteredContext(ctx, []string{"failed"})
		for _, u := range units {
			out = append(out, u.Name)
		}
		return err
	})
	slices.Sort(out)
	return out, err
}

// Like lists the units that systemd has in mind and whose names fit a pattern, in
// the order of their names (systemctl(1), "Patterns").
func (s *Systemd) Like(ctx context.Context, pattern string) ([]string, error) {
	var out []string
	err := s.ask(ctx, "for units like "+pattern, callTimeout, func(ctx context.Context, c *sd.Conn) error {
		units, err := c.ListUnitsByPatternsContext(ctx, nil, []string{pattern})
		for _, u := range units {
			out = append(out, u.Name)
		}
		return err
	})
	slices.Sort(out)
	return out, err
}

// UnitOf returns the unit to which a process belongs.
func (s *Systemd) UnitOf(ctx context.Context, pid int) (string, error) {
	id := ""
	err := s.ask(ctx, fmt.Sprintf("for the unit of process %d", pid), callTimeout, func(ctx context.Context, c *sd.Conn) error {
		path, err := c.GetUnitByPID(ctx, uint32(pid))
		if err != nil {
			return err
		}
		p, err := c.GetUnitPathPropertiesContext(ctx, path)
		id = Properties(p).String("Id")
		return err
	})
	return id, err
}

// Failure by name, so that a caller can tell "masked" from "cannot ask".
func errorName(err error) string {
	var e dbus.Error
	if errors.As(err, &e) {
		return e.Name
	}
	return ""
}
