package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn runs a program to its end and prints what it cost. The clock is
// CLOCK_MONOTONIC, which is the same in the box and outside, so that the prober
// outside can tell when within the run a connection was possible.
//
// Memory is ru_maxrss of wait4(2): the largest resident size that any single
// process reached, of the program and of what it waited for. The kernel counts
// in it what this process had when it made the child, which is why it is small.
func spawn(args []string) {
	path, err := exec.LookPath(args[0])
	must("find "+args[0], err)
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 2, 2}}
	began := now()
	pid, err := syscall.ForkExec(path, args, attr)
	must("start "+path, err)
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err = syscall.Wait4(pid, &status, 0, &usage)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	must("wait for "+path, err)
	ended := now()
	exit := status.ExitStatus()
	if status.Signaled() {
		exit = 128 + int(status.Signal())
	}
	figure := func(name string, n int64) string { return `"` + name + `":` + strconv.FormatInt(n, 10) }
	os.Stdout.WriteString("{" + figure("began", began) + "," + figure("ended", ended) + "," +
		figure("exit", int64(exit)) + "," + figure("rss_kib", usage.Maxrss) + "," +
		figure("cpu_ns", usage.Utime.Nano()+usage.Stime.Nano()) + "}\n")
}

func now() int64 {
	var t unix.Timespec
	must("read the clock", unix.ClockGettime(unix.CLOCK_MONOTONIC, &t))
	return t.Nano()
}
