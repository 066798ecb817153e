package host

import (
	"strings"

	"golang.org/x/sys/unix"
)

// Where openat2(2) is not to be had (Linux before 5.6, and under systemd's
// RestrictSUIDSGID=, whose filter cannot look into its arguments), or never comes
// to an end because of what others rename, a path is resolved here, one name at a
// time. Every directory on the way is held open and ".." goes back to the one
// before, so the kernel is never asked for a parent and no link is ever followed by
// it: there is no way out of the first directory, whatever is renamed meanwhile.

const (
	// mostLinks is how many links one path may lead through, as in the kernel.
	mostLinks = 40
	// mostDirs is how many directories deep a path may be: each takes a
	// descriptor.
	mostDirs = 256
)

// walker is on its way through a tree.
type walker struct {
	// dirs are the directories from the root to where it stands.
	dirs []int
	// rest are the names still to go.
	rest  []string
	links int
	// flags are for what is at the end.
	flags int
}

// walkBelow is openBelow without openat2. flags may hold O_PATH, O_DIRECTORY and
// O_NOFOLLOW, and say how to read; nothing is made.
func walkBelow(root int, path string, flags int) (int, error) {
	if path == "" {
		return -1, unix.ENOENT
	}
	at, err := unix.FcntlInt(uintptr(root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	w := walker{dirs: []int{at}, rest: strings.Split(path, "/"), flags: flags | unix.O_CLOEXEC}
	defer func() { w.back(0) }()
	for {
		name, last := w.rest[0], len(w.rest) == 1
		w.rest = w.rest[1:]
		fd, err := w.step(name, last)
		if err != nil || fd >= 0 {
			return fd, err
		}
		if len(w.rest) == 0 {
			return unix.Openat(w.here(), ".", w.flags, 0)
		}
	}
}

func (w *walker) here() int { return w.dirs[len(w.dirs)-1] }

// back leaves the directories but for the first n.
func (w *walker) back(n int) {
	for _, fd := range w.dirs[n:] {
		unix.Close(fd)
	}
	w.dirs = w.dirs[:n]
}

// step goes on by one name. It returns what is at the end, or -1 where it stands
// in another directory now or has a link's names to go.
func (w *walker) step(name string, last bool) (int, error) {
	switch name {
	case "", ".":
		return -1, nil
	case "..":
		w.back(max(1, len(w.dirs)-1))
		return -1, nil
	}
	fd, err := unix.Openat(w.here(), name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return -1, err
	}
	kind := st.Mode & unix.S_IFMT
	if kind == unix.S_IFLNK && !(last && w.flags&unix.O_NOFOLLOW != 0) {
		defer unix.Close(fd)
		return -1, w.link(fd)
	}
	if !last {
		return -1, w.enter(fd, kind)
	}
	if w.flags&unix.O_PATH != 0 {
		if w.flags&unix.O_DIRECTORY != 0 && kind != unix.S_IFDIR {
			unix.Close(fd)
			return -1, unix.ENOTDIR
		}
		return fd, nil
	}
	unix.Close(fd)
	// What has become a link meanwhile is refused.
	return unix.Openat(w.here(), name, w.flags|unix.O_NOFOLLOW, 0)
}

// enter goes into a directory.
func (w *walker) enter(fd int, kind uint32) error {
	switch {
	case kind != unix.S_IFDIR:
		unix.Close(fd)
		return unix.ENOTDIR
	case len(w.dirs) == mostDirs:
		unix.Close(fd)
		return unix.ENAMETOOLONG
	}
	w.dirs = append(w.dirs, fd)
	return nil
}

// link puts the names of a link before those still to go.
func (w *walker) link(fd int) error {
	if w.links++; w.links > mostLinks {
		return unix.ELOOP
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return err
	}
	to := string(buf[:n])
	if strings.HasPrefix(to, "/") {
		if onProc(fd) {
			// A magic link: what it says is not where it leads.
			return unix.ELOOP
		}
		w.back(1)
	}
	w.rest = append(strings.Split(to, "/"), w.rest...)
	return nil
}

// onProc tells whether a file belongs to proc(5), or cannot be asked. Its links by
// name are relative.
func onProc(fd int) bool {
	var st unix.Statfs_t
	err := unix.Fstatfs(fd, &st)
	return err != nil || st.Type == unix.PROC_SUPER_MAGIC
}
