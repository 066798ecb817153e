package handshake

import (
	"context"
	"errors"
	"net"
	"time"
)

// Over has the server at the other end of conn prove a host key, whichever it
// likes. It is for a server that is tried out before it is let near a port.
func Over(ctx context.Context, conn net.Conn) error {
	var y Try
	l := manner{}.limits(ctx, time.Now())
	if err := conn.SetDeadline(l.end); err != nil {
		return err
	}
	exchange(ctx, conn, l, &y)
	switch {
	case y.Reached == HostKey:
		return nil
	case y.End == EndNoCommon:
		// It speaks, and what it speaks is not for this client to judge.
		return nil
	case y.Error != "":
		return errors.New(y.Error)
	}
	return errors.New("the connection ended before a host key was proven")
}

// Prove has the server at the other end of conn prove a host key of one type and
// returns its fingerprint, as "SHA256:...".
func Prove(ctx context.Context, conn net.Conn, wanted string) (sha256 string, err error) {
	y := Try{Wanted: wanted}
	l := manner{}.limits(ctx, time.Now())
	if err := conn.SetDeadline(l.end); err != nil {
		return "", err
	}
	exchange(ctx, conn, l, &y)
	switch {
	case y.Proof != nil:
		return y.Proof.SHA256, nil
	case y.Error != "":
		return "", errors.New(y.Error)
	}
	return "", errors.New("the connection ended before a host key was proven")
}
