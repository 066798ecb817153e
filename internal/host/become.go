package host

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// become starts another program, under the limit on memory, and waits for its end.
// It returns the program's exit status, and an error where it has none.
//
// This process stays, as process 1 of the namespace: when it ends, the kernel ends
// all others, and it ends with the Host, however that ends. The program itself
// could see to it that it does not: a change of the user takes the signal away
// (PR_SET_PDEATHSIG in prctl(2)).
//
// Under that limit the Go runtime may not get the memory that it asks for, and
// then it ends the process. So all that is needed is made before, and nothing
// between the limit and the end allocates.
func become(path string, args, env []string) (int, error) {
	file, err := syscall.BytePtrFromString(path)
	if err != nil {
		return -1, err
	}
	argv, err := syscall.SlicePtrFromStrings(append([]string{path}, args...))
	if err != nil {
		return -1, err
	}
	envp, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return -1, err
	}
	lead := []byte("cannot start " + path + ": ")
	limit := unix.Rlimit{Cur: memoryLimit, Max: memoryLimit}
	if err := untouchable(); err != nil {
		return -1, err
	}
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	if pid == 0 {
		_, _, errno = unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_AS, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
		if errno == 0 {
			_, _, errno = unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(file)),
				uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])))
		}
		why := errno.Error()
		_, _, _ = unix.RawSyscall(unix.SYS_WRITE, answerFD, uintptr(unsafe.Pointer(&lead[0])), uintptr(len(lead)))
		_, _, _ = unix.RawSyscall(unix.SYS_WRITE, answerFD, uintptr(unsafe.Pointer(unsafe.StringData(why))), uintptr(len(why)))
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 1, 0, 0)
	}
	runtime.KeepAlive(argv)
	runtime.KeepAlive(envp)
	return await(int(pid))
}

// untouchable: nobody without more privileges than this process has left reads or
// writes its memory, and it ends with the Host.
func untouchable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// await waits for the program. Its streams are not held open.
func await(pid int) (int, error) {
	for fd := range setupFD {
		unix.Close(fd)
	}
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return -1, err
		case status.Exited():
			return status.ExitStatus(), nil
		case status.Signaled():
			return -1, fmt.Errorf("it was ended by a signal: %s", status.Signal())
		}
	}
}
