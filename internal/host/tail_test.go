package host

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTail(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "log"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := NewFiles(root)
	for limit, want := range map[int64]string{3: "789", 10: "0123456789", 99: "0123456789"} {
		if got, err := files.Tail("/log", limit); err != nil || string(got) != want {
			t.Errorf("last %d: %q, %v", limit, got, err)
		}
	}
	if _, err := files.Tail("/none", 3); !IsAbsent(err) {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := files.Tail("/", 3); !errors.Is(err, ErrNotRegular) {
		t.Errorf("of a directory: %v", err)
	}
}

func TestLocked(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "lock")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	files := NewFiles(root)
	if held, err := files.Locked("/lock"); held || err != nil {
		t.Errorf("nobody holds it: %v, %v", held, err)
	}
	// A lock of an open file is in the way of others even within one process.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}); err != nil {
		t.Fatal(err)
	}
	if held, err := files.Locked("/lock"); !held || err != nil {
		t.Errorf("it is held: %v, %v", held, err)
	}
	if _, err := files.Locked("/none"); !IsAbsent(err) {
		t.Errorf("of nothing: %v", err)
	}
}
