package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A tree that is not the running system's is reached by descriptor alone: the
// root is held open, and every path is resolved below it as after chroot(2). An
// absolute link, or one with "..", stays inside, and nothing that is renamed
// meanwhile can lead out. openat2(2) does that with RESOLVE_IN_ROOT; where it is
// not to be had, walkBelow does.

// resolve is how every path of such a tree is looked up.
const resolve = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS

// openTree holds the root of a tree open.
func openTree(root string) (*os.File, error) {
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: root, Err: err}
	}
	return os.NewFile(uintptr(fd), root), nil
}

// openBelow resolves a path as if dir were the root. The kernel answers EAGAIN
// where it cannot be sure because something was renamed meanwhile, anywhere on the
// machine; a filter of system calls answers ENOSYS or EPERM, whatever is asked.
func openBelow(dir int, path string, flags int) (int, error) {
	const tries = 32
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: resolve}
	for range tries {
		fd, err := unix.Openat2(dir, path, &how)
		switch {
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			return walkBelow(dir, path, flags)
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return fd, err
		}
	}
	return walkBelow(dir, path, flags)
}

// open opens a path of the box. Of a tree it opens nothing that is not part of
// the disk.
func (f *Files) open(path string, flags int) (*os.File, error) {
	if f.live() {
		return os.OpenFile(path, flags|unix.O_CLOEXEC, 0)
	}
	wrong := func(err error) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if f.err != nil {
		return nil, f.err
	}
	if f.disk && Volatile(path) {
		return wrong(unix.ENOENT)
	}
	fd, err := f.below(int(f.dir.Fd()), path, flags)
	if err != nil {
		return wrong(err)
	}
	if f.disk && f.foreign(fd) {
		unix.Close(fd)
		return wrong(unix.ENOENT)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openRegular opens a file to be read. What is not a regular file is not opened
// at all: on a disk of unknown origin a device does something when it is opened.
func (f *Files) openRegular(path string) (*os.File, fs.FileInfo, error) {
	if f.live() {
		// O_NONBLOCK: a FIFO in the place of a file must not hold us up.
		return regular(f.open(path, unix.O_RDONLY|unix.O_NONBLOCK))
	}
	there, err := f.open(path, unix.O_PATH)
	if err != nil {
		return nil, nil, err
	}
	defer there.Close()
	if st, err := there.Stat(); err != nil || !st.Mode().IsRegular() {
		if err == nil {
			err = fmt.Errorf("cannot read %s: %w", path, ErrNotRegular)
		}
		return nil, nil, err
	}
	// Through the descriptor, not by name again: this very file.
	return regular(os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", there.Fd()), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0))
}

func regular(file *os.File, err error) (*os.File, fs.FileInfo, error) {
	if err != nil {
		return nil, nil, err
	}
	st, err := file.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("cannot read %s: %w", file.Name(), ErrNotRegular)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, st, nil
}

// parent opens the directory of a path, for changes in it by name.
func (f *Files) parent(path string) (*os.File, string, error) {
	if !f.live() {
		path = filepath.Clean("/" + path)
	}
	dir, base := filepath.Split(path)
	if base == "" || base == "." || base == ".." {
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: unix.EINVAL}
	}
	if dir == "" {
		dir = "."
	}
	d, err := f.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	return d, base, err
}

// readlink is where the link at path points to.
func (f *Files) readlink(path string) (string, error) {
	if f.live() {
		return os.Readlink(path)
	}
	link, err := f.open(path, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", err
	}
	defer link.Close()
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(link.Fd()), "", buf)
	if err != nil {
		// Of what is no link the kernel says ENOENT here.
		return "", &fs.PathError{Op: "readlink", Path: path, Err: unix.EINVAL}
	}
	return string(buf[:n]), nil
}

// follow returns the path that path leads to, by the links in its last name.
func (f *Files) follow(path string) (string, error) {
	for range mostLinks {
		st, err := f.Lstat(path)
		if err != nil {
			return "", err
		}
		if st.Mode&fs.ModeSymlink == 0 {
			return path, nil
		}
		to, err := f.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			// Not cleaned: what ".." leads to is known to the kernel.
			to = filepath.Dir(path) + "/" + to
		}
		path = to
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: unix.ELOOP}
}

// mostNames caps what is kept of one directory or pattern.
const mostNames = 1 << 18

// glob is filepath.Glob inside a tree. As in glob(7), a leading dot must be
// matched by a dot.
func (f *Files) glob(pattern string) []string {
	found := []string{"/"}
	for part := range strings.SplitSeq(strings.Trim(filepath.Clean("/"+pattern), "/"), "/") {
		var next []string
		for _, dir := range found {
			if !strings.ContainsAny(part, `*?[\`) {
				if _, err := f.Lstat(filepath.Join(dir, part)); err == nil {
					next = append(next, filepath.Join(dir, part))
				}
				continue
			}
			names, err := f.Names(dir)
			if err != nil {
				continue
			}
			for _, name := range names {
				hidden := name[0] == '.' && part[0] != '.'
				if ok, _ := filepath.Match(part, name); ok && !hidden && len(next) < mostNames {
					next = append(next, filepath.Join(dir, name))
				}
			}
		}
		found = next
	}
	slices.Sort(found)
	return found
}
