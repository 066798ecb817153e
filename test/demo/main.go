// Command demo shows the whole story on a real system: a Debian server loses its
// host keys, the real SSH client is refused, sshd-doctor names the cause and
// heals it, and the same client gets in.
//
// The server is a disposable box (package box); the client is this machine's
// own. Nothing is staged: what is printed is what the programs said, and the
// demo fails when they say something else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

func main() {
	binary := flag.String("binary", "bin/sshd-doctor", "static binary to show")
	suite := flag.String("suite", string(box.Bookworm), "Debian release of the server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *binary, *suite, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// stage is where the story is told.
type stage struct {
	out    io.Writer
	server *box.Box
	client *client
}

func run(ctx context.Context, binary, suiteName string, out io.Writer) (err error) {
	suite, err := box.ParseSuite(suiteName)
	if err != nil {
		return err
	}
	c, err := newClient()
	if err != nil {
		return err
	}
	defer c.remove()
	server, err := box.Start(ctx, suite, box.Options{Binary: binary, Prepare: c.admit(), Progress: remark{out}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	c.enter(server)
	s := &stage{out, server, c}
	for _, act := range []func(context.Context) error{s.lose, s.refused, s.look, s.heal, s.admitted} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lose deletes the host keys and restarts sshd, as a careless image build does.
func (s *stage) lose(ctx context.Context) error {
	s.say("A Debian %s server, booted in %.1f s. It loses its host keys.", s.server.Suite, s.server.Booted.Seconds())
	if _, err := s.onServer(ctx, "rm /etc/ssh/ssh_host_*"); err != nil {
		return err
	}
	if _, err := s.onServer(ctx, "systemctl restart ssh"); err != nil {
		return err
	}
	return s.server.Settle(ctx)
}

func (s *stage) refused(ctx context.Context) error {
	s.say("Nobody gets in any more. This is the real client:")
	said, code, err := s.onClient(ctx)
	if err != nil {
		return err
	}
	if code == 0 || !strings.Contains(said, "Connection refused") {
		return fmt.Errorf("the client should have been refused; it ended with %d", code)
	}
	return nil
}

func (s *stage) look(ctx context.Context) error {
	s.say("On the server's console, one word:")
	r, err := s.onServer(ctx, "sshd-doctor")
	if err != nil {
		return err
	}
	s.say("Exit status %d: a problem remains. Looking has changed nothing.", r.Exit)
	if r.Exit != 1 {
		return fmt.Errorf("sshd-doctor should have found a problem and exited with 1, not %d", r.Exit)
	}
	return nil
}

func (s *stage) heal(ctx context.Context) error {
	r, err := s.onServer(ctx, "sshd-doctor heal")
	if err != nil {
		return err
	}
	s.say("Exit status %d, after %.1f s.", r.Exit, r.Took.Seconds())
	if r.Exit != 0 {
		return fmt.Errorf("sshd-doctor should have healed the server and exited with 0, not %d", r.Exit)
	}
	s.client.told = fingerprint.FindAllString(r.Stdout, -1)
	return nil
}

func (s *stage) admitted(ctx context.Context) error {
	s.say("The same client again. It asks about the new key before it logs in:")
	said, code, err := s.onClient(ctx)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("the client should have got in; it ended with %d", code)
	}
	asked := fingerprint.FindString(said)
	for _, told := range s.client.told {
		if told == asked {
			s.say("That is a fingerprint that sshd-doctor printed: the answer is yes.")
			return nil
		}
	}
	return fmt.Errorf("the client asked about %q, which is not among what sshd-doctor printed: %v", asked, s.client.told)
}

// fingerprint is how OpenSSH writes the SHA-256 of a public key: 32 bytes in
// base64 without padding.
var fingerprint = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)

// onServer runs a command in the box and shows it with what it prints.
func (s *stage) onServer(ctx context.Context, line string) (box.Result, error) {
	fmt.Fprintf(s.out, "$ %s\n", line)
	began := time.Now()
	r, err := s.server.Run(ctx, line+" 2>&1")
	r.Took = time.Since(began)
	fmt.Fprint(s.out, r.Stdout)
	return r, err
}

// onClient lets the client try and shows its command with what it prints.
func (s *stage) onClient(ctx context.Context) (said string, code int, err error) {
	fmt.Fprintf(s.out, "$ %s\n", strings.Join(s.client.command(), " "))
	said, code, err = s.client.try(ctx)
	fmt.Fprint(s.out, said)
	return said, code, err
}

// say is the narrator, who speaks in shell comments after an empty line.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.out, "\n# "+format+"\n", args...)
}

// remark prints progress as shell comments.
type remark struct{ out io.Writer }

func (r remark) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		fmt.Fprint(r.out, "# "+line)
	}
	return len(p), nil
}
