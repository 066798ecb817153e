package trial

import (
	"context"
	"fmt"
	"net"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Disk starts the sshd of a disk in its own root and has it prove the host key
// of one type. It returns the key's fingerprint, as "SHA256:...".
func Disk(ctx context.Context, h *host.Host, binary string, args []string, wanted string) (sha256 string, err error) {
	err = converse(ctx, h, binary, args, nil, func(ctx context.Context, conn net.Conn) (err error) {
		sha256, err = handshake.Prove(ctx, conn, wanted)
		return err
	})
	return sha256, err
}

// converse talks to a sshd of a disk over the one connection that it serves.
func converse(ctx context.Context, h *host.Host, binary string, args []string, covers []host.Cover, talk func(context.Context, net.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, done, err := h.Serve(ctx, host.Command{
		Path: binary, Args: append([]string{"-i", "-e"}, args...), Covers: covers, Timeout: timeout,
	})
	if err != nil {
		return err
	}
	err = talk(ctx, conn)
	conn.Close()
	res := <-done
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot shake hands with it: %w%s", err, said(res.Stderr))
}
