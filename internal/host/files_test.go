package host

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// place is a tree under a root of its own, with a file in it.
func place(t *testing.T) (*Files, string) {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc/ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(root, "etc/ssh/file"), "text", 0o640)
	return NewFiles(root), root
}

func put(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A FIFO, a device, a socket or a directory in the place of a file is said to be
// that. Nothing here may hang: without care a FIFO would for ever.
func TestReadOnlyFiles(t *testing.T) {
	f, root := place(t)
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"to-fifo": "fifo", "to-zero": "/dev/zero", "to-file": "etc/ssh/file", "loop": "loop", "dangling": "none"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]error{
		"/fifo": ErrNotRegular, "/to-fifo": ErrNotRegular, "/to-zero": fs.ErrNotExist, "/etc": ErrNotRegular,
		"/loop": unix.ELOOP, "/dangling": fs.ErrNotExist, "/none": fs.ErrNotExist, "/etc/ssh/file/x": unix.ENOTDIR,
		"/etc/ssh/file": nil, "/to-file": nil,
	} {
		data, err := f.Read(path, 100)
		if !errors.Is(err, want) || want == nil && (err != nil || string(data) != "text") {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
}

func TestADeviceIsNoFile(t *testing.T) {
	if data, err := NewFiles("/").Read("/dev/zero", 100); !errors.Is(err, ErrNotRegular) {
		t.Errorf("%q, %v", data, err)
	}
}

func TestASocketIsNoFile(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if data, err := NewFiles(dir).Read("/s", 100); err == nil || IsAbsent(err) {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAHugeFileIsRefused(t *testing.T) {
	f, root := place(t)
	for size, want := range map[int64]bool{99: true, 100: true, 101: false, 1 << 40: false} {
		path := filepath.Join(root, "sparse")
		put(t, path, "", 0o600)
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		data, err := f.Read("/sparse", 100)
		if want != (err == nil) || want && int64(len(data)) != size {
			t.Errorf("%d bytes: %d read, %v", size, len(data), err)
		}
		if !want && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	// Files of the kernel say that they are empty and are not.
	if data, err := NewFiles("/").Read("/proc/self/status", 1<<16); err != nil || !strings.HasPrefix(string(data), "Name:") {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := NewFiles("/").Read("/proc/self/status", 10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// What could not be looked at is never "not there".
func TestUnreadableIsNotAbsent(t *testing.T) {
	f, root := place(t)
	if err := os.Symlink("loop", filepath.Join(root, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("none", filepath.Join(root, "dangling")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/etc": "there", "/etc/ssh/file": "there", "/none": "absent", "/none/deeper": "absent",
		"/etc/ssh/file/x": "absent", "/dangling": "absent", "/loop": "unknown", "/loop/x": "unknown",
		"/" + strings.Repeat("x", 300): "unknown",
	} {
		there, err := f.Exists(path)
		got := map[bool]string{true: "there", false: "absent"}[there]
		if err != nil {
			got = "unknown"
		}
		if got != want {
			t.Errorf("%.20s: %s, %v; want %s", path, got, err, want)
		}
	}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{unix.ENOENT, true}, {unix.ENOTDIR, true}, {nil, false}, {unix.EACCES, false}, {unix.EPERM, false}, {unix.ELOOP, false},
		{unix.EIO, false}, {unix.ENAMETOOLONG, false}, {unix.ESTALE, false}, {ErrNotRegular, false}, {ErrTooLarge, false},
	} {
		if got := IsAbsent(&fs.PathError{Op: "open", Path: "/x", Err: c.err}); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	if IsAbsent(nil) {
		t.Error("what was found is absent")
	}
}

func TestWhatTheFileSystemSays(t *testing.T) {
	f, root := place(t)
	if err := os.Symlink("file", filepath.Join(root, "etc/ssh/link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(root, "etc/ssh/file"), filepath.Join(root, "etc/ssh/second")); err != nil {
		t.Fatal(err)
	}
	st, err := f.Stat("/etc/ssh/link")
	if err != nil || st.Perm() != 0o640 || st.Size != 4 || st.UID != os.Getuid() || st.GID != os.Getgid() || st.Nlink != 2 || st.MTime.IsZero() {
		t.Errorf("%+v, %v", st, err)
	}
	l, err := f.Lstat("/etc/ssh/link")
	if err != nil || l.Mode&fs.ModeSymlink == 0 || l.Ino == st.Ino || l.Dev != st.Dev {
		t.Errorf("%+v, %v", l, err)
	}
	if to, err := f.Readlink("/etc/ssh/link"); to != "file" || err != nil {
		t.Errorf("%q, %v", to, err)
	}
	names, err := f.Names("/etc/ssh")
	if err != nil || !slices.Equal(names, []string{"file", "link", "second"}) {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := f.Names("/none"); !IsAbsent(err) {
		t.Errorf("%v", err)
	}
}

func TestPathsUnderARoot(t *testing.T) {
	f, _ := place(t)
	if got := f.Glob("/etc/ssh/*"); !slices.Equal(got, []string{"/etc/ssh/file"}) {
		t.Errorf("%q", got)
	}
	if got := f.Glob("/etc/[/"); got != nil {
		t.Errorf("%q", got)
	}
	if f.live() || !NewFiles("/").live() || !NewFiles("//").live() {
		t.Error("which tree is that of the running system?")
	}
	// Nothing leads out of the tree by its name.
	if _, err := f.Read("/../../../../../../../../etc/passwd", 1<<20); err == nil {
		t.Error("it read a file of another tree")
	}
}

func TestSpace(t *testing.T) {
	f, _ := place(t)
	bytes, inodes, err := f.Space("/etc")
	if err != nil || bytes <= 0 || inodes == 0 {
		t.Errorf("%d bytes, %d inodes, %v", bytes, inodes, err)
	}
	if _, _, err := f.Space("/none"); err == nil {
		t.Error("space where nothing is")
	}
	if ro, err := f.ReadOnly("/etc"); ro || err != nil {
		t.Errorf("%v, %v", ro, err)
	}
	if ro, err := NewFiles("/").ReadOnly("/none/x"); ro || err == nil {
		t.Errorf("could not tell: %v, %v", ro, err)
	}
}
