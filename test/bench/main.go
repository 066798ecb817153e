// Command bench measures what sshd-doctor costs, beside what people type in its
// place, in disposable Debian boxes, and writes a page about it.
//
// Whole processes are measured, from start to end, in turn (A, B, A, B ...), so
// that ratios hold where milliseconds do not. It asserts nothing about time: it
// fails only where a run did not do what it was there for.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// helperPath is where the box has the program of test/bench/inside.
const helperPath = "/usr/bin/sshd-doctor-bench"

// settings is what the command line says.
type settings struct {
	binary string
	suite  box.Suite
	rounds int
	under  int // rounds under each load
	out    string
}

func main() {
	var s settings
	flag.StringVar(&s.binary, "binary", "bin/sshd-doctor", "static binary to measure")
	suite := flag.String("suite", string(box.Bookworm), "Debian release of the boxes")
	flag.IntVar(&s.rounds, "rounds", 21, "runs of each contestant")
	flag.IntVar(&s.under, "under", 11, "runs of each contestant under each load; 0: no loads")
	flag.StringVar(&s.out, "o", "", "file to write the page to; empty: standard output")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s, *suite, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, suite string, progress io.Writer) error {
	var err error
	if s.suite, err = box.ParseSuite(suite); err != nil {
		return err
	}
	helper, clean, err := buildHelper(ctx)
	if err != nil {
		return err
	}
	defer clean()
	began := time.Now()
	r, err := measure(ctx, s, helper, progress)
	if err != nil {
		return err
	}
	r.took = time.Since(began)
	page := r.page()
	if s.out == "" {
		_, err = os.Stdout.WriteString(page)
		return err
	}
	if err := os.WriteFile(s.out, []byte(page), 0o644); err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	fmt.Fprintf(progress, "# wrote %s after %.0f s\n", s.out, r.took.Seconds())
	return nil
}

// buildHelper makes the program that works in the box, static like the product.
func buildHelper(ctx context.Context) (path string, clean func(), err error) {
	dir, err := os.MkdirTemp("", "sshd-doctor-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("cannot make a directory: %w", err)
	}
	path = filepath.Join(dir, "inside")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", path,
		"github.com/sshd-doctor/sshd-doctor/test/bench/inside")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("cannot build the helper: %w\n%s", err, out)
	}
	return path, func() { os.RemoveAll(dir) }, nil
}
