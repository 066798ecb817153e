package host

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// tempMark is in the name of every temporary file that the program makes, so
// that what a killed run left behind can be told and swept.
const tempMark = ".sshd-doctor-tmp-"

// New describes a file that is to be made.
type New struct {
	Data     []byte
	Mode     fs.FileMode
	UID, GID int
}

// Create makes a file: whole or not at all, on the disk when it returns, and
// never in the place of something that is already there (fs.ErrExist).
func (f *Files) Create(path string, n New) error {
	return f.write(path, n, unix.RENAME_NOREPLACE)
}

// Replace puts a new file in the place of the one at path, in one step. A
// symbolic link is followed: the file that it leads to is replaced.
func (f *Files) Replace(path string, n New) error {
	target, err := f.follow(path)
	if err != nil {
		return fmt.Errorf("cannot replace %s: %w", path, err)
	}
	return f.write(target, n, 0)
}

// Put makes a file, in the place of one that may be there, in one step. A
// symbolic link is replaced, not followed.
func (f *Files) Put(path string, n New) error { return f.write(path, n, 0) }

func (f *Files) write(path string, n New, flags uint) error {
	dir, base, err := f.parent(path)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	defer dir.Close()
	name := "." + base + tempMark + randomName()
	temp := filepath.Join(filepath.Dir(path), name)
	if err := f.writeTemp(dir, name, temp, n, base); err != nil {
		_ = unix.Unlinkat(int(dir.Fd()), name, 0)
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	err = f.try("rename", path)
	if err == nil {
		err = rename(dir, name, base, flags)
	}
	if err != nil {
		_ = unix.Unlinkat(int(dir.Fd()), name, 0)
		return fmt.Errorf("cannot put %s in place: %w", path, err)
	}
	return f.syncDir(dir)
}

// writeTemp makes the file with mode 0600 from its first byte and widens the
// mode only when everything is written, read back and on the disk.
func (f *Files) writeTemp(dir *os.File, name, temp string, n New, base string) error {
	if err := f.try("create", temp); err != nil {
		return err
	}
	fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &fs.PathError{Op: "open", Path: temp, Err: err}
	}
	file := os.NewFile(uintptr(fd), temp)
	defer file.Close()
	if err := f.try("write", temp); err != nil {
		return err
	}
	if _, err := file.Write(n.Data); err != nil {
		return err
	}
	if err := own(file, n.UID, n.GID); err != nil {
		return err
	}
	if f.disk {
		labelLike(dir, base, file)
	}
	if err := f.sync(file, temp); err != nil {
		return err
	}
	back := make([]byte, len(n.Data)+1)
	defer clear(back) // it may be a secret
	got, _ := file.ReadAt(back, 0)
	if !bytes.Equal(back[:got], n.Data) {
		return errors.New("what was written does not read back the same")
	}
	if st, err := file.Stat(); err != nil || st.Mode().Perm() == n.Mode {
		return err
	}
	if err := file.Chmod(n.Mode); err != nil {
		return err
	}
	return f.sync(file, temp)
}

// own sets owner and group where they are not right already: a run that may not
// change owners still writes files of its own.
func own(file *os.File, uid, gid int) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return err
	}
	if int(st.Uid) == uid && int(st.Gid) == gid {
		return nil
	}
	return unix.Fchown(int(file.Fd()), uid, gid)
}

// labelLike gives a new file the SELinux label of the one that it replaces, else
// that of its directory: no policy does so for a disk that is only mounted, and
// a file without a label cannot be read where the policy is enforced.
func labelLike(dir *os.File, base string, file *os.File) {
	const label = "security.selinux"
	buf := make([]byte, 512)
	n, err := unix.Fgetxattr(int(dir.Fd()), label, buf)
	// O_PATH: whatever stands there is not opened.
	if old, e := unix.Openat(int(dir.Fd()), base, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); e == nil {
		if got, e := unix.Getxattr(fmt.Sprintf("/proc/self/fd/%d", old), label, buf); e == nil {
			n, err = got, nil
		}
		unix.Close(old)
	}
	if err != nil {
		return
	}
	_ = unix.Fsetxattr(int(file.Fd()), label, buf[:n], 0)
}

