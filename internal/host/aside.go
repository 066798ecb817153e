package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// MoveAside renames path to a name that says why and when, in the same
// directory, and returns the new name. Nothing is lost.
func (f *Files) MoveAside(path, why string, now time.Time) (string, error) {
	dir, base, err := f.parent(path)
	if err != nil {
		return "", fmt.Errorf("cannot move %s aside: %w", path, err)
	}
	defer dir.Close()
	stamp := now.UTC().Format("20060102T150405Z")
	for i := range 100 {
		to := fmt.Sprintf("%s.%s-%s", path, why, stamp)
		if i > 0 {
			to = fmt.Sprintf("%s-%d", to, i)
		}
		if err := f.try("rename", path); err != nil {
			return "", fmt.Errorf("cannot move %s aside: %w", path, err)
		}
		err := rename(dir, base, filepath.Base(to), unix.RENAME_NOREPLACE)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("cannot move %s aside: %w", path, err)
		}
		return to, f.syncDir(dir)
	}
	return "", fmt.Errorf("cannot move %s aside: too many files with such a name", path)
}

// MoveBack undoes MoveAside. It never replaces a file that has come since.
func (f *Files) MoveBack(aside, path string) error {
	dir, base, err := f.parent(aside)
	if err != nil {
		return fmt.Errorf("cannot move %s back: %w", path, err)
	}
	defer dir.Close()
	if err := rename(dir, base, filepath.Base(path), unix.RENAME_NOREPLACE); err != nil {
		return fmt.Errorf("cannot move %s back: %w", path, err)
	}
	return f.syncDir(dir)
}
