package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// ops is every operation that Create asks leave for, in order.
func ops(t *testing.T, change func(*Files) error) []string {
	t.Helper()
	f, _ := place(t)
	var all []string
	f.SetFault(func(op, _ string) error { all = append(all, op); return nil })
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	return all
}

// With a disk that fails at each operation in turn: whole or not at all, nothing
// left behind, and never readable by others before it is complete.
func TestFailingDisk(t *testing.T) {
	const fresh = "the whole new text"
	changes := map[string]func(*Files) error{
		"create":         func(f *Files) error { return f.Create("/etc/ssh/key", mine(fresh, 0o600)) },
		"create, public": func(f *Files) error { return f.Create("/etc/ssh/key", mine(fresh, 0o644)) },
		"replace":        func(f *Files) error { return f.Replace("/etc/ssh/file", mine(fresh, 0o640)) },
	}
	for what, change := range changes {
		all := ops(t, change)
		if len(all) < 5 {
			t.Fatalf("%s: only %q", what, all)
		}
		for fail := range all {
			for _, fault := range []error{unix.ENOSPC, unix.EIO, unix.EROFS, unix.EDQUOT} {
				f, root := place(t)
				dir := filepath.Join(root, "etc/ssh")
				n := 0
				f.SetFault(func(op, path string) error {
					narrow(t, dir, op)
					if n++; n == fail+1 {
						return fault
					}
					return nil
				})
				err := change(f)
				if !errors.Is(err, fault) || !strings.HasPrefix(err.Error(), "cannot ") && all[fail] != "syncdir" {
					t.Errorf("%s, %s fails: %v", what, all[fail], err)
				}
				whole(t, what+", "+all[fail]+" fails", dir, fresh)
				if left := list(t, dir); strings.Contains(left, tempMark) {
					t.Errorf("%s, %s fails: left behind: %s", what, all[fail], left)
				}
			}
		}
	}
}

// narrow checks that a temporary file is nobody else's to read until all of it
// is written and synced.
func narrow(t *testing.T, dir, op string) {
	t.Helper()
	temps, err := filepath.Glob(filepath.Join(dir, ".*"+tempMark+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, temp := range temps {
		st, err := os.Stat(temp)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm()&0o177 != 0 && (op == "create" || op == "write" || st.Size() == 0) {
			t.Errorf("before %s, with %d bytes, its mode is %v", op, st.Size(), st.Mode())
		}
	}
}

// whole checks that a new file is complete and an old one is as it was or
// replaced as a whole.
func whole(t *testing.T, what, dir, fresh string) {
	t.Helper()
	if got := content(t, filepath.Join(dir, "key")); got != "" && got != fresh {
		t.Errorf("%s: key holds %q", what, got)
	}
	if got := content(t, filepath.Join(dir, "file")); got != "text" && got != fresh {
		t.Errorf("%s: file holds %q", what, got)
	}
}

// killed is how a test ends the program between two operations.
type killed struct{}

// Killed before each operation in turn: what should be there is whole or absent,
// what is left is narrow and swept by the next run, which then finishes the work.
func TestKilledAtAnyPoint(t *testing.T) {
	const fresh = "the whole new text"
	change := func(f *Files) error { return f.Create("/etc/ssh/key", mine(fresh, 0o644)) }
	all := ops(t, change)
	for at := range all {
		f, root := place(t)
		dir := filepath.Join(root, "etc/ssh")
		n := 0
		f.SetFault(func(string, string) error {
			if n++; n == at+1 {
				panic(killed{})
			}
			return nil
		})
		func() {
			defer func() {
				if r := recover(); r != (killed{}) {
					t.Errorf("before %s: %v", all[at], r)
				}
			}()
			_ = change(f)
		}()
		whole(t, "killed before "+all[at], dir, fresh)
		f.SetFault(nil)
		gone, err := f.Sweep("/etc/ssh")
		if err != nil {
			t.Fatal(err)
		}
		if left := list(t, dir); strings.Contains(left, tempMark) {
			t.Errorf("killed before %s: swept %q, left %s", all[at], gone, left)
		}
		if err := change(f); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Errorf("killed before %s: the next run: %v", all[at], err)
		}
		if got := content(t, filepath.Join(dir, "key")); got != fresh {
			t.Errorf("killed before %s: in the end it holds %q", all[at], got)
		}
	}
}

// The order of operations is the promise: synced before it has its name, and the
// directory after.
func TestOrderOfOperations(t *testing.T) {
	secret := ops(t, func(f *Files) error { return f.Create("/etc/ssh/key", mine("x", 0o600)) })
	if got := strings.Join(secret, " "); got != "create write sync rename syncdir" {
		t.Error(got)
	}
	public := ops(t, func(f *Files) error { return f.Create("/etc/ssh/key", mine("x", 0o644)) })
	if got := strings.Join(public, " "); got != "create write sync sync rename syncdir" {
		t.Error(got)
	}
}
