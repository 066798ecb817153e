//go:build !describe

// Command sshd-doctor runs on a server that cannot be reached over SSH, finds
// the cause, repairs what may be repaired, and proves by a real SSH handshake
// over loopback that the next connection gets through.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func main() {
	if host.IsInside(os.Args) {
		os.Exit(host.Inside())
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends()...)
	// Whoever closes the other end of a pipe does not end a repair halfway: with
	// a reader, even one that never reads, writing fails with an error instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	if runtime.GOMAXPROCS(0) == 1 {
		// The search for an RSA key must not hold up the repairs beside it, also
		// on a machine with a single core.
		runtime.GOMAXPROCS(2)
	}
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}
	code := p.run(ctx, os.Args)
	stop()
	os.Exit(code)
}

// ends are the signals that end a run in good order. A hangup is not among them
// where the caller said so (nohup(1)).
func ends() []os.Signal {
	out := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		out = append(out, syscall.SIGHUP)
	}
	return out
}
