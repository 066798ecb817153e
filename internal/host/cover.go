package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// Cover is something that a command finds in the place of what is really there.
// It exists only in the command's own mount namespace and ends with it.
type Cover struct {
	Path string
	// Dir: an empty directory owned by root, mode 0755; otherwise a regular
	// file with Data in it, mode 0600.
	Dir  bool
	Data []byte
}

// startCovered starts cmd in a mount namespace of its own. The namespace belongs
// to one thread, which starts the command and is then thrown away.
func startCovered(cmd *exec.Cmd, covers []Cover) error {
	done := make(chan error, 1)
	go startOnOwnThread(cmd, covers, done)
	return <-done
}

func startOnOwnThread(cmd *exec.Cmd, covers []Cover, done chan<- error) {
	// Never unlocked: the runtime ends a locked thread with its goroutine. The
	// first thread of a process cannot be ended, so it is held back here while
	// another one does the work.
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		again := make(chan error, 1)
		go startOnOwnThread(cmd, covers, again)
		done <- <-again
		runtime.UnlockOSThread()
		return
	}
	err := coverAll(covers)
	if err == nil {
		err = cmd.Start()
	}
	done <- err
}

// coverAll lays the covers, in the mount namespace of this thread only.
func coverAll(covers []Cover) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("cannot make a private mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot make mounts private: %w", err)
	}
	for _, c := range covers {
		var err error
		if c.Dir {
			err = coverDir(c.Path)
		} else {
			err = coverFile(c.Path, c.Data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func coverDir(dir string) error {
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return mountTmpfs(dir)
	}
	parent := filepath.Dir(dir)
	st, err := os.Stat(parent)
	if err != nil || !st.IsDir() || parent == "/" {
		return fmt.Errorf("cannot show an empty %s: %s is not a directory that could be covered", dir, parent)
	}
	old, err := unix.Open(parent, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", parent, err)
	}
	defer unix.Close(old)
	if err := mountTmpfs(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	keepResolver(old, parent)
	return nil
}

// coverFile binds a file with other contents over path. The contents live in a
// tmpfs that covers a directory which sshd has no business in.
func coverFile(path string, data []byte) error {
	for _, spot := range []string{"/mnt", "/media", "/srv", "/opt"} {
		if st, err := os.Stat(spot); err != nil || !st.IsDir() {
			continue
		}
		if err := mountTmpfs(spot); err != nil {
			return err
		}
		from := filepath.Join(spot, "covered")
		if err := os.WriteFile(from, data, 0o600); err != nil {
			return err
		}
		if err := unix.Mount(from, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("cannot cover %s: %w", path, err)
		}
		return nil
	}
	return errors.New("cannot cover a file: none of /mnt, /media, /srv, /opt is there to hold the cover")
}

func mountTmpfs(dir string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=4m"); err != nil {
		return fmt.Errorf("cannot cover %s: %w", dir, err)
	}
	return nil
}

// keepResolver keeps name resolution as it was: resolv.conf often leads into
// /run/systemd/resolve. Without it names merely do not resolve.
func keepResolver(old int, parent string) {
	const inner = "systemd/resolve"
	from := fmt.Sprintf("/proc/thread-self/fd/%d/%s", old, inner)
	if _, err := os.Stat(from); err != nil {
		return
	}
	to := filepath.Join(parent, inner)
	if err := os.MkdirAll(to, 0o755); err == nil {
		_ = unix.Mount(from, to, "", unix.MS_BIND, "")
	}
}
