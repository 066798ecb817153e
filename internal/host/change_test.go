package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mine makes a file that this process may make.
func mine(text string, mode fs.FileMode) New {
	return New{Data: []byte(text), Mode: mode, UID: os.Getuid(), GID: os.Getgid()}
}

// content is what stands at a path, "" for nothing.
func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	st, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return st.Mode().Perm()
}

// whatever is what somebody may have put in the place of a new file.
func whatever(t *testing.T, path string) map[string]func() {
	t.Helper()
	try := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]func(){
		"a file":           func() { put(t, path, "old", 0o600) },
		"an empty file":    func() { put(t, path, "", 0o600) },
		"a directory":      func() { try(os.Mkdir(path, 0o700)) },
		"a dangling link":  func() { try(os.Symlink("none", path)) },
		"a link to a file": func() { try(os.Symlink("/etc/passwd", path)) },
		"a FIFO":           func() { try(unix.Mkfifo(path, 0o600)) },
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	names := whatever(t, "")
	for what := range names {
		f, root := place(t)
		path := filepath.Join(root, "etc/ssh/key")
		whatever(t, path)[what]()
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Create("/etc/ssh/key", mine("new", 0o600)); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", what, err)
		}
		after, err := os.Lstat(path)
		if err != nil || !os.SameFile(before, after) || after.Size() != before.Size() {
			t.Errorf("%s is not what it was", what)
		}
		if got := list(t, filepath.Join(root, "etc/ssh")); got != "file key" {
			t.Errorf("%s: left behind: %s", what, got)
		}
	}
}

// The way for file systems that cannot rename without replacing.
func TestRenameNeverOverwritesOnOldFileSystems(t *testing.T) {
	// A flag that no kernel knows is answered as by such a file system.
	const unknown = 1 << 30
	f, root := place(t)
	put(t, filepath.Join(root, "etc/ssh/from"), "new", 0o600)
	dir, base, err := f.parent("/etc/ssh/from")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := rename(dir, base, "file", unknown); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if got := content(t, filepath.Join(root, "etc/ssh/file")); got != "text" {
		t.Errorf("it holds %q", got)
	}
	if err := rename(dir, base, "to", unknown); err != nil {
		t.Error(err)
	}
	if got := list(t, filepath.Join(root, "etc/ssh")); got != "file to" {
		t.Error(got)
	}
}

func TestCreateAndReplace(t *testing.T) {
	f, root := place(t)
	for _, m := range []fs.FileMode{0o600, 0o644, 0o640, 0o400} {
		name := fmt.Sprintf("/etc/ssh/new-%o", m)
		if err := f.Create(name, mine("some text", m)); err != nil {
			t.Fatal(err)
		}
		if path := filepath.Join(root, name); content(t, path) != "some text" || mode(t, path) != m {
			t.Errorf("%q, mode %o, want %o", content(t, path), mode(t, path), m)
		}
	}
	path := filepath.Join(root, "etc/ssh/file")
	for _, text := range []string{"longer than before", "", "x"} {
		if err := f.Replace("/etc/ssh/file", mine(text, 0o644)); err != nil {
			t.Fatal(err)
		}
		if content(t, path) != text || mode(t, path) != 0o644 {
			t.Errorf("%q, mode %o", content(t, path), mode(t, path))
		}
	}
	if err := f.Replace("/etc/ssh/none", mine("x", 0o600)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there was replaced: %v", err)
	}
}

// A umask of the caller's neither widens nor narrows what was asked for.
func TestUmaskDoesNotMatter(t *testing.T) {
	old := unix.Umask(0)
	defer unix.Umask(old)
	for _, mask := range []int{0, 0o077, 0o277, 0o777} {
		unix.Umask(old)
		f, root := place(t)
		unix.Umask(mask)
		for _, m := range []fs.FileMode{0o600, 0o644} {
			name := fmt.Sprintf("/etc/ssh/%o", m)
			if err := f.Create(name, mine("x", m)); err != nil {
				t.Fatalf("umask %o: %v", mask, err)
			}
			if got := mode(t, filepath.Join(root, name)); got != m {
				t.Errorf("umask %o: mode %o, want %o", mask, got, m)
			}
		}
		if err := f.Mkdir("/run", 0o755, os.Getuid(), os.Getgid()); err != nil || mode(t, filepath.Join(root, "run")) != 0o755 {
			t.Errorf("umask %o: %v", mask, err)
		}
	}
}

// Replace follows a link to the file and leaves the link; another name of the old
// file keeps the old text.
func TestReplaceThroughLinks(t *testing.T) {
	f, root := place(t)
	dir := filepath.Join(root, "etc/ssh")
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "file"), filepath.Join(dir, "second")); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace("/etc/ssh/link", mine("new", 0o600)); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(filepath.Join(dir, "link")); to != "file" || err != nil {
		t.Errorf("the link: %q, %v", to, err)
	}
	if content(t, filepath.Join(dir, "file")) != "new" || content(t, filepath.Join(dir, "second")) != "text" {
		t.Errorf("file %q, second %q", content(t, filepath.Join(dir, "file")), content(t, filepath.Join(dir, "second")))
	}
}

