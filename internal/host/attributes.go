package host

import "golang.org/x/sys/unix"

// immutable is FS_IMMUTABLE_FL of linux/fs.h, the attribute i of chattr(1).
const immutable = 0x10

// Immutable tells whether a file or directory has the attribute that keeps root
// too from changing it. Not every file system has attributes; that is an error.
func (f *Files) Immutable(path string) (bool, error) {
	file, err := f.open(path, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return false, err
	}
	defer file.Close()
	flags, err := unix.IoctlGetUint32(int(file.Fd()), unix.FS_IOC_GETFLAGS)
	return flags&immutable != 0, err
}
