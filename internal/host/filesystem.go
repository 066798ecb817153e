package host

import (
	"time"

	"golang.org/x/sys/unix"
)

// FileSystem is what statfs(2) says about the file system of a path.
type FileSystem struct {
	// Type is its magic number, see the constants *_MAGIC in statfs(2).
	Type int64
	// Bytes and Inodes are what it holds in all, and what root may still use. A
	// file system without a fixed number has 0 in all.
	Bytes, FreeBytes   int64
	Inodes, FreeInodes int64
}

// FileSystem tells on what kind of file system a path lies.
func (f *Files) FileSystem(path string) (FileSystem, error) {
	st, err := f.statfs(path)
	if err != nil {
		return FileSystem{}, err
	}
	return FileSystem{
		Type: int64(uint32(st.Type)), Bytes: int64(st.Blocks) * st.Bsize, FreeBytes: int64(st.Bfree) * st.Bsize,
		Inodes: int64(st.Files), FreeInodes: int64(st.Ffree),
	}, nil
}

// InMemory tells whether what is stored there is gone after a reboot.
func (f FileSystem) InMemory() bool {
	return f.Type == unix.TMPFS_MAGIC || f.Type == unix.RAMFS_MAGIC
}

// Overlay tells whether it is an overlay of others.
func (f FileSystem) Overlay() bool { return f.Type == unix.OVERLAYFS_SUPER_MAGIC }

// Birth tells when the file at path was made, for / when its file system was;
// false where the file system does not record it.
func (f *Files) Birth(path string) (time.Time, bool) {
	var st unix.Statx_t
	there, err := f.open(path, unix.O_PATH)
	if err != nil {
		return time.Time{}, false
	}
	defer there.Close()
	err = unix.Statx(int(there.Fd()), "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return time.Time{}, false
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)), true
}

func (f *Files) statfs(path string) (st unix.Statfs_t, err error) {
	if f.live() {
		return st, unix.Statfs(path, &st)
	}
	there, err := f.open(path, unix.O_PATH)
	if err != nil {
		return st, err
	}
	defer there.Close()
	return st, unix.Fstatfs(int(there.Fd()), &st)
}
