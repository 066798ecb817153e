package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// runElsewhere has systemd run a command with covers or with another root, in a
// transient unit of its own, for a process that may not make mount namespaces or
// change its root: the unit in which the doctor itself runs does not let it. Only
// directories can be covered so.
func (h *Host) runElsewhere(ctx context.Context, c Command) Result {
	failed := func(err error) Result { return Result{Code: -1, Err: fmt.Errorf("cannot run %s: %w", c, err)} }
	as := c
	if h.within != "" {
		var err error
		if as, err = chrooted(h.within, c); err != nil {
			return failed(err)
		}
	}
	streams, err := openStreams(c.Stdin)
	if err != nil {
		return failed(err)
	}
	defer streams.close()
	unit := "sshd-doctor-ask-" + randomName() + ".service"
	defer h.Systemd.dismiss(unit)
	props := streams.properties(as)
	if group, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		_, own := parseCgroup(string(group))
		props = append(props, bindTo(own)...)
	}
	if err := h.Systemd.transient(ctx, unit, props); err != nil {
		return failed(err)
	}
	res := streams.read()
	res.Code, res.Err = h.Systemd.exitOf(ctx, unit)
	if h.within != "" && chrootFailed(res.Code) {
		res.Code, res.Err = -1, fmt.Errorf("cannot run %s: %s", c, res.Said())
	}
	return res
}

// bindTo has what is left of a transient unit go with the unit of a doctor that was
// killed. Of other units it would do harm: one that is down would be started.
func bindTo(own string) []sd.Property {
	if !strings.HasPrefix(own, "sshd-doctor") || !strings.HasSuffix(own, ".service") {
		return nil
	}
	return []sd.Property{set("BindsTo", []string{own})}
}

// canRunElsewhere: root was refused a namespace or another root, and only
// directories are to be covered. A file would have to lie somewhere before systemd
// could bind it. For anybody else than root systemd would have to ask.
func (h *Host) canRunElsewhere(c Command, refused error) bool {
	if !errors.Is(refused, unix.EPERM) || h.UID != 0 || h.Systemd == nil {
		return false
	}
	if h.within != "" {
		return len(c.Covers) == 0 && c.Socket == nil
	}
	if len(c.Covers) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Covers, func(c Cover) bool { return !c.Dir })
}

// transient starts a unit that no file describes and waits for the job. "fail":
// nothing that is under way is pushed aside.
func (s *Systemd) transient(ctx context.Context, unit string, props []sd.Property) error {
	return s.runJob(ctx, "start", unit, func(c *sd.Conn) jobCall {
		return func(ctx context.Context, name, _ string, ch chan<- string) (int, error) {
			return c.StartTransientUnitContext(ctx, name, "fail", props, ch)
		}
	})
}

// exitOf is how the command of a oneshot unit ended, which must still be there.
func (s *Systemd) exitOf(ctx context.Context, unit string) (int, error) {
	p, err := s.Properties(ctx, unit)
	if err != nil {
		return -1, err
	}
	const exited = 1 // CLD_EXITED, sigaction(2)
	code, status := p.Int("ExecMainCode"), p.Int("ExecMainStatus")
	if code != exited {
		return -1, fmt.Errorf("cannot tell how %s ended: code %d, status %d", unit, code, status)
	}
	if begun(status) {
		return status, nil
	}
	return -1, fmt.Errorf("cannot start what %s was to run: status %d", unit, status)
}

// begun tells whether an exit status is that of a program, and not systemd's own
// of one that it could not start (systemd.exec(5)).
func begun(status int) bool { return status < 200 || status > 245 }

// dismiss lets systemd forget a transient unit. It tries to also where systemd gave
// no answer a moment ago: nothing else would take the unit away.
func (s *Systemd) dismiss(unit string) {
	s.job.Lock()
	defer s.job.Unlock()
	s.silentUntil.Store(0)
	_ = s.ask(s.lifetime, "to dismiss "+unit, callTimeout, func(ctx context.Context, c *sd.Conn) error {
		_, err := c.StopUnitContext(ctx, unit, "replace", nil)
		return errors.Join(err, c.ResetFailedUnitContext(ctx, unit))
	})
}

