package box

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// Result is what one command in the box did.
type Result struct {
	Stdout, Stderr string // the first MiB of each
	Exit           int    // exit code; 128 + signal where a signal ended it
	Took           time.Duration
}

// Run runs a shell script inside the box, as root and in a clean environment.
// A script that fails is a Result; an error means that it could not be run or
// did not end in time.
func (b *Box) Run(ctx context.Context, script string) (Result, error) {
	return b.Exec(ctx, nil, "sh", "-c", script)
}

// Exec runs one program with its arguments inside the box. Standard input may
// be nil.
func (b *Box) Exec(ctx context.Context, stdin io.Reader, name string, args ...string) (Result, error) {
	cmd := b.enter(ctx, "-a", append(append([]string{"env", "-i"}, insideEnv()...),
		append([]string{name}, args...)...)...)
	r, err := collect(ctx, cmd, stdin)
	if err != nil {
		return r, fmt.Errorf("cannot run %s in the box: %w", name, err)
	}
	return r, nil
}

// insideEnv is all that a program in the box finds in its environment.
func insideEnv() []string {
	return []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux", "HOME=/root"}
}

// enter builds a command that runs in some or all namespaces of the box. It
// and its children do not outlive ctx for long.
func (b *Box) enter(ctx context.Context, namespaces string, args ...string) *exec.Cmd {
	target := []string{"-t", fmt.Sprint(b.machine.init), namespaces, "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(target, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// collect runs a command to its end and turns its exit into a number.
func collect(ctx context.Context, cmd *exec.Cmd, stdin io.Reader) (Result, error) {
	var stdout, stderr capped
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(began)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return r, nil // a child in the background may keep the pipe open
	case !errors.As(err, &exit):
		return r, err
	}
	r.Exit = exit.ExitCode()
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		r.Exit = 128 + int(status.Signal())
	}
	return r, nil
}
