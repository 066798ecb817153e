package host

import (
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// Tail returns the last bytes of a regular file, at most limit of them, without
// reading what comes before.
func (f *Files) Tail(path string, limit int64) ([]byte, error) {
	file, st, err := f.openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	from := max(0, st.Size()-limit)
	return io.ReadAll(io.NewSectionReader(file, from, limit))
}

// Locked tells whether a process holds a lock of fcntl(2) on a file, as package
// managers do while they work. It takes no lock itself.
func (f *Files) Locked(path string) (bool, error) {
	file, _, err := f.openRegular(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil {
		return false, fmt.Errorf("cannot see whether %s is locked: %w", path, err)
	}
	return lock.Type != unix.F_UNLCK, nil
}
