package handshake

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// readLimit bounds what is taken from one server, in bytes. A key exchange
	// needs less than 8 KiB.
	readLimit = 128 << 10
	// patience is how long the server may take to speak first. OpenSSH always
	// does; a program that waits for the client is spoken to after this.
	patience = 300 * time.Millisecond
)

var errFlood = errors.New("the server sent more than a key exchange can need")

// tee is a connection that keeps a copy of what the server sends.
//
// It holds our own banner back until the server has spoken. A sshd that turns a
// connection away writes one line ("Not allowed at this time", "Exceeded
// MaxStartups") and closes; if it had unread data from us by then, the kernel
// would answer with a reset and the line would be lost.
type tee struct {
	net.Conn
	limits limits
	in     *bufio.Reader
	spoke  bool

	mu   sync.Mutex
	seen []byte
}

// limits are the deadlines of one connection: word is that for the first byte
// from the server, end that for everything.
type limits struct{ word, end time.Time }

func newTee(conn net.Conn, l limits) *tee {
	return &tee{Conn: conn, limits: l, in: bufio.NewReader(conn)}
}

// Read implements net.Conn.
func (t *tee) Read(b []byte) (int, error) {
	n, err := t.in.Read(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) == 0 && n > 0 {
		err = errors.Join(err, t.SetReadDeadline(t.limits.end))
	}
	if len(t.seen)+n > readLimit {
		return 0, errFlood
	}
	t.seen = append(t.seen, b[:n]...)
	return n, err
}

// Write implements net.Conn.
func (t *tee) Write(b []byte) (int, error) {
	if !t.spoke {
		t.spoke = true
		if err := t.await(); err != nil {
			return 0, err
		}
	}
	return t.Conn.Write(b)
}

// await waits until the server has sent something, for a while.
func (t *tee) await() error {
	soon := time.Now().Add(patience)
	if soon.After(t.limits.word) {
		soon = t.limits.word
	}
	if err := t.SetReadDeadline(soon); err != nil {
		return err
	}
	_, err := t.in.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return errors.Join(err, t.SetReadDeadline(t.limits.word))
}

// heard returns what the server has sent so far.
func (t *tee) heard() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.seen...)
}

// hush ends whatever read of the library is still under way.
func (t *tee) hush() { _ = t.SetReadDeadline(time.Unix(1, 0)) }

// unclosed keeps the library from closing the connection: how it ends is up to
// connect.
type unclosed struct{ *tee }

// Close implements net.Conn.
func (u unclosed) Close() error {
	u.hush()
	return nil
}
