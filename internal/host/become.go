package host

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// become replaces this process by another program, under the limit on memory. It
// returns only where that failed, when it has told why.
//
// Under that limit the Go runtime may not get the memory that it asks for, and
// then it ends the process. So all that is needed is made before, and nothing
// between the limit and the end allocates.
func become(path string, args, env []string) error {
	file, err := syscall.BytePtrFromString(path)
	if err != nil {
		return err
	}
	argv, err := syscall.SlicePtrFromStrings(append([]string{path}, args...))
	if err != nil {
		return err
	}
	envp, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	lead := []byte("cannot start " + path + ": ")
	limit := unix.Rlimit{Cur: memoryLimit, Max: memoryLimit}
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno == 0 {
		_, _, errno = unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(file)),
			uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])))
	}
	why := errno.Error()
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, answerFD, uintptr(unsafe.Pointer(&lead[0])), uintptr(len(lead)))
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, answerFD, uintptr(unsafe.Pointer(unsafe.StringData(why))), uintptr(len(why)))
	runtime.KeepAlive(argv)
	runtime.KeepAlive(envp)
	return nil
}
