//go:build boxes

package laws

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// program is where the boxes have the helper.
const program = "/usr/bin/sshd-doctor"

// onEverySuite runs a test in a fresh box of each suite, with the helper in it.
func onEverySuite(t *testing.T, test func(t *testing.T, b *box.Box)) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "inside")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./inside")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the helper: %v\n%s", err, out)
	}
	for _, suite := range box.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			b, err := box.Start(t.Context(), suite, box.Options{Binary: binary, Progress: os.Stderr})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := b.Stop(); err != nil {
					t.Error(err)
				}
			}()
			test(t, b)
		})
	}
}

// shell runs a script in a box, which must work.
func shell(t *testing.T, b *box.Box, script string) string {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%s: status %d, %v\n%s", script, r.Exit, err, r.Stderr)
	}
	return r.Stdout
}

// inside runs the helper and reads what it prints.
func inside(t *testing.T, b *box.Box, in, out any, args ...string) {
	t.Helper()
	stdin, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Exec(t.Context(), strings.NewReader(string(stdin)), program, args...)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%v: status %d, %v\n%s", args, r.Exit, err, r.Stderr)
	}
	if err := json.Unmarshal([]byte(r.Stdout), out); err != nil {
		t.Fatalf("%v printed %.300q: %v", args, r.Stdout, err)
	}
}
