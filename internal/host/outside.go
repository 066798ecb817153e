package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// In a unit with a sandbox (systemd.exec(5), ProtectSystem=) this process sees
// mounts that nobody else does, read-only ones above all. What is told about the
// box must be what sshd sees, so questions about mounts are put in the mount
// namespace of PID 1.

// outside is where a path is reached as everybody else reaches it. That takes
// CAP_SYS_PTRACE; without it the path itself has to do.
func (f *Files) outside(path string) string {
	if !f.live() || !sandboxed() {
		return f.real(path)
	}
	there := "/proc/1/root" + path
	if _, err := os.Lstat(there); err != nil {
		return f.real(path)
	}
	return there
}

// sandboxed tells whether this process has a mount namespace of its own.
func sandboxed() bool {
	own, err1 := os.Readlink("/proc/self/ns/mnt")
	first, err2 := os.Readlink("/proc/1/ns/mnt")
	return err1 == nil && err2 == nil && own != first
}

// MountTable returns the box's /proc/PID/mountinfo (proc(5)).
func (f *Files) MountTable(limit int64) ([]byte, error) {
	if f.live() && sandboxed() {
		if table, err := f.Read("/proc/1/mountinfo", limit); err == nil {
			return table, nil
		}
	}
	return f.Read("/proc/self/mountinfo", limit)
}

// ReadOnly tells whether path lies on a file system that is mounted read-only.
func (f *Files) ReadOnly(path string) (bool, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(f.outside(path), &st); err != nil {
		return false, err
	}
	return st.Flags&unix.ST_RDONLY != 0, nil
}