func TestWhereNothingCanBeMade(t *testing.T) {
	f, root := place(t)
	for _, path := range []string{"/none/key", "/etc/ssh/file/key", "/etc/ssh/" + strings.Repeat("x", 250)} {
		if err := f.Create(path, mine("x", 0o600)); err == nil {
			t.Errorf("%.30s was made", path)
		}
	}
	if err := f.Replace("/etc/ssh", mine("x", 0o600)); err == nil {
		t.Error("a directory was replaced")
	}
	if got := list(t, filepath.Join(root, "etc")) + " " + list(t, filepath.Join(root, "etc/ssh")); got != "ssh file" {
		t.Errorf("left behind: %s", got)
	}
}

// A link or a second name could be somebody else's file: neither is touched.
func TestModeAndOwnerOfOneFileOnly(t *testing.T) {
	f, root := place(t)
	dir := filepath.Join(root, "etc/ssh")
	put(t, filepath.Join(dir, "other"), "x", 0o644)
	for link, to := range map[string]string{"link": "other", "dangling": "none", "dirlink": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(dir, "other"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	for path, reason := range map[string]string{
		"/etc/ssh/link": "symbolic link", "/etc/ssh/dangling": "symbolic link", "/etc/ssh/dirlink": "symbolic link",
		"/etc/ssh/hard": "another name", "/etc/ssh/other": "another name", "/etc/ssh/none": "no such file",
	} {
		for op, err := range map[string]error{"chmod": f.Chmod(path, 0o600), "chown": f.Chown(path, uid, gid)} {
			if err == nil || !strings.Contains(err.Error(), reason) || !strings.HasPrefix(err.Error(), "cannot "+op+" "+path) {
				t.Errorf("%s %s: %v", op, path, err)
			}
		}
	}
	if got := mode(t, filepath.Join(dir, "other")); got != 0o644 {
		t.Errorf("it became %o", got)
	}
	for path, m := range map[string]fs.FileMode{"/etc/ssh/file": 0o600, "/etc/ssh": 0o700} {
		if err := f.Chmod(path, m); err != nil || mode(t, filepath.Join(root, path)) != m {
			t.Errorf("%s: %o, %v", path, mode(t, filepath.Join(root, path)), err)
		}
		if err := f.Chown(path, uid, gid); err != nil {
			t.Error(err)
		}
	}
	f.SetFault(func(op, _ string) error { return unix.EPERM })
	if err := f.Chmod("/etc/ssh/file", 0o777); !errors.Is(err, unix.EPERM) || mode(t, filepath.Join(dir, "file")) != 0o600 {
		t.Errorf("%v", err)
	}
}

func TestMkdirWholeOrNotAtAll(t *testing.T) {
	uid, gid := os.Getuid(), os.Getgid()
	for _, fail := range []string{"mkdir", "chown", "chmod", "syncdir", ""} {
		f, root := place(t)
		f.SetFault(func(op, _ string) error {
			if op == fail {
				return unix.EIO
			}
			return nil
		})
		err := f.Mkdir("/run", 0o755, uid, gid)
		path := filepath.Join(root, "run")
		st, statErr := os.Stat(path)
		switch fail {
		case "", "syncdir":
			if statErr != nil || st.Mode().Perm() != 0o755 || (err == nil) != (fail == "") {
				t.Errorf("%q fails: %v, %v", fail, err, statErr)
			}
		default:
			if !errors.Is(err, unix.EIO) || statErr == nil {
				t.Errorf("%q fails: %v, and it is there: %v", fail, err, statErr == nil)
			}
		}
	}
	f, _ := place(t)
	for _, path := range []string{"/etc", "/etc/ssh/file", "/none/deeper"} {
		if err := f.Mkdir(path, 0o755, uid, gid); err == nil {
			t.Errorf("%s was made", path)
		}
	}
}

// Only what is ours is swept.
func TestSweep(t *testing.T) {
	f, root := place(t)
	dir := filepath.Join(root, "etc/ssh")
	ours := filepath.Base(f.TempName("/etc/ssh/ssh_host_rsa_key"))
	for _, name := range []string{ours, ours + ".pub", "x" + tempMark + "1", ".hidden", ".x.tmp"} {
		put(t, filepath.Join(dir, name), "x", 0o600)
	}
	gone, err := f.Sweep("/etc/ssh")
	if want := []string{"/etc/ssh/" + ours, "/etc/ssh/" + ours + ".pub"}; err != nil || !slices.Equal(gone, want) {
		t.Errorf("%q, %v", gone, err)
	}
	if got := list(t, dir); got != ".hidden .x.tmp file x"+tempMark+"1" {
		t.Error(got)
	}
	if _, err := f.Sweep("/none"); err == nil {
		t.Error("swept where nothing is")
	}
	if err := f.RemoveTemp("/etc/ssh/file"); err == nil || content(t, filepath.Join(dir, "file")) != "text" {
		t.Errorf("it removed a file that is not ours: %v", err)
	}
}

// Where the kernel cannot do without /proc, it is said what to type; what it
// refuses for another reason stays that.
func TestWithoutProc(t *testing.T) {
	for _, err := range []error{unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL, unix.ENOENT} {
		if got := withoutProc(err); !errors.Is(got, ErrNoProc) || !strings.Contains(got.Error(), "mount -t proc proc /proc") {
			t.Errorf("%v: %v", err, got)
		}
	}
	for _, err := range []error{nil, unix.EPERM, unix.EROFS} {
		if got := withoutProc(err); !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}
