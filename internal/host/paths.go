package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Real is where a path of the box lies on the running system, for a program that
// is to be told it; the two differ only where the tree has another root.
func (f *Files) Real(path string) string { return f.real(path) }

// TempName returns a name beside path for a program that writes a file by
// itself. What is left under that name, or under it with a suffix, is swept like
// our own temporary files.
func (f *Files) TempName(path string) string {
	dir, base := filepath.Split(path)
	return filepath.Join(dir, "."+base+tempMark+randomName())
}

// RemoveTemp removes a file with a name of TempName, and no other.
func (f *Files) RemoveTemp(temp string) error {
	if !isTemp(filepath.Base(temp)) {
		return fmt.Errorf("cannot remove %s: it is not a temporary file of ours", temp)
	}
	return f.remove(temp)
}

// remove removes a file, a link or an empty directory.
func (f *Files) remove(path string) error {
	dir, base, err := f.parent(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	err = unix.Unlinkat(int(dir.Fd()), base, 0)
	if errors.Is(err, unix.EISDIR) {
		err = unix.Unlinkat(int(dir.Fd()), base, unix.AT_REMOVEDIR)
	}
	if err != nil {
		return &fs.PathError{Op: "remove", Path: path, Err: err}
	}
	return nil
}

func isTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, tempMark)
}

// RemoveBelow removes a file or an empty directory in a directory below /run,
// where nothing outlives a boot. A link there is removed, not followed.
func (f *Files) RemoveBelow(dir, name string) error {
	if !strings.HasPrefix(filepath.Clean(dir)+"/", "/run/") || strings.ContainsRune(name, '/') {
		return fmt.Errorf("cannot remove %s in %s: it is not below /run", name, dir)
	}
	return f.remove(filepath.Join(dir, name))
}

// RemoveDir removes an empty directory below /run.
func (f *Files) RemoveDir(dir string) error {
	return f.RemoveBelow(filepath.Dir(dir), filepath.Base(dir))
}