func (f *Files) sync(file *os.File, path string) error {
	if err := f.try("sync", path); err != nil {
		return err
	}
	return file.Sync()
}

// rename moves a name within a directory, refusing to replace where flags say
// so, also on file systems that do not know RENAME_NOREPLACE.
func rename(dir *os.File, from, to string, flags uint) error {
	fd := int(dir.Fd())
	err := unix.Renameat2(fd, from, fd, to, flags)
	if flags == 0 || (!errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS)) {
		return err
	}
	if err := unix.Linkat(fd, from, fd, to, 0); err != nil {
		return err
	}
	return unix.Unlinkat(fd, from, 0)
}

// syncDir has the names in a directory reach the disk.
func (f *Files) syncDir(dir *os.File) error {
	if err := f.try("syncdir", dir.Name()); err != nil {
		return err
	}
	if err := dir.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("cannot sync %s: %w", dir.Name(), err)
	}
	return nil
}

// Mkdir makes one directory with exactly this mode and owner.
func (f *Files) Mkdir(path string, mode fs.FileMode, uid, gid int) error {
	if err := f.try("mkdir", path); err != nil {
		return fmt.Errorf("cannot make directory %s: %w", path, err)
	}
	dir, base, err := f.parent(path)
	if err != nil {
		return fmt.Errorf("cannot make directory %s: %w", path, err)
	}
	defer dir.Close()
	if err := unix.Mkdirat(int(dir.Fd()), base, 0o700); err != nil {
		return fmt.Errorf("cannot make directory %s: %w", path, err)
	}
	err = f.Chown(path, uid, gid)
	if err == nil {
		err = f.Chmod(path, mode)
	}
	if err != nil {
		// Half a directory would stand in the way of the next try.
		_ = unix.Unlinkat(int(dir.Fd()), base, unix.AT_REMOVEDIR)
		return err
	}
	return f.syncDir(dir)
}

// Symlink makes a symbolic link, never in the place of something that is there.
func (f *Files) Symlink(target, path string) error {
	if err := f.try("symlink", path); err != nil {
		return fmt.Errorf("cannot make the link %s: %w", path, err)
	}
	dir, base, err := f.parent(path)
	if err != nil {
		return fmt.Errorf("cannot make the link %s: %w", path, err)
	}
	defer dir.Close()
	if err := unix.Symlinkat(target, int(dir.Fd()), base); err != nil {
		return fmt.Errorf("cannot make the link %s: %w", path, err)
	}
	return f.syncDir(dir)
}

// Unlink removes a symbolic link that points to target, and nothing else.
func (f *Files) Unlink(path, target string) error {
	if to, err := f.Readlink(path); err != nil || to != target {
		return fmt.Errorf("cannot remove the link %s: it is no longer one to %s", path, target)
	}
	dir, base, err := f.parent(path)
	if err != nil {
		return fmt.Errorf("cannot remove the link %s: %w", path, err)
	}
	defer dir.Close()
	if err := unix.Unlinkat(int(dir.Fd()), base, 0); err != nil {
		return fmt.Errorf("cannot remove the link %s: %w", path, err)
	}
	return f.syncDir(dir)
}

// Sweep removes the temporary files that a killed run left in dir and returns
// their names. Call it only under the lock.
func (f *Files) Sweep(dir string) ([]string, error) {
	names, err := f.Names(dir)
	if err != nil {
		return nil, err
	}
	var gone []string
	for _, name := range names {
		if !strings.HasPrefix(name, ".") || !strings.Contains(name, tempMark) {
			continue
		}
		path := filepath.Join(dir, name)
		if err := f.RemoveTemp(path); err == nil {
			gone = append(gone, path)
		}
	}
	return gone, nil
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
