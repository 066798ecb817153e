package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

const (
	// outputLimit caps what is kept of each output stream of a command, in bytes.
	outputLimit = 1 << 20
	// defaultTimeout bounds a command that names no limit of its own.
	defaultTimeout = 10 * time.Second
	// behind is the nice value of a command that gives way, nice(1).
	behind = 10
)

// Command is a program to run. Nothing goes through a shell.
type Command struct {
	// Path is absolute: no search through $PATH.
	Path string
	Args []string
	// Env is added to a clean environment.
	Env []string
	// Stdin is given to the program as it is; nil means /dev/null.
	Stdin *os.File
	// Socket, when set, is both standard input and standard output.
	Socket *os.File
	// Timeout bounds the run; zero means ten seconds.
	Timeout time.Duration
	// Covers are what the program finds in the place of what is really there,
	// in a mount namespace of its own. The box itself is not touched.
	Covers []Cover
	// Behind: it gives way to whatever else wants the processors.
	Behind bool
}

// String shows the command as a person would type it.
func (c Command) String() string {
	return strings.Join(append([]string{c.Path}, c.Args...), " ")
}

// Result is what a command did.
type Result struct {
	Stdout, Stderr []byte
	// Code is the exit status; -1 when it has none (killed by a signal, or it
	// never ran).
	Code int
	// Err says why there is no exit status: it could not be started, or it did
	// not end in time.
	Err error
}

// OK tells whether the command ran and returned 0.
func (r Result) OK() bool { return r.Err == nil && r.Code == 0 }

// Said is the first line of what the command said on its standard error, fit to
// be shown.
func (r Result) Said() string {
	first, _, _ := strings.Cut(strings.TrimSpace(string(r.Stderr)), "\n")
	return safetext.Start(first, 400)
}

// Run runs a command to its end or to its deadline.
//
// On a disk only the disk's own programs are run, in its own root.
func (h *Host) Run(ctx context.Context, c Command) Result {
	if h.Files != nil && h.Files.disk {
		return h.enter(ctx, c, nil)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, c.Env...)
	cmd.Dir = "/"
	if c.Stdin != nil {
		cmd.Stdin = c.Stdin
	}
	stdout, stderr := &capped{}, &capped{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Socket != nil {
		cmd.Stdin, cmd.Stdout = c.Socket, c.Socket
	}
	// A group of its own: what the program started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Chroot: h.within}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	start := cmd.Start
	if len(c.Covers) > 0 {
		start = func() error { return h.startCovered(cmd, c.Covers) }
	}
	err := start()
	if h.canRunElsewhere(c, err) {
		return h.runElsewhere(ctx, c)
	}
	if err == nil {
		if c.Behind {
			// Where that is not allowed it is merely not polite.
			_ = unix.Setpriority(unix.PRIO_PROCESS, cmd.Process.Pid, behind)
		}
		err = cmd.Wait()
	}
	res := Result{Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes(), Code: -1}
	if cmd.ProcessState != nil {
		res.Code = cmd.ProcessState.ExitCode()
	}
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil:
		// A child that stays in the background may keep the pipes open.
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		res.Err = fmt.Errorf("cannot finish %s: %w after %s", c, ctx.Err(), c.Timeout)
	case ctx.Err() != nil:
		res.Err = fmt.Errorf("cannot finish %s: %w", c, ctx.Err())
	case !errors.As(err, &exit):
		res.Err = fmt.Errorf("cannot run %s: %w", c, err)
	case res.Code < 0:
		res.Err = fmt.Errorf("cannot finish %s: %s", c, cmd.ProcessState)
	}
	return res
}

// capped keeps the beginning of what is written to it. The buffer is not
// embedded: its other methods would let everything in.
type capped struct{ kept bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if room := outputLimit - c.kept.Len(); room > 0 {
		c.kept.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}
