package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Errors that callers decide by.
var (
	// ErrNotRegular is returned when something other than a regular file stands
	// where one was to be read: a directory, a FIFO, a device.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge is returned when a file is larger than the reader allows.
	ErrTooLarge = errors.New("larger than any such file can be")
)

// Files is a file tree under a root. All paths are absolute paths of the box.
type Files struct {
	root string
	// dir is the root, held open; nil for the running system. err says why it
	// could not be opened.
	dir *os.File
	err error
	// disk: it belongs to a system that does not run; device is that of its root.
	disk   bool
	device uint64
	// below resolves a path under dir: openBelow, or in tests walkBelow.
	below func(dir int, path string, flags int) (int, error)
	// fault, when set, is asked before each changing operation and may refuse
	// it: tests use it to see what a full or dying disk leaves behind.
	fault func(op, path string) error
}

// NewFiles returns the tree under root. That a root other than "/" cannot be
// opened is the error of every question about it.
func NewFiles(root string) *Files {
	f := &Files{root: filepath.Clean(root), below: openBelow}
	if !f.live() {
		f.dir, f.err = openTree(f.root)
	}
	return f
}

// SetFault has f asked before each changing operation. For tests.
func (f *Files) SetFault(fault func(op, path string) error) { f.fault = fault }

// live tells whether this is the tree of the running system, so that what the
// kernel says belongs to it.
func (f *Files) live() bool { return f.root == "/" }

func (f *Files) real(path string) string {
	if f.live() || f.disk {
		// A program of the disk runs in its own root.
		return path
	}
	// Cleaned first: ".." must not lead out of the tree.
	return filepath.Join(f.root, filepath.Clean("/"+path))
}

func (f *Files) try(op, path string) error {
	if f.fault == nil {
		return nil
	}
	return f.fault(op, path)
}

// Info is what the file system says about a path.
type Info struct {
	Mode  fs.FileMode
	UID   int
	GID   int
	Size  int64
	Ino   uint64
	Dev   uint64
	Nlink uint64
	MTime time.Time
	// CTime is when the file, its owner, its mode or its name last changed: for
	// an installed program, when it was unpacked.
	CTime time.Time
}

// Perm returns the permission bits.
func (i Info) Perm() fs.FileMode { return i.Mode.Perm() }

// Lstat looks at the path itself, not at what a symbolic link there points to.
func (f *Files) Lstat(path string) (Info, error) {
	if f.live() {
		return info(os.Lstat(path))
	}
	return f.look(path, unix.O_NOFOLLOW)
}

// Stat looks at what the path leads to.
func (f *Files) Stat(path string) (Info, error) {
	if f.live() {
		return info(os.Stat(path))
	}
	return f.look(path, 0)
}

func (f *Files) look(path string, flags int) (Info, error) {
	there, err := f.open(path, unix.O_PATH|flags)
	if err != nil {
		return Info{}, err
	}
	defer there.Close()
	return info(there.Stat())
}

func info(st fs.FileInfo, err error) (Info, error) {
	if err != nil {
		return Info{}, err
	}
	i := Info{Mode: st.Mode(), Size: st.Size(), MTime: st.ModTime()}
	if sys, ok := st.Sys().(*unixStat); ok {
		i.UID, i.GID = int(sys.Uid), int(sys.Gid)
		i.Ino, i.Dev, i.Nlink = sys.Ino, sys.Dev, uint64(sys.Nlink)
		i.CTime = time.Unix(sys.Ctim.Unix())
	}
	return i, nil
}

// Exists tells whether something is at path; an error means that it could not
// be told.
func (f *Files) Exists(path string) (bool, error) {
	_, err := f.Stat(path)
	switch {
	case err == nil:
		return true, nil
	case IsAbsent(err):
		return false, nil
	}
	return false, err
}

// IsAbsent tells whether err means that a path is not there, as opposed to
// could not be looked at.
func IsAbsent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)
}

// Read returns a regular file of at most limit bytes.
func (f *Files) Read(path string, limit int64) ([]byte, error) {
	file, st, err := f.openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// One buffer of the right size: what is read may be a secret, and a buffer
	// that grows leaves copies behind which nobody can clear.
	room := int(min(st.Size(), limit)) + bytes.MinRead + 1
	buf := bytes.NewBuffer(make([]byte, 0, room))
	if _, err := buf.ReadFrom(io.LimitReader(file, limit+1)); err != nil {
		return nil, err
	}
	if int64(buf.Len()) > limit {
		return nil, fmt.Errorf("cannot read %s: %w", path, ErrTooLarge)
	}
	return buf.Bytes(), nil
}

// Names returns the sorted names in a directory.
func (f *Files) Names(dir string) ([]string, error) {
	d, err := f.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var names []string
	for {
		some, err := d.Readdirnames(1024)
		names = append(names, some...)
		if len(names) > mostNames {
			return nil, fmt.Errorf("cannot list %s: %w", dir, ErrTooLarge)
		}
		if err != nil {
			slices.Sort(names)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return names, err
		}
	}
}

// Glob returns the sorted paths that match the pattern of path/filepath.Match.
func (f *Files) Glob(pattern string) []string {
	if !f.live() {
		return f.glob(pattern)
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	slices.Sort(found)
	return found
}

// Readlink returns where a symbolic link points to.
func (f *Files) Readlink(path string) (string, error) { return f.readlink(path) }

// Space returns the bytes and inodes that root could still use at path. A file
// system without a fixed number of inodes reports -1 of them.
func (f *Files) Space(path string) (bytes, inodes int64, err error) {
	st, err := f.statfs(path)
	if err != nil {
		return 0, 0, err
	}
	inodes = int64(st.Ffree)
	if st.Files == 0 {
		inodes = -1
	}
	return int64(st.Bfree) * st.Bsize, inodes, nil
}
