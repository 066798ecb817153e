//go:build boxes

// These tests boot real systems: they need root, and the network for the very
// first run. They stand behind a build tag so that a plain "go test ./..."
// needs neither.

package box

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, suite Suite, opts Options) *Box {
	t.Helper()
	opts.Progress = os.Stderr
	b, err := Start(t.Context(), suite, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s booted in %v", b.Name, b.Booted.Round(time.Millisecond))
	return b
}

func run(t *testing.T, b *Box, script string) Result {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sight(t *testing.T, b *Box, addr string, port int) Sight {
	t.Helper()
	a, err := b.Client(t.Context(), addr, port)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("client at %s %d: %v (%v)", addr, port, a, a.Took.Round(time.Millisecond))
	return a.Sight
}

func TestHealthyBox(t *testing.T) {
	for _, suite := range Suites() {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			b := start(t, suite, Options{Prepare: "echo made >/etc/made-before-boot"})
			r := run(t, b, "cat /etc/made-before-boot; env; echo oops >&2; exit 3")
			if !strings.HasPrefix(r.Stdout, "made\n") || r.Stderr != "oops\n" || r.Exit != 3 {
				t.Errorf("run: %+v", r)
			}
			if n := strings.Count(r.Stdout, "\n"); n != 5 { // made, PATH, TERM, HOME, PWD
				t.Errorf("environment is not clean: %s", r.Stdout)
			}
			if r := run(t, b, "systemctl is-active ssh"); r.Stdout != "active\n" {
				t.Errorf("ssh is %q", r.Stdout)
			}
			if r := run(t, b, "systemctl --failed --no-legend"); r.Stdout != "" {
				t.Errorf("failed units: %s", r.Stdout)
			}
			for _, addr := range []string{"127.0.0.1", "::1"} {
				if s := sight(t, b, addr, 22); s != OK {
					t.Errorf("client sees %s at %s", s, addr)
				}
			}
			if s := sight(t, b, "127.0.0.1", 23); s != Refused {
				t.Errorf("client sees %s at a closed port", s)
			}
			if _, err := os.Stat(filepath.Join(b.Root(), "run/sshd")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestArgumentsAndStdin(t *testing.T) {
	b := start(t, Bookworm, Options{})
	r, err := b.Exec(t.Context(), strings.NewReader("typed"), "sh", "-c", `cat; printf ' [%s]' "$@"`, "sh", "a b", "$HOME")
	if err != nil || r.Stdout != "typed [a b] [$HOME]" {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := b.Run(ctx, "sleep 30"); err == nil {
		t.Error("a command outlives its deadline")
	}
	if r := run(t, b, "sleep 0.1; pgrep -x sleep"); r.Exit != 1 {
		t.Errorf("the process is still there: %+v", r)
	}
	if r := run(t, b, "head -c 3000000 /dev/zero"); len(r.Stdout) > outputLimit+100 {
		t.Errorf("%d bytes were kept", len(r.Stdout))
	}
	if r := run(t, b, "kill -9 $$"); r.Exit != 128+9 {
		t.Errorf("exit %d", r.Exit)
	}
}

func TestSessionSurvivesARestartAndEndsWithTheServer(t *testing.T) {
	b := start(t, Trixie, Options{})
	s, err := b.Login(t.Context(), "127.0.0.1", 22)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run(t, b, "systemctl restart ssh")
	if err := s.Ask(t.Context()); err != nil {
		t.Error(err)
	}
	run(t, b, "pkill -x cat")
	if err := s.Ask(t.Context()); err == nil {
		t.Error("a killed session counts as alive")
	} else {
		t.Log(err)
	}
}

func TestRebootKeepsFiles(t *testing.T) {
	b := start(t, Bookworm, Options{})
	run(t, b, "echo kept >/etc/mark; echo lost >/run/mark; systemctl disable --now ssh")
	if s := sight(t, b, "127.0.0.1", 22); s != Refused {
		t.Errorf("before: %s", s)
	}
	if err := b.Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := run(t, b, "cat /etc/mark /run/mark"); r.Stdout != "kept\n" {
		t.Errorf("%+v", r)
	}
	if s := sight(t, b, "127.0.0.1", 22); s != Refused {
		t.Errorf("after: %s", s)
	}
	log, err := b.Journal(t.Context(), "dbus")
	if err != nil || log == "" {
		t.Errorf("journal %q, %v", log, err)
	}
}
