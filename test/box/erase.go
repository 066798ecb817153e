package box

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

// The request numbers of FS_IOC_GETFLAGS and FS_IOC_SETFLAGS and the flags
// that forbid deletion, from linux/fs.h.
const (
	getFlags  = 0x80086601
	setFlags  = 0x40086602
	immutable = 0x10
	appendOne = 0x20
)

// makeErasable takes away the immutable and append-only flags that a case set
// with chattr, below a directory that is to be removed.
func makeErasable(dir string) {
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && (e.IsDir() || e.Type().IsRegular()) {
			clearFlags(path)
		}
		return nil
	})
}

func clearFlags(path string) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	var flags int32
	ask := func(request uintptr) syscall.Errno {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request,
			uintptr(unsafe.Pointer(&flags)))
		return errno
	}
	if ask(getFlags) == 0 && flags&(immutable|appendOne) != 0 {
		flags &^= immutable | appendOne
		ask(setFlags)
	}
}
