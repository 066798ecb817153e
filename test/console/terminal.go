//go:build boxes

package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// The size of a recovery console: VGA text, a serial line.
const (
	columns = 80
	rows    = 25
)

// terminal is a pseudo-terminal with a program in a box at its other end.
type terminal struct {
	t    *testing.T
	box  *box.Box
	main *os.File
	cmd  *exec.Cmd
	// text is all that has appeared, without carriage returns.
	text strings.Builder
	// from is where in text the next expectation begins to look.
	from int
}

// open starts a command line in the box on a terminal of its own, and ends it
// with the test. Its exit status appears as the last line.
func open(ctx context.Context, t *testing.T, b *box.Box, env []string, line string) *terminal {
	t.Helper()
	main, side, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	// nsenter must outlive a Ctrl-C that is not meant for it; in the box the key
	// does what it always does.
	const outside = `trap "" INT; exec nsenter -t "$0" -a -- env -i --default-signal=INT "$@"`
	args := append([]string{"-c", outside, fmt.Sprint(b.Init())}, env...)
	args = append(args, "sh", "-c", `trap : INT; `+line+`; echo "exit status $?"`)
	cmd := exec.CommandContext(ctx, "sh", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = side, side, side
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, box: b, main: main, cmd: cmd}
	t.Cleanup(func() {
		main.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return term
}

// pair opens both ends of a new pseudo-terminal, pty(7).
func pair() (main, side *os.File, err error) {
	main, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(main.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, fmt.Errorf("cannot unlock the terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot find the terminal's number: %w", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		return nil, nil, fmt.Errorf("cannot set the terminal's size: %w", err)
	}
	side, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	return main, side, err
}

// waitFor reads until a text has appeared that was not there before, and fails
// the test when the program ends or is silent for a minute.
func (m *terminal) waitFor(want string) {
	m.t.Helper()
	buffer := make([]byte, 4096)
	for {
		if at := strings.Index(m.text.String()[m.from:], want); at >= 0 {
			m.from += at + len(want)
			return
		}
		if err := m.main.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			m.t.Fatal(err)
		}
		n, err := m.main.Read(buffer)
		m.text.WriteString(strings.ReplaceAll(string(buffer[:n]), "\r", ""))
		if err != nil && n == 0 {
			m.t.Fatalf("%q does not appear (%v%s); there is\n%s", want, err, m.ended(err), m.text.String())
		}
	}
}

// ended says how it came that nobody is at the other end any more: by the program,
// by the whole box, or by somebody outside.
func (m *terminal) ended(err error) string {
	if !errors.Is(err, syscall.EIO) {
		return ""
	}
	_ = m.cmd.Wait()
	return fmt.Sprintf("; nsenter: %s; process 1 of the box: %v", m.cmd.ProcessState, syscall.Kill(m.box.Init(), 0))
}

// press types keys as they are.
func (m *terminal) press(keys string) {
	m.t.Helper()
	if _, err := m.main.WriteString(keys); err != nil {
		m.t.Fatal(err)
	}
}
