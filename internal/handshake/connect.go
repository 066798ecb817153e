package handshake

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// A patient connection waits until its slot is free for the next one: for the
// server to close its side, and for the listener to notice.
const (
	linger = 200 * time.Millisecond
	settle = 20 * time.Millisecond
)

// errProven ends a key exchange after the server's signature was verified:
// x/crypto calls HostKeyCallback only then, and authenticates only if it
// returns nil (ssh/handshake.go, handshakeTransport.client, v0.58.0).
var errProven = errors.New("the server proved its key")

// manner is how a connection is made.
type manner struct {
	// mute is how long the server may take for its first byte; zero means as
	// long as there is time.
	mute time.Duration
	// patient connections wait for the server to be done with them.
	patient bool
}

// connect makes one connection and sees how far it comes.
func connect(ctx context.Context, to netip.AddrPort, j job, m manner) Try {
	y := Try{Source: j.source, Wanted: j.wanted}
	l := m.limits(ctx, time.Now())
	conn, err := dial(ctx, &y, to, l.word)
	if err != nil {
		y.End, y.Error = endOf(ctx, err), cleanError(err)
		return y
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	y.Reached = Connected
	if err = conn.SetDeadline(l.end); err == nil {
		exchange(ctx, conn, l, &y)
	} else {
		y.End, y.Error = EndError, cleanError(err)
	}
	if m.patient {
		waitForClose(conn)
		pause(ctx, settle)
	}
	return y
}

func (m manner) limits(ctx context.Context, now time.Time) limits {
	end, ok := ctx.Deadline()
	if !ok {
		end = now.Add(defaultTimeout)
	}
	word := end
	if m.mute > 0 && now.Add(m.mute).Before(end) {
		word = now.Add(m.mute)
	}
	return limits{word: word, end: end}
}

// dial connects from the source that was planned, or from the kernel's choice
// where the box has no such address or no way from it to the target.
func dial(ctx context.Context, y *Try, to netip.AddrPort, until time.Time) (*net.TCPConn, error) {
	// No keep-alive: no connection lives long enough.
	d := net.Dialer{Deadline: until, KeepAlive: -1}
	if y.Source.IsValid() {
		conn, err := d.DialTCP(ctx, "tcp", netip.AddrPortFrom(y.Source, 0), to)
		if err == nil || !noWay(err) {
			return conn, err
		}
		y.Source = netip.Addr{}
	}
	return d.DialTCP(ctx, "tcp", netip.AddrPort{}, to)
}

// noWay tells whether the kernel did not even send from this source.
func noWay(err error) bool {
	for _, e := range []error{syscall.EADDRNOTAVAIL, syscall.EINVAL, syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EPERM, syscall.EACCES} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// exchange lets x/crypto do the key exchange and reads along.
func exchange(ctx context.Context, conn net.Conn, l limits, y *Try) {
	// A channel: the callback runs on a goroutine of the library.
	keys := make(chan ssh.PublicKey, 1)
	config := clientConfig(y.Wanted)
	config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) error {
		keys <- key
		return errProven
	}
	t := newTee(conn, l)
	_, _, _, err := ssh.NewClientConn(unclosed{t}, "", config)
	t.hush()
	g, parseErr := parseGreeting(t.heard())
	y.Before, y.Banner, y.Offer = g.before, g.banner, g.offer
	switch {
	case y.Offer != nil:
		y.Reached = KexInit
	case y.Banner != "":
		y.Reached = Banner
	}
	select {
	case key := <-keys:
		y.Reached, y.End, y.Proof = HostKey, EndProven, proofOf(key, y.Wanted, y.Offer)
		return
	default:
	}
	y.End, y.Error = endOf(ctx, err), cleanError(err)
	var no *ssh.AlgorithmNegotiationError
	if errors.As(err, &no) {
		// RequestedAlgorithms are the peer's.
		y.End, y.NoCommon = EndNoCommon, no.What
		y.Error = clean("we do not speak what the server offers: " + strings.Join(no.RequestedAlgorithms, ","))
	}
	if y.End == EndError && parseErr != nil && !errors.Is(parseErr, errShort) {
		y.Error = cleanError(parseErr)
	}
}

// proofOf describes the key. The algorithm is the first of ours that the server
// offers (RFC 4253, 7.1), and the signature was checked to be of that kind.
func proofOf(key ssh.PublicKey, wanted string, offer *Offer) *Proof {
	p := &Proof{Type: key.Type(), SHA256: ssh.FingerprintSHA256(key), Public: base64.StdEncoding.EncodeToString(key.Marshal())}
	if offer == nil {
		return p
	}
	for _, a := range hostKeyAlgorithms(wanted) {
		for _, b := range offer.HostKey {
			if a == b {
				p.Algorithm = a
				return p
			}
		}
	}
	return p
}

// waitForClose says goodbye and waits until the server has, too.
func waitForClose(conn *net.TCPConn) {
	if conn.CloseWrite() != nil || conn.SetReadDeadline(time.Now().Add(linger)) != nil {
		return
	}
	// How the wait ends does not matter: the connection is closed next.
	_, _ = io.CopyN(io.Discard, conn, readLimit)
}

func endOf(ctx context.Context, err error) End {
	var timeout net.Error
	switch {
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return EndTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return EndRefused
	case noWay(err):
		return EndUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return EndClosed
	}
	return EndError
}

// cleanError makes an error fit to be shown: parts of it may be the peer's, and
// port numbers that change from run to run say nothing.
func cleanError(err error) string {
	var code syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.Is(err, io.EOF):
		return "the server closed the connection"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, net.ErrClosed):
		return "no answer in time"
	case errors.As(err, &code):
		return code.Error()
	}
	s := strings.TrimPrefix(err.Error(), "ssh: handshake failed: ")
	return clean(strings.TrimPrefix(s, "ssh: "))
}
