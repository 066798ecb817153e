package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// A program of a disk is run where it can reach nothing of this machine: in
// namespaces of its own for mounts, processes, network, IPC and host name, with
// the disk as its root, read-only and without setuid. What is trusted is the
// kernel; the program is not. Inside does the work, as process 1 in there.

// insideArg is the first argument of the program when it is started to be
// Inside. No command has such a name.
const insideArg = "=inside"

// setup is what Inside is told, as JSON.
type setup struct {
	Path string
	Args []string
	Env  []string
	// Mounts are the further mounts of the disk. Their trees are the descriptors
	// from firstMountFD on.
	Mounts []string
	// Fences is how many files of control groups follow behind the mounts.
	Fences int
	// RunDirs are made below /run.
	RunDirs []string
	Covers  []Cover
	// Input: standard input is there, and is for the program.
	Input bool
	// Serve: standard input and output are one end of a TCP connection in there,
	// the other end is sent back. The capabilities to change the user come with it.
	Serve bool
}

// The descriptors that Inside finds open.
const (
	setupFD = 3 + iota
	answerFD
	rootFD
	firstMountFD
)

// mostMounts caps the further mounts of a disk that a program finds.
const mostMounts = 64

// Serve starts a program of the disk that serves one connection on its standard
// input and output, as sshd -i does, and returns the other end of that. The
// result comes when the program has ended; close the connection before waiting.
func (h *Host) Serve(ctx context.Context, c Command) (net.Conn, <-chan Result, error) {
	conn := make(chan net.Conn, 1)
	done := make(chan Result, 1)
	go func() {
		res := h.enter(ctx, c, conn)
		close(conn)
		done <- res
	}()
	if got, ok := <-conn; ok {
		return got, done, nil
	}
	res := <-done
	if res.Err == nil {
		res.Err = errors.New("it ended before it could be connected to")
	}
	return nil, nil, fmt.Errorf("cannot run %s in its own root: %w", c, res.Err)
}

// enter runs a program of the disk. conn, when it is not nil, gets our end of a
// connection.
func (h *Host) enter(ctx context.Context, c Command, conn chan<- net.Conn) Result {
	failed := func(err error) Result { return Result{Code: -1, Err: err} }
	if h.cannotRun != nil {
		return failed(fmt.Errorf("cannot run %s of the disk: %w", c.Path, h.cannotRun))
	}
	if err := h.runnable(c.Path); err != nil {
		return failed(fmt.Errorf("cannot run %s of the disk: %w", c.Path, err))
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	fences, remove := fence()
	defer remove()
	files, ours, err := h.hand(c, conn != nil, fences)
	defer closeAll(files)
	if err != nil {
		return failed(fmt.Errorf("cannot run %s in its own root: %w", c, err))
	}
	defer ours.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", insideArg)
	cmd.Env, cmd.Dir = []string{}, "/"
	if c.Stdin != nil {
		cmd.Stdin = c.Stdin
	}
	stdout, stderr := &capped{}, &capped{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.ExtraFiles = files
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWCGROUP,
	}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return failed(fmt.Errorf("cannot make namespaces for %s: %w", c, err))
	}
	closeAll(files)
	// It ends with the program, or when the program replaces it.
	wrong := answer(ours, conn)
	err = cmd.Wait()
	res := Result{Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes(), Code: cmd.ProcessState.ExitCode()}
	switch {
	case wrong != nil:
		res.Code, res.Err = -1, wrong
	case ctx.Err() != nil:
		res.Code, res.Err = -1, fmt.Errorf("cannot finish %s: %w", c, ctx.Err())
	case res.Code < 0:
		res.Err = fmt.Errorf("cannot finish %s: %s", c, cmd.ProcessState)
	case err != nil && !isExit(err) && !errors.Is(err, exec.ErrWaitDelay):
		res.Err = err
	}
	return res
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

func isExit(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit)
}

// hand prepares the descriptors for Inside, and our end of its answer.
func (h *Host) hand(c Command, serve bool, fences []*os.File) (files []*os.File, ours *os.File, err error) {
	s := setup{
		Path: c.Path, Args: c.Args, Env: append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}, c.Env...),
		RunDirs: h.RunDirs, Covers: c.Covers, Input: c.Stdin != nil, Serve: serve, Fences: len(fences),
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fences, nil, err
	}
	ours = os.NewFile(uintptr(pair[0]), "answer")
	told, err := memoryFile()
	if err != nil {
		unix.Close(pair[1])
		return fences, ours, err
	}
	files = []*os.File{told, os.NewFile(uintptr(pair[1]), "answer")}
	tree, err := cloneTree(h.Files.dir)
	if err != nil {
		return append(files, fences...), ours, err
	}
	files = append(files, tree)
	// On every way out of here the caller closes what it gets.
	defer func() { files = append(files, fences...) }()
	points, err := h.mounts()
	if err != nil {
		return files, ours, err
	}
	for _, point := range points[:min(len(points), mostMounts)] {
		there, err := h.Files.open(point, unix.O_PATH|unix.O_NOFOLLOW)
		if err != nil {
			continue // not part of the disk
		}
		tree, err := cloneTree(there)
		there.Close()
		if err != nil {
			return files, ours, err
		}
		files, s.Mounts = append(files, tree), append(s.Mounts, point)
	}
	if err := json.NewEncoder(told).Encode(s); err != nil {
		return files, ours, err
	}
	_, err = told.Seek(0, 0)
	return files, ours, err
}

func memoryFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("setup", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "setup"), nil
}

// cloneTree makes a mount of a directory or file that stands nowhere yet,
// without what is mounted below it.
func cloneTree(of *os.File) (*os.File, error) {
	fd, err := unix.OpenTree(int(of.Fd()), "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH)
	if err != nil {
		return nil, fmt.Errorf("cannot make a mount of %s: %w", of.Name(), err)
	}
	return os.NewFile(uintptr(fd), of.Name()), nil
}

// answer reads what Inside says until it is no more: nothing but, perhaps, a
// connection when all went well, else what went wrong.
func answer(from *os.File, conn chan<- net.Conn) error {
	var said strings.Builder
	buf, rights := make([]byte, 1024), make([]byte, unix.CmsgSpace(4))
	for said.Len() < 4096 {
		n, rn, _, _, err := unix.Recvmsg(int(from.Fd()), buf, rights, unix.MSG_CMSG_CLOEXEC)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			break
		}
		said.Write(buf[:n])
		if c := received(rights[:rn]); c != nil && conn != nil {
			conn <- c
			conn = nil
		}
	}
	if text := strings.TrimPrefix(said.String(), "."); text != "" {
		return errors.New(safetext.ASCII(text))
	}
	return nil
}

// received is the connection that came with a message.
func received(rights []byte) net.Conn {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return nil
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil
	}
	file := os.NewFile(uintptr(fds[0]), "connection")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil
	}
	return conn
}

// inTree turns a path of the box into one below a directory descriptor.
func inTree(path string) string {
	return strings.TrimPrefix(filepath.Clean("/"+path), "/")
}
