package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Disk returns the system whose root is mounted at dir, which is not running.
// Its units cannot be asked about, its sockets and processes do not exist: what
// the kernel says is about this machine, and never passed off as that one.
//
// With noExec no program of the disk is run.
func Disk(ctx context.Context, dir string, noExec bool) (*Host, error) {
	files := &Files{root: dir, disk: true, below: openBelow}
	if files.dir, files.err = openTree(dir); files.err != nil {
		return nil, files.err
	}
	st, err := files.Stat("/")
	if err != nil {
		return nil, err
	}
	files.device = st.Dev
	h := &Host{
		Files: files, Here: NewFiles("/"), Systemd: newSystemd(ctx), Now: time.Now, UID: os.Geteuid(),
	}
	h.Systemd.refuse(ErrNotLive)
	switch {
	case noExec:
		h.cannotRun = ErrNoExec
	case h.UID != 0:
		h.cannotRun = errors.New("that needs root")
	}
	return h, nil
}

// ErrNoExec is why no program of the disk was run.
var ErrNoExec = errors.New("--no-exec forbids it")

// Live tells whether this is the system that runs, so that what the kernel and
// systemd say belongs to it.
func (h *Host) Live() bool { return h.Files.live() }

// CannotRun says why the programs of the box are not run; nil where they may be.
func (h *Host) CannotRun() error { return h.cannotRun }

// Same tells whether a directory is the root of the running system.
func Same(dir string) bool {
	var a, b unix.Stat_t
	return unix.Stat(dir, &a) == nil && unix.Stat("/", &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// Volatile tells whether a path lies where a running system has what it keeps in
// memory. Of a disk whatever stands there says nothing: it is hidden at boot, or
// belongs to the machine that mounted it there.
func Volatile(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(filepath.Clean("/"+path), "/"), "/")
	switch first {
	case "proc", "sys", "dev", "run":
		return true
	}
	return false
}

// foreign tells whether a file lies on a file system that the machine keeps in
// memory and that was mounted below the root of the disk, as one does for
// chroot(8). A separate /usr or /var is part of the disk.
func (f *Files) foreign(fd int) bool {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return true
	}
	if uint64(st.Dev) == f.device {
		return false
	}
	var fsys unix.Statfs_t
	return unix.Fstatfs(fd, &fsys) != nil || inMemory(int64(uint32(fsys.Type)))
}

func inMemory(kind int64) bool {
	switch kind {
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.DEVPTS_SUPER_MAGIC,
		unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC,
		unix.SELINUX_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC, unix.EFIVARFS_MAGIC, unix.HUGETLBFS_MAGIC,
		unix.NSFS_MAGIC, unix.AUTOFS_SUPER_MAGIC:
		return true
	}
	return false
}

// Mounts lists the paths, inside the tree, at which something is mounted that is
// part of the disk, outermost first.
func (h *Host) mounts() ([]string, error) {
	table, err := h.Here.Read("/proc/self/mountinfo", 4<<20)
	if err != nil {
		return nil, err
	}
	root, err := filepath.EvalSymlinks(h.Files.root)
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			return nil, fmt.Errorf("cannot find a mount point in %.80q", line)
		}
		point, err := UnescapeMount(fields[4])
		if err != nil {
			return nil, err
		}
		inside, ok := strings.CutPrefix(point, strings.TrimSuffix(root, "/")+"/")
		if ok && !Volatile(inside) {
			out = append(out, "/"+inside)
		}
	}
	return out, nil
}
