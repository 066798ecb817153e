package box

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// machine is one boot of a box: a systemd-nspawn process and the PID 1 below
// it.
type machine struct {
	name   string
	nspawn *os.Process
	init   int           // PID 1 of the box as this machine counts; 0 before it is known
	exited chan struct{} // closed when nspawn is gone
	err    error         // how it went, once exited is closed
}

// nspawnArgs boots a tree. The reason for each flag:
// --console: nothing reads a terminal, and where asked for, what is written to it
// is kept; --private-network: loopback
// only, and a port 22 of its own; --register=no, --keep-unit: works without
// systemd-machined and where PID 1 of the host is something else.
func nspawnArgs(name, tree, console string) []string {
	return []string{"systemd-nspawn", "-q", "-D", tree, "--boot", "--console=" + console,
		"--private-network", "--register=no", "--keep-unit", "--link-journal=no", "--machine=" + name}
}

// enterGroups moves itself into the control groups before it becomes nspawn.
const enterGroups = `n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 1; shift; n=$((n-1)); done
exec "$@"`

// command is the whole command line of a box's machine.
func command(name, tree, console string) ([]string, error) {
	nspawn := nspawnArgs(name, tree, console)
	if hostHasSystemd() {
		return append([]string{"systemd-run", "--quiet", "--scope", "--collect",
			"--unit=" + groupName(name), "--property=Delegate=yes", "--"}, nspawn...), nil
	}
	doors, err := makeGroups(name)
	if err != nil {
		return nil, fmt.Errorf("cannot make a control group: %w", err)
	}
	args := []string{"/bin/sh", "-c", enterGroups, "sh", fmt.Sprint(len(doors))}
	return append(append(args, doors...), nspawn...), nil
}

// spawn starts the machine. Its nspawn dies with this process, even when this
// one is killed; PID 1 of the box then waits for the next sweep.
func spawn(name, tree, console, logFile string) (*machine, error) {
	args, err := command(name, tree, console)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot open the log of a box: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	m := &machine{name: name, exited: make(chan struct{})}
	started := make(chan error)
	go m.supervise(cmd, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start systemd-nspawn: %w", err)
	}
	m.nspawn = cmd.Process
	return m, nil
}

// supervise holds one thread for the life of the child, because the kernel
// sends the parent-death signal when the thread that started it ends.
func (m *machine) supervise(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	started <- err
	if err == nil {
		m.err = cmd.Wait()
		if m.err == nil {
			m.err = errors.New("it ended by itself")
		}
	}
	close(m.exited)
}
