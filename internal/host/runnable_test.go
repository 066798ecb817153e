package host

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Which programs of a disk are not even tried, by their first bytes.
func TestRunnable(t *testing.T) {
	head := func(class, machine byte) string {
		return "\x7fELF" + string(class) + "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00" + string(machine) + "\x00rest"
	}
	own := map[string]struct{ here, beside byte }{"amd64": {62, 3}, "arm64": {183, 40}}[runtime.GOARCH]
	if own.here == 0 {
		t.Skip("no filter of system calls on " + runtime.GOARCH)
	}
	for name, c := range map[string]struct {
		text    string
		refused bool
	}{
		"its own kind":           {head(2, own.here), false},
		"32 bits":                {head(1, own.beside), true},
		"something else":         {head(1, 8), false},
		"a script":               {"#!/bin/sh\nexit 0 # long enough\n", false},
		"short":                  {"\x7fELF\x01", false},
		"32 bits, not a program": {"x" + head(1, own.beside), false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "p"), []byte(c.text), 0o755); err != nil {
			t.Fatal(err)
		}
		h, err := Disk(t.Context(), dir, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.runnable("/p"); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
