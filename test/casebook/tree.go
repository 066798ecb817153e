package casebook

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// node is what is worth knowing about one path of a box.
type node struct {
	mode     fs.FileMode
	uid, gid uint32
	size     int64
	changed  time.Time
	content  string // hash of a file, target of a link
	private  bool   // holds a private key
}

// tree is a part of a box's file system by path, as the box itself names it.
type tree map[string]node

// watched are the directories where a doctor could leave or destroy something.
// Enablement and masks are links below the two systemd directories.
func watched() []string {
	return []string{"/etc", "/run", "/run/systemd/system", "/var/lib", "/var/tmp", "/tmp",
		"/dev/shm", "/root"}
}

// busy are the parts of /run where systemd and logind write all the time.
func busy() []string {
	return []string{"/run/systemd", "/run/user", "/run/log", "/run/udev", "/run/credentials",
		"/run/host", "/run/dbus", "/run/lock", "/run/utmp", "/run/agetty.reload", "/run/motd.dynamic"}
}

// takeTree reads the watched directories and some more below root. A path that
// vanishes while it looks counts as absent.
func takeTree(root string, more []string) (tree, error) {
	t := tree{}
	for _, dir := range append(watched(), more...) {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			name := path[len(root):]
			if name != dir && slices.Contains(busy(), name) {
				return skip(path)
			}
			if err == nil {
				t[name], err = takeNode(path)
			}
			if os.IsNotExist(err) {
				delete(t, name)
				return nil
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// skip leaves out a directory with all that is below it, or one file.
func skip(path string) error {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func takeNode(path string) (node, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return node{}, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	n := node{mode: info.Mode(), uid: stat.Uid, gid: stat.Gid, size: info.Size(), changed: info.ModTime()}
	switch {
	case info.Mode().IsRegular():
		text, err := os.ReadFile(path)
		if err != nil {
			return n, err
		}
		sum := sha256.Sum256(text)
		n.content = string(sum[:])
		n.private = bytes.HasPrefix(text, []byte("-----BEGIN ")) &&
			bytes.Contains(text[:min(80, len(text))], []byte("PRIVATE KEY-----"))
	case info.Mode()&fs.ModeSymlink != 0:
		n.content, err = os.Readlink(path)
	}
	return n, err
}
