package heal

import (
	"crypto/rand"
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

// Mark says when the lock was last taken, or that it is held: compared with the
// mark after Lock it tells whether another run may have changed the box since.
func Mark(dir string) string {
	fd, err := unix.Open(filepath.Join(dir, "lock"), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ENOENT) {
		return "never"
	}
	if err != nil {
		return "unknown"
	}
	defer unix.Close(fd)
	if unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil {
		return "held"
	}
	return stampOf(fd)
}

// stampOf is what the last run that took the lock wrote into it.
func stampOf(fd int) string {
	stamp := make([]byte, 64)
	n, err := unix.Pread(fd, stamp, 0)
	if err != nil || n == 0 {
		return "unknown"
	}
	return string(stamp[:n])
}

// Lock takes the lock that keeps two heals apart and returns what releases it.
// The kernel releases it too when the process ends, however it ends. alone tells
// that no other run has held it since the mark was made.
func Lock(dir, mark string) (release func(), alone bool, err error) {
	release, fd, err := lock(dir)
	if err != nil {
		return nil, false, err
	}
	now := stampOf(fd)
	alone = mark == now && mark != "unknown" || mark == "never" && isNew(fd)
	// From here on every mark of another run is out of date. Where /run is full, an
	// empty lock that is not new says the same: it is as good as none.
	if _, err := unix.Pwrite(fd, []byte(rand.Text()), 0); err != nil {
		if err := errors.Join(unix.Ftruncate(fd, 0), unix.Fchmod(fd, taken)); err != nil {
			release()
			return nil, false, fmt.Errorf("cannot write to the lock in %s: %w", dir, err)
		}
	}
	return release, alone, nil
}

// taken is the mode of a lock that was taken and could not be written to.
const taken = 0o400

// isNew: nobody has ever taken this lock.
func isNew(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Size == 0 && st.Mode&0o777 != taken
}

func lock(dir string) (func(), int, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, -1, fmt.Errorf("cannot make %s for the lock: %w", dir, err)
	}
	path := filepath.Join(dir, "lock")
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, -1, fmt.Errorf("cannot open the lock %s: %w", path, err)
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, -1, ErrLocked
		}
		return nil, -1, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return func() { unix.Close(fd) }, fd, nil
}
