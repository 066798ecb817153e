package host

import (
	"os"
	"path/filepath"
	"testing"
)

// Whether a file system has attributes is the same for a file and the
// directory in which it lies: what can be told of one can be told of the other.
func TestAttributesAreToldOfFilesToo(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files := NewFiles(root)
	of := func(path string) string {
		fixed, err := files.Immutable(path)
		if fixed {
			t.Errorf("%s: a file that was just made is immutable", path)
		}
		if err != nil {
			return "cannot be told"
		}
		return "not set"
	}
	if file, dir := of("/file"), of("/"); file != dir {
		t.Errorf("of the file: %s, of its directory: %s", file, dir)
	}
}
