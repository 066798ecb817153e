package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMoveAsideLosesNothing(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("x", 3600))
	f, root := place(t)
	dir := filepath.Join(root, "etc/ssh")
	var asides []string
	for i := range 3 {
		put(t, filepath.Join(dir, "key"), fmt.Sprint(i), 0o640)
		aside, err := f.MoveAside("/etc/ssh/key", "bad", now)
		if err != nil {
			t.Fatal(err)
		}
		asides = append(asides, aside)
	}
	const name = "/etc/ssh/key.bad-20261122T090000Z"
	if !slices.Equal(asides, []string{name, name + "-1", name + "-2"}) {
		t.Errorf("%q", asides)
	}
	for i, aside := range asides {
		path := filepath.Join(root, aside)
		if content(t, path) != fmt.Sprint(i) || mode(t, path) != 0o640 {
			t.Errorf("%s holds %q, mode %o", aside, content(t, path), mode(t, path))
		}
	}
	// And back, but never over what has come since.
	if err := f.MoveBack(asides[2], "/etc/ssh/key"); err != nil || content(t, filepath.Join(dir, "key")) != "2" {
		t.Errorf("%v", err)
	}
	if err := f.MoveBack(asides[1], "/etc/ssh/key"); !errors.Is(err, fs.ErrExist) || content(t, filepath.Join(dir, "key")) != "2" {
		t.Errorf("%v", err)
	}
	if aside, err := f.MoveAside("/etc/ssh/none", "bad", now); err == nil || aside != "" {
		t.Errorf("%q, %v", aside, err)
	}
}

// Whatever stands there is moved itself: a link, not what it leads to.
func TestMoveAsideTakesAnything(t *testing.T) {
	for what := range whatever(t, "") {
		f, root := place(t)
		path := filepath.Join(root, "etc/ssh/key")
		whatever(t, path)[what]()
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		aside, err := f.MoveAside("/etc/ssh/key", "bad", time.Now())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if after, err := os.Lstat(filepath.Join(root, aside)); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s is not what it was", what)
		}
	}
}

// Where the rename itself worked, the new name is told, whatever came after.
func TestMoveAsideOnAFailingDisk(t *testing.T) {
	f, root := place(t)
	f.SetFault(func(op, _ string) error {
		if op == "rename" {
			return unix.EROFS
		}
		return nil
	})
	if aside, err := f.MoveAside("/etc/ssh/file", "bad", time.Now()); !errors.Is(err, unix.EROFS) || aside != "" {
		t.Errorf("%q, %v", aside, err)
	}
	if got := list(t, filepath.Join(root, "etc/ssh")); got != "file" {
		t.Error(got)
	}
	f.SetFault(func(op, _ string) error {
		if op == "syncdir" {
			return unix.EIO
		}
		return nil
	})
	aside, err := f.MoveAside("/etc/ssh/file", "bad", time.Now())
	if !errors.Is(err, unix.EIO) || content(t, filepath.Join(root, aside)) != "text" {
		t.Errorf("%q, %v", aside, err)
	}
}
