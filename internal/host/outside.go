package host

import (
	"os"
	"strings"

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
	if !f.live() {
		st, err := f.statfs(path)
		return st.Flags&unix.ST_RDONLY != 0, err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(f.outside(path), &st); err != nil {
		return false, err
	}
	return st.Flags&unix.ST_RDONLY != 0, nil
}

// ThisBoot is the option by which journalctl(1) keeps to this boot. In a
// container the boot id is a mount over the kernel's, which a sandbox loses: there
// the one of PID 1 is given by name.
func (f *Files) ThisBoot() string {
	if id := f.bootID("/proc/1/root"); f.live() && sandboxed() && id != "" {
		return "--boot=" + id
	}
	return "-b"
}

// BootID is the id of this boot as PID 1 has it, in hexadecimal; empty where it
// cannot be read.
func (f *Files) BootID() string {
	if id := f.bootID("/proc/1/root"); id != "" {
		return id
	}
	return f.bootID("")
}

func (f *Files) bootID(root string) string {
	id, err := f.Read(root+"/proc/sys/kernel/random/boot_id", 64)
	if plain := strings.ReplaceAll(strings.TrimSpace(string(id)), "-", ""); err == nil && len(plain) == 32 {
		return plain
	}
	return ""
}