// streams are what a transient unit reads from and writes to.
type streams struct {
	stdin    *os.File
	null     *os.File
	out, err *os.File // our ends
	theirs   [2]*os.File
}

func openStreams(stdin *os.File) (*streams, error) {
	s := &streams{stdin: stdin}
	var err error
	if stdin == nil {
		if s.null, err = os.Open(os.DevNull); err != nil {
			return nil, err
		}
		s.stdin = s.null
	}
	if s.out, s.theirs[0], err = os.Pipe(); err == nil {
		s.err, s.theirs[1], err = os.Pipe()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *streams) close() {
	for _, f := range []*os.File{s.null, s.out, s.err, s.theirs[0], s.theirs[1]} {
		if f != nil {
			f.Close()
		}
	}
}

// read takes what was written, when the unit has ended.
func (s *streams) read() Result {
	s.theirs[0].Close()
	s.theirs[1].Close()
	end := time.Now().Add(time.Second) // for a child that stays in the background
	stdout, stderr := &capped{}, &capped{}
	var both sync.WaitGroup
	for from, to := range map[*os.File]*capped{s.out: stdout, s.err: stderr} {
		_ = from.SetReadDeadline(end)
		both.Go(func() { _, _ = io.Copy(to, from) })
	}
	both.Wait()
	return Result{Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes()}
}

// overlaid and bound are systemd's types for TemporaryFileSystem= and
// BindReadOnlyPaths=, org.freedesktop.systemd1(5).
type (
	overlaid struct{ Path, Options string }
	bound    struct {
		From, To string
		Optional bool
		Flags    uint64
	}
)

// properties describes the unit. Its failure is an answer, not a failed unit,
// and it stays until its exit status has been read.
func (s *streams) properties(c Command) []sd.Property {
	mounts, binds := coversOf(c.Covers)
	const ignoreFailure = true
	const critical = int32(2) // syslog(3)
	return []sd.Property{
		set("Description", "sshd-doctor asks sshd"),
		set("Type", "oneshot"), set("RemainAfterExit", true), set("DefaultDependencies", false),
		sd.PropExecStart(append([]string{c.Path}, c.Args...), ignoreFailure),
		set("Environment", append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, c.Env...)),
		set("TimeoutStartUSec", uint64(c.Timeout.Microseconds())),
		set("StandardInputFileDescriptor", dbus.UnixFD(s.stdin.Fd())),
		set("StandardOutputFileDescriptor", dbus.UnixFD(s.theirs[0].Fd())),
		set("StandardErrorFileDescriptor", dbus.UnixFD(s.theirs[1].Fd())),
		set("LogLevelMax", critical), set("NoNewPrivileges", true), set("ProtectSystem", "strict"),
		set("TemporaryFileSystem", mounts), set("BindReadOnlyPaths", binds),
	}
}

func set(name string, value any) sd.Property {
	return sd.Property{Name: name, Value: dbus.MakeVariant(value)}
}

// coversOf makes empty directories out of small file systems. Where the
// directory is missing its parent is covered too, so that nothing has to be made
// outside; name resolution stays as it was (keepResolver).
func coversOf(covers []Cover) ([]overlaid, []bound) {
	const options = "mode=0755,size=4m"
	mounts, binds := []overlaid{}, []bound{}
	for _, c := range covers {
		if st, err := os.Stat(c.Path); err != nil || !st.IsDir() {
			parent := filepath.Dir(c.Path)
			inner := filepath.Join(parent, "systemd/resolve")
			mounts = append(mounts, overlaid{parent, options})
			binds = append(binds, bound{From: inner, To: inner, Optional: true})
		}
		mounts = append(mounts, overlaid{c.Path, options})
	}
	return mounts, binds
}
