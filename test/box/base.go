package box

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Base returns the root file system of a suite and builds it first where it is
// not there yet, which takes 12 to 20 seconds and the network. What happens is
// told line by line on progress, which may be nil. Two processes that ask at
// once build it once. Nobody may write into the directory it returns.
func Base(ctx context.Context, suite Suite, progress io.Writer) (string, error) {
	return Tree(ctx, suite, packages(), progress)
}

// Tree is Base with other packages beside the minimal ones, for what is not to be
// in the boxes themselves.
func Tree(ctx context.Context, suite Suite, packages []string, progress io.Writer) (string, error) {
	dir, err := openStore()
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, "base", baseName(suite, packages))
	if exists(root + ".ok") {
		return root, nil
	}
	if progress == nil {
		progress = io.Discard
	}
	if err := needTools("mmdebstrap"); err != nil {
		return "", err
	}
	lock, err := lockFile(ctx, root+".lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if exists(root + ".ok") {
		return root, nil
	}
	if err := build(ctx, suite, packages, root, progress); err != nil {
		return "", fmt.Errorf("cannot build the root of %s: %w", suite, err)
	}
	return root, nil
}

// build makes the root beside its final name and stamps it last.
func build(ctx context.Context, suite Suite, packages []string, root string, progress io.Writer) error {
	began := time.Now()
	fmt.Fprintf(progress, "building a Debian %s root in %s (once, about 20 seconds)\n", suite, root)
	raw := root + ".new"
	if err := os.RemoveAll(raw); err != nil {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := mmdebstrap(ctx, suite, packages, raw, progress); err != nil {
		os.RemoveAll(raw)
		return err
	}
	if err := ageRoot(raw); err != nil {
		return err
	}
	if err := os.Rename(raw, root); err != nil {
		return err
	}
	if err := os.WriteFile(root+".ok", nil, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(progress, "built the Debian %s root in %.0f s\n", suite, time.Since(began).Seconds())
	return nil
}

func mmdebstrap(ctx context.Context, suite Suite, packages []string, root string, progress io.Writer) error {
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--variant=minbase",
		"--include="+strings.Join(packages, ","), string(suite), root)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	tail := newTail(40)
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		line := lines.Text()
		tail.add(line)
		if step, ok := strings.CutPrefix(line, "I: "); ok {
			fmt.Fprintf(progress, "  %s: %s\n", suite, step)
		}
	}
	io.Copy(io.Discard, pipe)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("mmdebstrap: %w\n%s", err, tail)
	}
	return nil
}

// ageRoot makes the root look like a server that has booted before: with a
// machine id, so that units for the very first boot stay quiet. The host name
// of the machine that built it goes; a box is called by its own name.
func ageRoot(root string) error {
	if err := os.Remove(filepath.Join(root, "etc/hostname")); err != nil && !os.IsNotExist(err) {
		return err
	}
	id := make([]byte, 16)
	rand.Read(id)
	text := hex.EncodeToString(id) + "\n"
	return os.WriteFile(filepath.Join(root, "etc/machine-id"), []byte(text), 0o444)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
