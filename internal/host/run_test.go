package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// shell runs a script the way a check runs a program.
func shell(t *testing.T, script string) Result {
	t.Helper()
	return (&Host{}).Run(t.Context(), Command{Path: "/bin/sh", Args: []string{"-c", script}})
}

func TestWhatACommandDid(t *testing.T) {
	for _, c := range []struct {
		what, script, stdout, stderr string
		code                         int
		ok, failed                   bool
	}{
		{"it worked", "echo out; echo err >&2", "out\n", "err\n", 0, true, false},
		{"it says no", "echo err >&2; exit 255", "", "err\n", 255, false, false},
		{"it was killed", "echo out; kill -9 $$", "out\n", "", -1, false, true},
		{"it ended by a signal of its own", "kill -TERM $$", "", "", -1, false, true},
		{"it reads nothing", "cat; echo end", "end\n", "", 0, true, false},
		{"it is not in a terminal's directory", "pwd", "/\n", "", 0, true, false},
	} {
		r := shell(t, c.script)
		if string(r.Stdout) != c.stdout || string(r.Stderr) != c.stderr || r.Code != c.code {
			t.Errorf("%s: %q, %q, status %d", c.what, r.Stdout, r.Stderr, r.Code)
		}
		if r.OK() != c.ok || (r.Err != nil) != c.failed {
			t.Errorf("%s: ok %v, %v", c.what, r.OK(), r.Err)
		}
	}
}

// No variable of whoever called the doctor changes what a program does.
func TestACommandHasACleanEnvironment(t *testing.T) {
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("LANG", "de_DE.UTF-8")
	r := (&Host{}).Run(t.Context(), Command{Path: "/usr/bin/env", Env: []string{"MORE=1"}})
	if got := string(r.Stdout); got != "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\nMORE=1\n" {
		t.Errorf("%q, %v", got, r.Err)
	}
}

func TestNothingGoesThroughAShell(t *testing.T) {
	c := Command{Path: "/bin/echo", Args: []string{"$(id)", "; id", "a  b"}}
	if r := (&Host{}).Run(t.Context(), c); string(r.Stdout) != "$(id) ; id a  b\n" {
		t.Errorf("%q", r.Stdout)
	}
	if c.String() != "/bin/echo $(id) ; id a  b" {
		t.Error(c.String())
	}
}

func TestAProgramThatCannotBeRun(t *testing.T) {
	dir := t.TempDir()
	plain, bad := filepath.Join(dir, "plain"), filepath.Join(dir, "bad")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("no program\x00\x01"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), plain, bad, dir} {
		r := (&Host{}).Run(t.Context(), Command{Path: path})
		if r.Err == nil || r.Code != -1 || r.OK() || !strings.HasPrefix(r.Err.Error(), "cannot run "+path) {
			t.Errorf("%s: status %d, %v", path, r.Code, r.Err)
		}
	}
}

func TestStandardInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("given"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if r := (&Host{}).Run(t.Context(), Command{Path: "/bin/cat", Stdin: in}); string(r.Stdout) != "given" {
		t.Errorf("%q, %v", r.Stdout, r.Err)
	}
}

// A program that prints for ever costs a megabyte for each stream, and no more.
func TestOutputIsCapped(t *testing.T) {
	r := shell(t, "head -c 5000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2; echo last; exit 3")
	if len(r.Stdout) != outputLimit || len(r.Stderr) != outputLimit || r.Code != 3 {
		t.Errorf("%d and %d bytes, status %d, %v", len(r.Stdout), len(r.Stderr), r.Code, r.Err)
	}
	if len(bytes.Trim(r.Stdout, "x"))+len(bytes.Trim(r.Stderr, "y")) > 0 {
		t.Error("it is not the beginning that was kept")
	}
}

// The deadline ends the program and all that it started.
func TestTheDeadlineEndsAllOfIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	script := fmt.Sprintf("sleep 600 & echo $! >%s; (sleep 600 & echo $! >>%[1]s; wait) & echo $! >>%[1]s; echo begun; wait", file)
	r := (&Host{}).Run(t.Context(), Command{Path: "/bin/sh", Args: []string{"-c", script}, Timeout: 500 * time.Millisecond})
	if !errors.Is(r.Err, context.DeadlineExceeded) || r.OK() || r.Code != -1 || string(r.Stdout) != "begun\n" {
		t.Errorf("%v, status %d, %q", r.Err, r.Code, r.Stdout)
	}
	data, err := os.ReadFile(file)
	if err != nil || len(strings.Fields(string(data))) != 3 {
		t.Fatalf("%q, %v", data, err)
	}
	for _, word := range strings.Fields(string(data)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		waitGone(t, pid)
	}
}

// waitGone waits until a killed process is gone or at least dead.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		if err != nil || strings.HasPrefix(rest, "Z") || errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// Nor does a program that ignores every polite signal outlive it.
func TestAStubbornProgram(t *testing.T) {
	r := (&Host{}).Run(t.Context(), Command{
		Path: "/bin/sh", Args: []string{"-c", "trap '' TERM INT HUP; echo begun; while :; do sleep 1; done"},
		Timeout: 300 * time.Millisecond,
	})
	if !errors.Is(r.Err, context.DeadlineExceeded) || string(r.Stdout) != "begun\n" {
		t.Errorf("%v, %q", r.Err, r.Stdout)
	}
}

func TestACommandEndsWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	r := (&Host{}).Run(ctx, Command{Path: "/bin/sleep", Args: []string{"600"}})
	if !errors.Is(r.Err, context.Canceled) || r.OK() {
		t.Errorf("%v", r.Err)
	}
	if r := (&Host{}).Run(ctx, Command{Path: "/bin/true"}); r.Err == nil {
		t.Error("it ran for a caller who is gone")
	}
}

// A daemon that keeps the pipes open does not keep us: what was said before
// counts, and so does the status.
func TestAChildInTheBackground(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	r := shell(t, "sleep 600 & echo $! >"+file+"; echo out; exit 0")
	if r.Err != nil || r.Code != 0 || string(r.Stdout) != "out\n" {
		t.Errorf("%v, status %d, %q", r.Err, r.Code, r.Stdout)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}
