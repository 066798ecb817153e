package host

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Only root, only after a refusal, and only for covers that systemd can make.
func TestWhenSystemdIsAskedToRunACommand(t *testing.T) {
	refused := fmt.Errorf("cannot make a private mount namespace: %w", unix.EPERM)
	dir, file := Cover{Path: "/run/sshd", Dir: true}, Cover{Path: "/etc/ssh/sshd_config"}
	for name, c := range map[string]struct {
		uid    int
		noBus  bool
		within string
		covers []Cover
		err    error
		want   bool
	}{
		"refused":                 {covers: []Cover{dir}, err: refused, want: true},
		"not refused":             {covers: []Cover{dir}},
		"another error":           {covers: []Cover{dir}, err: errors.New("cannot cover /run")},
		"no covers":               {err: refused},
		"a file is to be covered": {covers: []Cover{dir, file}, err: refused},
		"not root":                {uid: 1000, covers: []Cover{dir}, err: refused},
		"another root":            {within: "/proc/1/root", err: refused, want: true},
		"another root, covered":   {within: "/proc/1/root", covers: []Cover{dir}, err: refused},
		"no systemd":              {noBus: true, covers: []Cover{dir}, err: refused},
	} {
		h := &Host{UID: c.uid, within: c.within, Systemd: newSystemd(t.Context())}
		if c.noBus {
			h.Systemd = nil
		}
		if got := h.canRunElsewhere(Command{Covers: c.covers}, c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A directory that is missing is made in a cover of its parent, not outside.
func TestCoversForSystemd(t *testing.T) {
	there := t.TempDir()
	mounts, binds := coversOf([]Cover{{Path: there, Dir: true}, {Path: there + "/gone/sshd", Dir: true}})
	var paths []string
	for _, m := range mounts {
		paths = append(paths, m.Path)
	}
	if want := fmt.Sprint([]string{there, there + "/gone", there + "/gone/sshd"}); fmt.Sprint(paths) != want {
		t.Errorf("covers %v, want %s", paths, want)
	}
	if len(binds) != 1 || binds[0].From != there+"/gone/systemd/resolve" || !binds[0].Optional {
		t.Errorf("binds %+v", binds)
	}
}

// A command gets another root by a program that says by its status that it failed.
func TestAnotherRootForSystemd(t *testing.T) {
	c, err := chrooted("/proc/7/root", Command{Path: "/usr/sbin/sshd", Args: []string{"-T"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.String(); !strings.HasSuffix(got, "/chroot /proc/7/root /usr/sbin/sshd -T") {
		t.Error(got)
	}
	for status, want := range map[int][2]bool{
		0: {false, true}, 1: {false, true}, 125: {true, true}, 127: {true, true}, 203: {false, false}, 226: {false, false}, 255: {false, true},
	} {
		if got := [2]bool{chrootFailed(status), begun(status)}; got != want {
			t.Errorf("status %d: %v, want %v", status, got, want)
		}
	}
}

// A unit that is not the doctor's own would be started by it.
func TestBoundToTheDoctorAlone(t *testing.T) {
	for unit, want := range map[string]int{
		"sshd-doctor.service": 1, "sshd-doctor-check.service": 1, "ssh.service": 0, "session-3.scope": 0, "sshd-doctor.slice": 0, "": 0,
	} {
		if got := len(bindTo(unit)); got != want {
			t.Errorf("%q: %d", unit, got)
		}
	}
}

// What the unit wrote is read, though something keeps its output open.
func TestStreamsOfAUnit(t *testing.T) {
	s, err := openStreams(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	kept, err := unix.FcntlInt(s.theirs[0].Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(kept)
	io.WriteString(s.theirs[0], "out")
	io.WriteString(s.theirs[1], "err")
	if r := s.read(); string(r.Stdout) != "out" || string(r.Stderr) != "err" {
		t.Errorf("read %q and %q", r.Stdout, r.Stderr)
	}
	if _, err := os.Stat(os.DevNull); err != nil || s.stdin == nil {
		t.Error("a unit without input has to read from the null device")
	}
}

// A unit that was made to ask something goes, however silent systemd was a moment
// ago: the silence is over before it is told.
func TestAUnitIsDismissedInASilence(t *testing.T) {
	s := newSystemd(t.Context())
	s.refuse(errors.New("no connection"))
	s.silentUntil.Store(math.MaxInt64)
	s.dismiss("x.service")
	if until := s.silentUntil.Load(); until != 0 {
		t.Errorf("systemd is not asked before %d", until)
	}
}
