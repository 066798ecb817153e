package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// prober finds out when a server can be reached: it tries a key exchange every
// few milliseconds until the server has proven an Ed25519 host key. It stays
// outside and enters only the network of the box, so that nothing of it counts
// in the box.
type prober struct {
	network int // the box's network namespace
	tries   atomic.Uint32
}

// pause is the time between two tries.
const pause = 2 * time.Millisecond

// sighting is the moment at which a key exchange was complete.
type sighting struct {
	when int64 // CLOCK_MONOTONIC in nanoseconds
	err  error
}

func newProber(b *box.Box) (*prober, error) {
	fd, err := unix.Open(filepath.Join(b.Root(), "../ns/net"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open the network of the box: %w", err)
	}
	return &prober{network: fd}, nil
}

func (p *prober) close() { unix.Close(p.network) }

// inNetwork runs a function on a thread that is in the box's network. The
// thread is thrown away afterwards: the runtime ends a locked thread together
// with its goroutine.
func (p *prober) inNetwork(do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(p.network, unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("cannot enter the network of the box: %w", err)
			return
		}
		done <- do()
	}()
	return <-done
}

// begin starts to look. It returns after the first try, which has to fail:
// otherwise there would be nothing to wait for.
func (p *prober) begin(ctx context.Context) (<-chan sighting, error) {
	seen := make(chan sighting, 1)
	first := make(chan error, 1)
	go func() {
		err := p.inNetwork(func() error {
			_, err := p.try(ctx)
			if err == nil {
				first <- errors.New("cannot measure: the server can be reached already")
				return nil
			}
			first <- nil
			for {
				when, err := p.try(ctx)
				if err == nil {
					seen <- sighting{when: when}
					return nil
				}
				select {
				case <-ctx.Done():
					return fmt.Errorf("cannot reach the server: %w", err)
				case <-time.After(pause):
				}
			}
		})
		if err != nil {
			first <- err
			seen <- sighting{err: err}
		}
	}()
	return seen, <-first
}

// errProven ends a handshake where nothing more is to be learnt.
var errProven = errors.New("the server has proven its key")

// try makes one connection and returns when the host key was proven. Each comes
// from an address of its own, so that no penalty of sshd falls on the next.
func (p *prober) try(ctx context.Context) (int64, error) {
	n := p.tries.Add(1)
	from := &net.TCPAddr{IP: net.IPv4(127, 66, byte(n/250%250), byte(n%250+1))}
	d := net.Dialer{LocalAddr: from, Timeout: 5 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", "127.0.0.1:22")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, err
	}
	var when int64
	_, _, _, err = ssh.NewClientConn(conn, "box", &ssh.ClientConfig{
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error {
			when = monotonic()
			return errProven
		},
	})
	if errors.Is(err, errProven) {
		return when, nil
	}
	return 0, fmt.Errorf("no key exchange: %w", err)
}

func monotonic() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return t.Nano()
}
