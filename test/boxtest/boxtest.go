// Package boxtest is what tests in boxes begin with: the program that is tested,
// a fresh box that ends with its test, a script that must work.
package boxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

// Doctor returns the program under test.
func Doctor(t *testing.T) string {
	t.Helper()
	binary, err := casebook.Binary(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Build builds a helper that runs in boxes: static, as Doctor is.
func Build(t *testing.T, pkg string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "inside")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build %s: %v\n%s", pkg, err, out)
	}
	return binary
}

// Start boots a box with a program in it as sshd-doctor. It ends with the test.
func Start(t *testing.T, suite box.Suite, binary string) *box.Box {
	t.Helper()
	b, err := box.Start(t.Context(), suite, box.Options{Binary: binary, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// OnEverySuite runs a test in a fresh box of each suite, side by side.
func OnEverySuite(t *testing.T, binary string, test func(t *testing.T, b *box.Box)) {
	t.Helper()
	for _, suite := range box.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			test(t, Start(t, suite, binary))
		})
	}
}

// Shell runs a script in a box, which must work, and returns what it prints.
func Shell(t *testing.T, b *box.Box, script string) string {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%s: status %d, %v\n%s%s", script, r.Exit, err, r.Stdout, r.Stderr)
	}
	return r.Stdout
}
