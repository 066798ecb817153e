package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

const (
	// connectTimeout bounds each way to reach systemd, callTimeout each question.
	connectTimeout = 3 * time.Second
	callTimeout    = 5 * time.Second
	// systemdMark is the directory by which sd_booted(3) tells that systemd is
	// in charge.
	systemdMark = "/run/systemd/system"
)

// ErrNoSystemd means that systemd is not in charge of this box: a container, a
// chroot, another init.
var ErrNoSystemd = errors.New("systemd is not in charge here")

// Systemd speaks to the service manager: over its private socket, which works
// with a dead dbus-daemon, else over the system bus. It connects when it is
// first asked. Every call has a deadline of its own.
type Systemd struct {
	lifetime context.Context
	once     sync.Once
	conn     *sd.Conn
	via      string
	err      error
	// job: go-systemd cannot wait for two jobs at once on one connection.
	job sync.Mutex
}

func newSystemd(lifetime context.Context) *Systemd { return &Systemd{lifetime: lifetime} }

func (s *Systemd) close() {
	s.once.Do(func() { s.err = errors.New("cannot reach systemd: closed") })
	if s.conn != nil {
		s.conn.Close()
	}
}

// Via says how systemd is reached: "private socket" or "system bus".
func (s *Systemd) Via() string { return s.via }

func (s *Systemd) connect() (*sd.Conn, error) {
	s.once.Do(func() {
		if _, err := os.Stat(systemdMark); err != nil {
			s.err = ErrNoSystemd
			return
		}
		var private, bus error
		if os.Geteuid() == 0 {
			s.via = "private socket"
			if s.conn, private = dial(s.lifetime, sd.NewSystemdConnectionContext); private == nil {
				return
			}
		}
		s.via = "system bus"
		if s.conn, bus = dial(s.lifetime, sd.NewSystemConnectionContext); bus == nil {
			return
		}
		s.via = ""
		s.err = fmt.Errorf("cannot reach systemd: %w", errors.Join(private, bus))
	})
	return s.conn, s.err
}

// dial connects under a deadline. The context that go-systemd is given becomes
// the lifetime of the connection, so the deadline cannot be part of it.
func dial(lifetime context.Context, open func(context.Context) (*sd.Conn, error)) (*sd.Conn, error) {
	ctx, cancel := context.WithCancel(lifetime)
	type answer struct {
		conn *sd.Conn
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		conn, err := open(ctx)
		got <- answer{conn, err}
	}()
	select {
	case a := <-got:
		if a.err != nil {
			cancel()
			return nil, a.err
		}
		context.AfterFunc(lifetime, cancel)
		return a.conn, nil
	case <-time.After(connectTimeout):
	case <-lifetime.Done():
	}
	cancel()
	return nil, context.DeadlineExceeded
}

// Properties returns every property of a unit, over all its interfaces. A unit
// that does not exist is not an error: its LoadState is "not-found".
func (s *Systemd) Properties(ctx context.Context, unit string) (map[string]any, error) {
	conn, err := s.connect()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	props, err := conn.GetAllPropertiesContext(ctx, unit)
	if err != nil {
		return nil, fmt.Errorf("cannot ask systemd about %s: %w", unit, err)
	}
	return props, nil
}

// Failed lists the units that are in the state "failed", in the order of their
// names.
func (s *Systemd) Failed(ctx context.Context) ([]string, error) {
	conn, err := s.connect()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	units, err := conn.ListUnitsFilteredContext(ctx, []string{"failed"})
	if err != nil {
		return nil, fmt.Errorf("cannot ask systemd for failed units: %w", err)
	}
	var out []string
	for _, u := range units {
		out = append(out, u.Name)
	}
	slices.Sort(out)
	return out, nil
}

// UnitOf returns the unit to which a process belongs.
func (s *Systemd) UnitOf(ctx context.Context, pid int) (string, error) {
	conn, err := s.connect()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	path, err := conn.GetUnitByPID(ctx, uint32(pid))
	if err != nil {
		return "", fmt.Errorf("cannot ask systemd for the unit of process %d: %w", pid, err)
	}
	p, err := conn.GetUnitPathPropertiesContext(ctx, path)
	if err != nil {
		return "", fmt.Errorf("cannot ask systemd for the unit of process %d: %w", pid, err)
	}
	id, _ := p["Id"].(string)
	return id, nil
}

// Failure by name, so that a caller can tell "masked" from "cannot ask".
func errorName(err error) string {
	var e dbus.Error
	if errors.As(err, &e) {
		return e.Name
	}
	return ""
}
