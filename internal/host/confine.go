package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Limits of one process of a disk: bytes of memory and of a file, seconds of
// work, open files. sshd needs about 20 MB.
const (
	memoryLimit = 512 << 20
	fileSize    = 1 << 20
	cpuSeconds  = 20
	openFiles   = 256
)

// confine takes everything from this thread that the program it becomes does
// not need, for good: capabilities, privileges by execve, and the system calls
// that reach into the kernel. The limit on memory comes last, see become.
func confine(keep []uintptr) error {
	for what, limit := range map[int]uint64{
		unix.RLIMIT_FSIZE: fileSize, unix.RLIMIT_CPU: cpuSeconds,
		unix.RLIMIT_NOFILE: openFiles, unix.RLIMIT_MEMLOCK: 0,
	} {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("cannot limit resources: %w", err)
		}
	}
	unix.Umask(0o022)
	if err := NoCore(); err != nil {
		return err
	}
	if err := dropCapabilities(keep); err != nil {
		return fmt.Errorf("cannot drop capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	filter := denySyscalls()
	if len(filter) == 0 {
		return nil // an architecture that is not known here
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	runtime.KeepAlive(filter)
	if err != nil {
		return fmt.Errorf("cannot filter system calls: %w", err)
	}
	return nil
}

// NoCore has no crash of this process, or of those that it starts, leave anything.
// With a limit of 1 byte the kernel does not even call the program that
// /proc/sys/kernel/core_pattern may name, which it does with 0 (coredump_pipe in
// the kernel's fs/coredump.c).
func NoCore() error {
	err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1})
	if errors.Is(err, unix.EPERM) {
		// Somebody has set 0, for good.
		err = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	}
	if err != nil {
		return fmt.Errorf("cannot switch core files off: %w", err)
	}
	return nil
}

// dropCapabilities leaves those in keep: root gets the bounding set at execve.
func dropCapabilities(keep []uintptr) error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if slices.Contains(keep, c) {
			continue
		}
		// EINVAL: a kernel that does not know this one.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	var sets [2]unix.CapUserData
	for _, c := range keep {
		sets[c/32].Permitted |= 1 << (c % 32)
		sets[c/32].Effective |= 1 << (c % 32)
	}
	return unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &sets[0])
}

// denySyscalls is a filter, seccomp(2), that refuses what sshd has no use for
// and a hostile program would try first.
func denySyscalls() []unix.SockFilter {
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return nil
	}
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		above  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		anyBit = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
		// Offsets in struct seccomp_data; both architectures are little-endian.
		number, arch0, firstArg, secondArg = 0, 4, 16, 24
		x32                                = 0x40000000
	)
	refuse := func(e unix.Errno) unix.SockFilter {
		return unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(e)}
	}
	out := []unix.SockFilter{
		{Code: load, K: arch0}, {Code: equal, K: arch, Jt: 1}, refuse(unix.EPERM),
		{Code: load, K: number}, {Code: above, K: x32, Jf: 1}, refuse(unix.EPERM),
		// glibc goes on with clone, whose flags can be looked at.
		{Code: equal, K: unix.SYS_CLONE3, Jf: 1}, refuse(unix.ENOSYS),
	}
	for _, n := range deniedSyscalls() {
		out = append(out, unix.SockFilter{Code: equal, K: n, Jf: 1}, refuse(unix.EPERM))
	}
	// where adds a look at one argument of a call.
	where := func(call, argument uint32, look ...unix.SockFilter) {
		out = append(out, unix.SockFilter{Code: equal, K: call, Jf: uint8(len(look) + 2)}, unix.SockFilter{Code: load, K: argument})
		out = append(append(out, look...), unix.SockFilter{Code: load, K: number})
	}
	const newUser = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID
	where(unix.SYS_CLONE, firstArg, unix.SockFilter{Code: anyBit, K: newUser, Jf: 1}, refuse(unix.EPERM))
	where(unix.SYS_SETRLIMIT, firstArg, unix.SockFilter{Code: equal, K: unix.RLIMIT_CORE, Jf: 1}, refuse(unix.EPERM))
	where(unix.SYS_PRLIMIT64, secondArg, unix.SockFilter{Code: equal, K: unix.RLIMIT_CORE, Jf: 1}, refuse(unix.EPERM))
	// AF_VSOCK and others like it know no network namespaces.
	where(unix.SYS_SOCKET, firstArg,
		unix.SockFilter{Code: equal, K: unix.AF_UNIX, Jt: 4}, unix.SockFilter{Code: equal, K: unix.AF_INET, Jt: 3},
		unix.SockFilter{Code: equal, K: unix.AF_INET6, Jt: 2}, unix.SockFilter{Code: equal, K: unix.AF_NETLINK, Jt: 1},
		refuse(unix.EAFNOSUPPORT))
	return append(out, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW})
}

func deniedSyscalls() []uint32 {
	return []uint32{
		unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN,
		unix.SYS_USERFAULTFD, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
		unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN,
		unix.SYS_FSMOUNT, unix.SYS_FSCONFIG, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_SETNS, unix.SYS_UNSHARE,
		unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF,
		unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_KCMP, unix.SYS_PIDFD_GETFD, unix.SYS_SYSLOG, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME,
		unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_MKNODAT,
	}
}

// connectInside makes a TCP connection over the loopback of this network
// namespace, which has nothing else: sshd wants to know who calls. One end
// becomes standard input and output, the other one is sent away.
func connectInside() error {
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("cannot bring loopback up: %w", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // loopback, and the deadline ends this process
	if err != nil {
		return err
	}
	ours, err := net.Dial("tcp4", listener.Addr().String()) //nolint:noctx // the same
	if err != nil {
		return err
	}
	theirs, err := listener.Accept()
	if err != nil {
		return err
	}
	listener.Close()
	if err := onFile(ours, func(fd int) error {
		return unix.Sendmsg(answerFD, []byte("."), unix.UnixRights(fd), nil, 0)
	}); err != nil {
		return err
	}
	ours.Close()
	return onFile(theirs, func(fd int) error {
		if err := unix.Dup3(fd, 0, 0); err != nil {
			return err
		}
		return unix.Dup3(fd, 1, 0)
	})
}

// onFile gives a descriptor of a connection to a function; it blocks, as other
// programs expect.
func onFile(c net.Conn, do func(fd int) error) error {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return fmt.Errorf("cannot use a connection of type %T", c)
	}
	file, err := tcp.File()
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.SetNonblock(int(file.Fd()), false); err != nil {
		return err
	}
	return do(int(file.Fd()))
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return os.NewSyscallError("ifreq", err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
