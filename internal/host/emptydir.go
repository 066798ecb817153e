package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// runWithEmptyDir runs cmd in a mount namespace of its own in which dir is an
// empty directory owned by root with mode 0755. Nothing of it is seen outside,
// and it is gone with the process.
//
// The namespace belongs to one thread, which starts the command and is then
// thrown away.
func runWithEmptyDir(cmd *exec.Cmd, dir string) error {
	done := make(chan error, 1)
	go startOnOwnThread(cmd, dir, done)
	if err := <-done; err != nil {
		return err
	}
	return cmd.Wait()
}

func startOnOwnThread(cmd *exec.Cmd, dir string, done chan<- error) {
	// Never unlocked: the runtime ends a locked thread with its goroutine. The
	// first thread of a process cannot be ended, so it is held back here while
	// another one does the work.
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		again := make(chan error, 1)
		go startOnOwnThread(cmd, dir, again)
		done <- <-again
		runtime.UnlockOSThread()
		return
	}
	if err := coverDir(dir); err != nil {
		done <- err
		return
	}
	done <- cmd.Start()
}

// coverDir makes dir appear, in the mount namespace of this thread only.
func coverDir(dir string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("cannot make a private mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot make mounts private: %w", err)
	}
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

func mountTmpfs(dir string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=1m"); err != nil {
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
