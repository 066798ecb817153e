package host

import "golang.org/x/sys/unix"

// immutable is FS_IMMUTABLE_FL of linux/fs.h, the attribute i of chattr(1).
const immutable = 0x10

// Immutable tells whether a directory has the attribute that keeps root too from
// changing it. Not every file system has attributes; that is an error. Nothing
// but a directory is opened: a device does something when it is.
func (f *Files) Immutable(dir string) (bool, error) {
	file, err := f.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return false, err
	}
	defer file.Close()
	flags, err := unix.IoctlGetUint32(int(file.Fd()), unix.FS_IOC_GETFLAGS)
	return flags&immutable != 0, err
}
