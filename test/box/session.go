package box

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Session is a real SSH session of root, logged in with a key, that stays open
// until it is closed or the server ends it.
type Session struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	in     io.WriteCloser
	lines  chan string
	errors capped

	mu    sync.Mutex
	asked int
}

// loginDeadline bounds the login and each question to a session.
const loginDeadline = 15 * time.Second

// Login opens a session with this machine's own OpenSSH client and returns
// when it has answered once.
func (b *Box) Login(ctx context.Context, addr string, port int) (*Session, error) {
	ctx, cancel := context.WithCancel(ctx)
	args := append([]string{"ssh", "-F", "none", "-i", b.key}, b.clientOptions(addr, port)...)
	args = append(args, "--", "root@"+addr, "cat")
	s := &Session{cmd: b.enter(ctx, "-n", args...), cancel: cancel, lines: make(chan string, 1)}
	s.cmd.Env = clientEnv()
	s.cmd.Stderr = &s.errors
	if err := s.start(); err != nil {
		cancel()
		return nil, fmt.Errorf("cannot open a session: %w", err)
	}
	if err := s.Ask(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("cannot open a session: %w", err)
	}
	return s, nil
}

func (s *Session) start() error {
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.in = in
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.lines <- lines.Text()
		}
	}()
	return nil
}

// Ask sends a line through the session and waits for its echo from the box. An
// error means that the session is dead.
func (s *Session) Ask(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	question := fmt.Sprintf("still there %d", s.asked)
	if _, err := fmt.Fprintln(s.in, question); err != nil {
		return s.dead(err)
	}
	select {
	case answer, open := <-s.lines:
		if !open {
			return s.dead(io.EOF)
		}
		if answer != question {
			return fmt.Errorf("cannot trust the session: asked %q, heard %q", question, answer)
		}
		return nil
	case <-time.After(loginDeadline):
		return s.dead(errors.New("no answer"))
	case <-ctx.Done():
		return s.dead(ctx.Err())
	}
}

// dead ends the client, so that its text is complete, and quotes it.
func (s *Session) dead(err error) error {
	s.Close()
	return fmt.Errorf("the session is dead: %w: %s", err, strings.TrimSpace(withoutNotice(s.errors.String())))
}

// Close ends the session from the client's side.
func (s *Session) Close() {
	s.in.Close()
	s.cancel()
	for range s.lines { // until the reader has seen the end
	}
	s.cmd.Wait()
}
