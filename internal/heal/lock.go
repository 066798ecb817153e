package heal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// LockDir holds the lock; it is on a tmpfs, so no lock outlives a boot.
const LockDir = "/run/sshd-doctor"

// ErrLocked means that another run is at work.
var ErrLocked = errors.New("another sshd-doctor is at work")

// Lock takes the lock that keeps two heals apart and returns what releases it.
// The kernel releases it too when the process ends, however it ends.
func Lock(dir string) (func(), error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("cannot make %s for the lock: %w", dir, err)
	}
	path := filepath.Join(dir, "lock")
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock %s: %w", path, err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return func() { unix.Close(fd) }, nil
}
