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
)

// version is set when the program is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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
