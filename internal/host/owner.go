package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Chmod sets the permission bits of the file at path, which must not be a link
// and must have only this one name: a hard link could be somebody else's file.
func (f *Files) Chmod(path string, mode fs.FileMode) error {
	return f.byHandle("chmod", path, func(fd int) error {
		err := os.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode)
		if errors.Is(err, fs.ErrNotExist) {
			// fchmodat2(2), Linux 6.6, does without /proc.
			err = withoutProc(unix.Fchmodat(fd, "", uint32(mode.Perm()), unix.AT_EMPTY_PATH))
		}
		return err
	})
}

// Chown sets owner and group of the file at path, under the same conditions as
// Chmod.
func (f *Files) Chown(path string, uid, gid int) error {
	return f.byHandle("chown", path, func(fd int) error {
		return unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH)
	})
}

func (f *Files) byHandle(op, path string, do func(fd int) error) error {
	if err := f.try(op, path); err != nil {
		return fmt.Errorf("cannot %s %s: %w", op, path, err)
	}
	there, err := f.open(path, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return fmt.Errorf("cannot %s %s: %w", op, path, err)
	}
	defer there.Close()
	fd := int(there.Fd())
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("cannot %s %s: %w", op, path, err)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		return fmt.Errorf("cannot %s %s: it is a symbolic link", op, path)
	case unix.S_IFREG:
		if st.Nlink > 1 {
			return fmt.Errorf("cannot %s %s: the same file has another name elsewhere", op, path)
		}
	case unix.S_IFDIR:
	default:
		return fmt.Errorf("cannot %s %s: %w", op, path, ErrNotRegular)
	}
	if err := do(fd); err != nil {
		return fmt.Errorf("cannot %s %s: %w", op, path, err)
	}
	return nil
}

// withoutProc says what is missing where the kernel cannot do without it.
func withoutProc(err error) error {
	for _, unknown := range []error{unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL, unix.ENOENT} {
		if errors.Is(err, unknown) {
			return ErrNoProc
		}
	}
	return err
}

// ErrNoProc is that nothing is mounted at /proc, as in a chroot made in haste.
var ErrNoProc = errors.New("/proc is not mounted here; type: mount -t proc proc /proc")
