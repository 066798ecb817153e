//go:build boxes

package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// shell runs a script in a box, which must work, and returns all it printed.
func shell(t *testing.T, b *box.Box, script string) string {
	t.Helper()
	return exits(t, b, 0, script)
}

// exits runs a script that must end with this status.
func exits(t *testing.T, b *box.Box, want int, script string) string {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil || r.Exit != want {
		t.Fatalf("%s: status %d, want %d, %v\n%s\n%s", script, r.Exit, want, err, r.Stdout, r.Stderr)
	}
	return r.Stdout + r.Stderr
}

// fetch takes a file out of a box.
func fetch(t *testing.T, b *box.Box, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.Root(), path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unpack reads an archive: names and contents.
func unpack(t *testing.T, packed []byte) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	first := ""
	for archive := tar.NewReader(zip); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Mode != 0o600 || head.Typeflag != tar.TypeReg || !filepath.IsLocal(head.Name) {
			t.Errorf("%s has mode %o, type %c", head.Name, head.Mode, head.Typeflag)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(head.Name, "sshd-doctor-bundle/")
		if first == "" {
			first = name
		}
		out[name] = string(data)
	}
	if first != "MANIFEST.txt" {
		t.Errorf("the first entry is %q", first)
	}
	return out
}
