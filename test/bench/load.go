package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// The burdens that a busy server carries. Each is put on a box of its own.
const (
	connections  = 50_000
	processes    = 2_000
	journalBytes = 2 << 30
)

// perHolder is how many connections one process holds: few enough for the limit
// of open files that a machine usually sets.
const perHolder = 10_000

// connect fills the box with established connections. Their server side is a few
// processes in the box; their client side is outside and enters only its
// network, so that the box sees connections that come from elsewhere. As both
// ends share the loopback of the box, its kernel lists twice as many sockets.
func connect(ctx context.Context, b *box.Box, helper string) (release func(), err error) {
	var ends []func()
	release = func() {
		for _, end := range ends {
			end()
		}
	}
	inBox := []string{"nsenter", "-t", leader(b), "-a", "--", helperPath}
	outside := []string{"nsenter", "-t", leader(b), "-n", "--", helper}
	for i := range connections / perHolder {
		holder, err := start(ctx, inBox, "hold", i)
		if err != nil {
			return release, err
		}
		ends = append(ends, holder.end)
		if err := holder.expect("ready"); err != nil {
			return release, err
		}
		caller, err := start(ctx, outside, "call", i)
		if err != nil {
			return release, err
		}
		ends = append(ends, caller.end)
		if err := errors.Join(caller.expect("held"), holder.expect("held")); err != nil {
			return release, err
		}
	}
	return release, nil
}

// leader is PID 1 of the box as this machine counts.
func leader(b *box.Box) string { return filepath.Base(filepath.Dir(b.Root())) }

// partner is a helper that runs beside and lives as long as its input is open.
type partner struct {
	cmd  *exec.Cmd
	in   io.Closer
	said *bufio.Reader
}

func start(ctx context.Context, prefix []string, role string, number int) (*partner, error) {
	args := append(slices.Clone(prefix[1:]), role, fmt.Sprint(perHolder), fmt.Sprint(number))
	cmd := exec.CommandContext(ctx, prefix[0], args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the connections: %w", err)
	}
	return &partner{cmd, in, bufio.NewReader(out)}, nil
}

func (p *partner) expect(want string) error {
	line, err := p.said.ReadString('\n')
	if got := strings.TrimSpace(line); got != want {
		return fmt.Errorf("cannot hold the connections: heard %q, not %q: %v", got, want, err)
	}
	return nil
}

func (p *partner) end() {
	p.in.Close()
	p.cmd.Wait()
}

// crowd fills the box with processes.
func crowd(ctx context.Context, b *box.Box) error {
	return mustRun(ctx, b, fmt.Sprintf("%s sleepers %d", helperPath, processes))
}

// keepAll is the journal's configuration: on disk, as large as wanted, nothing
// dropped.
const keepAll = `mkdir -p /var/log/journal /etc/systemd/journald.conf.d
cat >/etc/systemd/journald.conf.d/bench.conf <<'END'
[Journal]
Storage=persistent
RateLimitIntervalSec=0
SystemMaxUse=8G
SystemKeepFree=64M
END`

// scribble fills the journal through journald itself, message by message, half
// of them from a unit of its own and half under ssh.service.
func scribble(ctx context.Context, b *box.Box, until int64, progress io.Writer) error {
	const batch = 250_000
	group, err := b.Run(ctx, "systemctl show -p ControlGroup --value ssh.service")
	if err != nil {
		return err
	}
	door := "/sys/fs/cgroup" + strings.TrimSpace(group.Stdout) + "/cgroup.procs"
	sent := 0
	for {
		size, err := journalSize(b)
		if err != nil {
			return err
		}
		if size >= until {
			fmt.Fprintf(progress, "# the journal holds %.1f GiB after %d messages\n", float64(size)/(1<<30), sent)
			return nil
		}
		script := fmt.Sprintf("systemd-run --wait -q %[1]s flood %[2]d && systemd-run --wait -q %[1]s flood %[2]d %[3]s",
			helperPath, batch, door)
		if err := mustRun(ctx, b, script); err != nil {
			return err
		}
		sent += 2 * batch
	}
}

// journalSize is what the journal takes on the disk, in bytes.
func journalSize(b *box.Box) (int64, error) {
	var total int64
	err := filepath.WalkDir(filepath.Join(b.Root(), "var/log/journal"), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if st, ok := sysStat(info); ok && err == nil {
			total += st.Blocks * 512
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cannot measure the journal: %w", err)
	}
	return total, nil
}

func sysStat(info fs.FileInfo) (*syscall.Stat_t, bool) {
	if info == nil {
		return nil, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return st, ok
}

func mustRun(ctx context.Context, b *box.Box, script string) error {
	r, err := b.Run(ctx, script)
	if err != nil {
		return err
	}
	if r.Exit != 0 {
		return fmt.Errorf("exit %d of %q in the box:\n%s%s", r.Exit, script, r.Stdout, r.Stderr)
	}
	return nil
}
