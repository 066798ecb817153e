// Package trial starts a real sshd with files that are not yet in place, and
// shakes hands with it, before anything takes effect.
//
// The sshd serves a single connection over a spare loopback port (sshd -i), in a
// mount namespace where only it sees those files. It binds nothing and writes
// nothing, and it is gone with the connection.
package trial

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// timeout bounds a trial.
const timeout = 8 * time.Second

// Run starts binary with args and has it prove a host key.
func Run(ctx context.Context, h *host.Host, binary string, args []string, covers []host.Cover) error {
	if !h.Live() {
		return converse(ctx, h, binary, args, covers, handshake.Over)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ours, theirs, err := pair(ctx)
	if err != nil {
		return fmt.Errorf("cannot make a connection for a trial: %w", err)
	}
	defer ours.Close()
	done := make(chan host.Result, 1)
	go func() {
		done <- h.Run(ctx, host.Command{
			Path: binary, Args: append([]string{"-i", "-e"}, args...), Covers: covers,
			Socket: theirs, Timeout: timeout,
		})
	}()
	err = handshake.Over(ctx, ours)
	ours.Close()
	res := <-done
	theirs.Close()
	if err == nil {
		return nil
	}
	if res.Err != nil && ctx.Err() == nil {
		return res.Err
	}
	return fmt.Errorf("cannot shake hands with it: %w%s", err, said(res.Stderr))
}

// said is what sshd logged, in one line.
func said(stderr []byte) string {
	text := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r > '~' || r < ' ' && r != '\n' {
			return '?'
		}
		return r
	}, string(stderr))), " ")
	const most = 300
	if text == "" {
		return ""
	}
	return "; sshd says: " + text[:min(len(text), most)]
}

// pair makes a TCP connection over loopback: sshd wants to know who calls, so a
// pipe would not do. The source is none that others use, so that no penalty
// falls on 127.0.0.1.
func pair(ctx context.Context) (net.Conn, *os.File, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 83, 83, 72)}}
	ours, err := dialer.DialContext(ctx, "tcp4", listener.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	accepted, err := listener.Accept()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	defer accepted.Close()
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		ours.Close()
		return nil, nil, fmt.Errorf("cannot use a connection of type %T", accepted)
	}
	file, err := tcp.File()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	return ours, file, nil
}
