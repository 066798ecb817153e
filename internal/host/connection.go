package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
)

// Systemd speaks to the service manager: over its private socket, which works
// with a dead dbus-daemon, else over the system bus. It connects when it is
// first asked, and anew where the connection ended: an upgrade of systemd or of
// the C library has process 1 start itself again (systemctl(1), daemon-reexec).
// Every call has a deadline of its own.
type Systemd struct {
	lifetime context.Context
	mu       sync.Mutex // guards the next three
	conn     *sd.Conn
	via      string
	err      error // why there is no connection, and will be none
	// silentUntil is when it may be asked again, in nanoseconds since 1970.
	silentUntil atomic.Int64
	// job: go-systemd cannot wait for two jobs at once on one connection.
	job sync.Mutex
}

// redial is how long to wait between tries to connect anew.
const redial = 50 * time.Millisecond

func newSystemd(lifetime context.Context) *Systemd { return &Systemd{lifetime: lifetime} }

// refuse has every question answered with err.
func (s *Systemd) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil && s.err == nil {
		s.err = err
	}
}

// close ends the connection; none is made afterwards.
func (s *Systemd) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = errors.New("cannot reach systemd: closed")
	}
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// Via says how systemd is reached: "private socket" or "system bus".
func (s *Systemd) Via() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.via
}

func (s *Systemd) connect() (*sd.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.conn != nil {
		return s.conn, s.err
	}
	if _, err := os.Stat(systemdMark); err != nil {
		s.err = ErrNoSystemd
		return nil, s.err
	}
	if otherRoot(1) {
		s.err = ErrChroot
		return nil, s.err
	}
	s.conn, s.via, s.err = s.open()
	return s.conn, s.err
}

// reconnect returns a connection in the place of one that has ended; nil where it
// has not, or where there is no other to be had.
func (s *Systemd) reconnect(ended *sd.Conn) *sd.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != ended {
		return s.conn // somebody else was faster
	}
	if ended.Connected() || s.lifetime.Err() != nil {
		return nil
	}
	var err error
	for until := time.Now().Add(connectTimeout); time.Now().Before(until); {
		conn, via, why := s.open()
		if err = why; err == nil {
			s.conn, s.via = conn, via
			return conn
		}
		select {
		case <-time.After(redial):
		case <-s.lifetime.Done():
			return nil
		}
	}
	s.conn, s.via, s.err = nil, "", err
	return nil
}

// open connects in the best way that there is.
func (s *Systemd) open() (conn *sd.Conn, via string, err error) {
	var private error
	if os.Geteuid() == 0 {
		conn, private = dial(s.lifetime, sd.NewSystemdConnectionContext)
		if private == nil {
			return conn, "private socket", nil
		}
		if errors.Is(private, ErrSilent) {
			// The bus would only ask the same process.
			return nil, "", fmt.Errorf("cannot reach systemd: %w", private)
		}
	}
	conn, err = dial(s.lifetime, sd.NewSystemConnectionContext)
	if err != nil {
		return nil, "", fmt.Errorf("cannot reach systemd: %w", errors.Join(private, err))
	}
	return conn, "system bus", nil
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
	if lifetime.Err() != nil {
		return nil, lifetime.Err()
	}
	return nil, fmt.Errorf("%w within %s", ErrSilent, connectTimeout)
}
