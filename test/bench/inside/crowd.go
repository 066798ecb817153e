package main

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstPort is where the first of several holders listens, on 127.0.0.1.
const firstPort = 8440

// hold is a server with very many clients: one process that keeps them all, as
// a proxy does. It says "ready" when it listens and "held" when all are there,
// and ends with its input. Several of them differ by their number.
func hold(count, number int) {
	openFiles(count)
	door := socket()
	must("bind", unix.Bind(door, &unix.SockaddrInet4{Port: firstPort + number, Addr: [4]byte{127, 0, 0, 1}}))
	must("listen", unix.Listen(door, 4096))
	say("ready")
	for range count {
		_, _, err := unix.Accept4(door, unix.SOCK_CLOEXEC)
		must("accept", err)
	}
	say("held")
	untilEnd()
}

// call is the clients of the holder of the same number, each with an address
// 127.77.0.x of their own.
func call(count, number int) {
	openFiles(count)
	from := &unix.SockaddrInet4{Addr: [4]byte{127, 77, 0, byte(number + 1)}}
	for range count {
		s := socket()
		// Ports are given out per address pair, not per address.
		must("set up a socket", unix.SetsockoptInt(s, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
		must("bind", unix.Bind(s, from))
		must("connect", unix.Connect(s, &unix.SockaddrInet4{Port: firstPort + number, Addr: [4]byte{127, 0, 0, 1}}))
	}
	say("held")
	untilEnd()
}

func openFiles(count int) {
	var limit unix.Rlimit
	must("read the limit of open files", unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	limit.Cur = uint64(count) + 64
	limit.Max = max(limit.Max, limit.Cur)
	must("raise the limit of open files", unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
}

func socket() int {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must("make a socket", err)
	return s
}

func say(word string) { os.Stdout.WriteString(word + "\n") }

// untilEnd waits until standard input is closed.
func untilEnd() {
	var b [1]byte
	os.Stdin.Read(b[:])
}

// sleepers starts processes that do nothing. PID 1 of the box adopts them.
func sleepers(count int) {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	must("open /dev/null", err)
	fd := null.Fd()
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{fd, fd, fd}}
	for range count {
		_, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "infinity"}, attr)
		must("start a process", err)
	}
}

// flood sends messages to the journal that look like those of a server that the
// whole world tries to log in to. A control group that it is given it enters
// first, so that the journal files the messages under the unit of that group.
func flood(count int, group []string) {
	if len(group) > 0 {
		must("enter "+group[0], os.WriteFile(group[0], []byte("0"), 0))
	}
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must("make a socket", err)
	must("reach the journal", unix.Connect(s, &unix.SockaddrUnix{Name: "/run/systemd/journal/socket"}))
	const fields = "PRIORITY=6\nSYSLOG_FACILITY=4\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=Failed password for invalid user user"
	var message []byte
	for i := range count {
		message = append(message[:0], fields...)
		message = strconv.AppendInt(message, int64(i%9973), 10)
		message = append(message, " from 192.0.2."...)
		message = strconv.AppendInt(message, int64(i%251), 10)
		message = append(message, " port "...)
		message = strconv.AppendInt(message, int64(1024+i%60000), 10)
		message = append(message, " ssh2: attempt "...)
		message = strconv.AppendInt(message, int64(i), 10)
		message = append(message, '\n')
		must("send to the journal", unix.Send(s, message, 0))
	}
}
