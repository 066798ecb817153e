package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// furnish puts into a new root what no disk holds: empty /run and /tmp, a /dev
// with five harmless devices, a /proc of this namespace, and the covers.
func furnish(root int, s setup) error {
	const scratch = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	run, err := mountAt(root, "run", "tmpfs", scratch, "mode=0755,size=4m,nr_inodes=256")
	if err != nil {
		return err
	}
	for _, dir := range s.RunDirs {
		if err := makeDirs(run, dir); err != nil {
			return fmt.Errorf("cannot make /run/%s: %w", dir, err)
		}
	}
	// Where /tmp is a link or missing there is none to write to: sshd needs none.
	_, err = mountAt(root, "tmp", "tmpfs", scratch, "mode=1777,size=4m,nr_inodes=256")
	if err != nil && !IsAbsent(err) {
		return err
	}
	if err := devices(root); err != nil {
		return err
	}
	for i, c := range s.Covers {
		if err := coverInside(root, run, i, c); err != nil {
			return fmt.Errorf("cannot cover %s: %w", c.Path, err)
		}
	}
	// Only processes, from Linux 5.8 on; before that read-only has to do.
	if _, err = mountAt(root, "proc", "proc", scratch|unix.MS_RDONLY, "subset=pid"); errors.Is(err, unix.EINVAL) {
		_, err = mountAt(root, "proc", "proc", scratch|unix.MS_RDONLY, "")
	}
	return err
}

// mountAt mounts a file system at a directory of the root, by the working
// directory and never by name, and returns its root.
func mountAt(root int, dir, kind string, flags uintptr, options string) (int, error) {
	at, err := openDirectly(root, dir)
	if err != nil {
		return -1, fmt.Errorf("cannot use /%s of the disk: %w", dir, err)
	}
	defer unix.Close(at)
	if err := unix.Fchdir(at); err != nil {
		return -1, err
	}
	if err := unix.Mount(kind, ".", kind, flags, options); err != nil {
		return -1, fmt.Errorf("cannot mount /%s: %w", dir, err)
	}
	return openDirectly(root, dir)
}

// openDirectly opens a directory in the root, by a name that is no path, and no
// link.
func openDirectly(root int, name string) (int, error) {
	return unix.Openat(root, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

func makeDirs(at int, path string) error {
	path = inTree(path)
	if parent := filepath.Dir(path); parent != "." {
		if err := makeDirs(at, parent); err != nil {
			return err
		}
	}
	if err := unix.Mkdirat(at, path, 0o755); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}

func devices(root int) error {
	dev, err := mountAt(root, "dev", "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=0755,size=64k,nr_inodes=32")
	if err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		tree, err := unix.OpenTree(unix.AT_FDCWD, "/dev/"+name, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return fmt.Errorf("cannot use /dev/%s: %w", name, err)
		}
		if err := emptyFile(dev, name, nil); err != nil {
			return err
		}
		at, err := unix.Openat(dev, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := attach(tree, at, unix.MS_NOEXEC); err != nil {
			return fmt.Errorf("cannot mount /dev/%s: %w", name, err)
		}
		unix.Close(at)
		unix.Close(tree)
	}
	if err := unix.Symlinkat("/proc/self/fd", dev, "fd"); err != nil {
		return err
	}
	if err := unix.Fchdir(dev); err != nil {
		return err
	}
	return unix.Mount("", ".", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NOEXEC, "")
}

func emptyFile(dir int, name string, data []byte) error {
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	_, err = file.Write(data)
	return err
}

// coverInside puts something else in the place of a file or directory of the new
// root. What a link at its path leads to is resolved inside of it.
func coverInside(root, run, number int, c Cover) error {
	if inside, ok := below(c.Path, "/run"); ok && c.Dir {
		return makeDirs(run, inside)
	}
	at, err := openBelow(root, inTree(c.Path), unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(at)
	if c.Dir {
		if err := unix.Fchdir(at); err != nil {
			return err
		}
		return unix.Mount("tmpfs", ".", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=64k")
	}
	name := fmt.Sprintf(".covered-%d", number)
	if err := emptyFile(run, name, c.Data); err != nil {
		return err
	}
	tree, err := unix.OpenTree(run, name, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	return unix.MoveMount(tree, "", at, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}

// below is the rest of a path under a directory.
func below(path, dir string) (string, bool) {
	rest, err := filepath.Rel(dir, filepath.Clean("/"+path))
	return rest, err == nil && filepath.IsLocal(rest)
}
