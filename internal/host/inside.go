package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"golang.org/x/sys/unix"
)

// IsInside tells whether this process was started by a Host to be Inside.
func IsInside(args []string) bool { return len(args) == 2 && args[1] == insideArg }

// Inside builds the root for a program of a disk, runs it, and returns its exit
// status; what went wrong has been told to the Host. Nothing of the disk is run
// before everything is in place.
func Inside() int {
	// Capabilities, limits and filters belong to a thread, and so does execve.
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	code, err := inside()
	if err != nil {
		_, _ = unix.Write(answerFD, []byte(err.Error()))
		return 1
	}
	return code
}

func inside() (int, error) {
	if err := keepDescriptors(); err != nil {
		return -1, err
	}
	var s setup
	if err := json.NewDecoder(os.NewFile(setupFD, "setup")).Decode(&s); err != nil {
		return -1, fmt.Errorf("cannot read what to run: %w", err)
	}
	if os.Getpid() != 1 {
		return -1, errors.New("cannot run outside of namespaces of its own")
	}
	for i := range s.Fences {
		// Without a fence the deadline has to do.
		_, _ = unix.Write(firstMountFD+len(s.Mounts)+i, []byte("0"))
	}
	if err := buildRoot(s); err != nil {
		return -1, err
	}
	if err := moveIn(); err != nil {
		return -1, err
	}
	input := nothingToRead
	if s.Serve {
		input = connectInside
	}
	if !s.Input {
		if err := input(); err != nil {
			return -1, err
		}
	}
	keep := []uintptr{unix.CAP_DAC_OVERRIDE}
	if s.Serve {
		keep = append(keep, unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SYS_CHROOT)
	}
	if err := confine(keep); err != nil {
		return -1, err
	}
	return become(s.Path, s.Args, s.Env)
}

// keepDescriptors: what this program was given, or its caller had open, the other
// one does not get.
func keepDescriptors() error {
	err := unix.CloseRange(setupFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		return nil
	}
	// Before Linux 5.11.
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("cannot tell which files are open: %w", err)
	}
	for _, n := range names {
		if fd, err := strconv.Atoi(n.Name()); err == nil && fd >= setupFD {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// nothingToRead makes standard input the /dev/null in here, whose mode and times
// cannot be changed. Those of the one outside could be, through a descriptor.
func nothingToRead() error {
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open /dev/null: %w", err)
	}
	return unix.Dup3(null, 0, 0)
}

// stage is where the new root is put together: a directory that is there in any
// case, covered in the namespace of this process only.
const stage = "/sys"

// buildRoot puts the disk's mounts together at the stage, read-only, and what a
// program needs beside them.
func buildRoot(s setup) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot make mounts private: %w", err)
	}
	here, err := unix.Open(stage, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := attach(rootFD, here, unix.MS_NODEV); err != nil {
		return fmt.Errorf("cannot mount the disk: %w", err)
	}
	root, err := unix.Open(stage, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	for i, point := range s.Mounts {
		at, err := openBelow(root, inTree(point), unix.O_PATH|unix.O_NOFOLLOW)
		if err != nil {
			continue
		}
		if err := attach(firstMountFD+i, at, unix.MS_NODEV); err != nil {
			return fmt.Errorf("cannot mount %s: %w", point, err)
		}
		unix.Close(at)
	}
	if err := furnish(root, s); err != nil {
		return err
	}
	return unix.Fchdir(root)
}

// attach puts a mount that stands nowhere yet at a directory or file. Nothing in
// it can be written to, made another's or, nosuid, run as somebody else; a device
// works all the same.
func attach(tree, at int, flags uintptr) error {
	flags |= unix.MS_RDONLY | unix.MS_NOSUID
	// These flags have the same numbers in both interfaces.
	err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: uint64(flags)})
	if err != nil && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if err := unix.MoveMount(tree, "", at, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH); err != nil {
		return err
	}
	name := fmt.Sprintf("/proc/self/fd/%d", tree)
	// It is still a peer of the mount that it was cloned from: where that is
	// shared, what is mounted on one of them would appear on the other.
	if err := unix.Mount("", name, "", unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err == nil {
		return nil
	}
	// Before Linux 5.12.
	return unix.Mount("", name, "", unix.MS_REMOUNT|unix.MS_BIND|flags, "")
}

// moveIn makes the working directory the root, and leaves no way to the old one.
func moveIn() error {
	err := unix.PivotRoot(".", ".")
	if err == nil {
		// The old root lies on top of the new one now, and goes.
		err = unix.Unmount(".", unix.MNT_DETACH)
	} else if errors.Is(err, unix.EINVAL) {
		// The root of an initial ramdisk cannot be exchanged, only covered.
		if err = unix.Mount(".", "/", "", unix.MS_MOVE, ""); err == nil {
			err = unix.Chroot(".")
		}
	}
	if err == nil {
		err = unix.Chdir("/")
	}
	if err != nil {
		return fmt.Errorf("cannot make the disk the root: %w", err)
	}
	return nil
}
