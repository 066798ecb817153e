// Package hosttest makes boxes out of files, so that a test says what a box was
// like and nothing about the machine that it runs on.
package hosttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Tree returns the files of a box that has these and no other, all of one mode.
// They go when the test does.
func Tree(t testing.TB, mode os.FileMode, files map[string]string) *host.Files {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return host.NewFiles(root)
}
