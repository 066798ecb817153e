package box

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// stopDeadline bounds the end of a box.
const stopDeadline = 10 * time.Second

// Stop ends the box, unmounts it and removes everything it left, except what
// was to be kept. Calling it again does nothing and returns the same error.
func (b *Box) Stop() error {
	b.stopOnce()
	if b.forget != nil {
		b.forget()
	}
	return b.stopErr
}

// stopOnce tears down once; a second caller waits for the first.
func (b *Box) stopOnce() {
	b.stopping.Do(func() { b.stopErr = b.tearDown() })
}

func (b *Box) tearDown() error {
	if b.machine != nil {
		if err := b.machine.end(); err != nil {
			return fmt.Errorf("cannot stop box %s: %w", b.Name, err)
		}
	}
	if b.lock == nil {
		return nil
	}
	defer b.lock.Close()
	if b.keep.Load() {
		if err := b.setAside(); err != nil {
			return err
		}
	}
	return remove(b.Name, b.dir)
}

// setAside moves the box's own layer to a place that no sweep looks at.
func (b *Box) setAside() error {
	if err := unmount(b.tree()); err != nil {
		return fmt.Errorf("cannot unmount %s: %w", b.tree(), err)
	}
	kept := filepath.Join(filepath.Dir(filepath.Dir(b.dir)), "kept", b.Name)
	if err := os.Rename(filepath.Join(b.dir, "up"), kept); err != nil {
		return fmt.Errorf("cannot keep the files of box %s: %w", b.Name, err)
	}
	b.kept = kept
	return nil
}

// end kills PID 1 of the box, and with it, by the rules of its namespace,
// every process inside. This is what "poweroff --force --force" does, without
// the wait for the host's disks that the command begins with. nspawn follows;
// whatever does not is killed as well.
func (m *machine) end() error {
	if m.init != 0 && findInit(m.nspawn.Pid) == m.init {
		syscall.Kill(m.init, syscall.SIGKILL)
		m.gone(stopDeadline / 2)
	}
	if err := killGroups(m.name, stopDeadline/2); err != nil {
		return err
	}
	m.nspawn.Kill()
	if !m.gone(stopDeadline / 2) {
		return fmt.Errorf("systemd-nspawn (pid %d) does not end", m.nspawn.Pid)
	}
	return nil
}

// gone waits for the end of nspawn.
func (m *machine) gone(limit time.Duration) bool {
	select {
	case <-m.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// Reboot cuts the power and boots the same box again, with all its files.
// Sessions end, /run and /tmp start empty.
func (b *Box) Reboot(ctx context.Context) error {
	if err := b.Off(); err != nil {
		return err
	}
	return b.On(ctx)
}
