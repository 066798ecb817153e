package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// outside is a tree with a canary beside it: every way out leads to the canary.
func outside(t *testing.T) (f *Files, root, canary string) {
	t.Helper()
	dir := t.TempDir()
	root, canary = filepath.Join(dir, "root"), filepath.Join(dir, "canary")
	for _, d := range []string{filepath.Join(root, "etc/ssh"), filepath.Join(root, "a/b"), filepath.Join(canary, "ssh")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(canary, "file"), "canary", 0o604)
	put(t, filepath.Join(canary, "ssh/file"), "canary", 0o604)
	return NewFiles(root), root, canary
}

// state is all that may not change.
func state(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		out.WriteString(strings.Join([]string{p, info.Mode().String(), info.ModTime().String()}, " "))
		if info.Mode().IsRegular() {
			out.WriteString(" " + content(t, p))
		}
		out.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Links at every level, absolute and with "..": whatever is done through them
// stays inside.
func TestNoLinkLeadsOut(t *testing.T) {
	up := strings.Repeat("../", 30)
	for name, plant := range map[string]func(root, canary string) map[string]string{
		"the file, absolute": func(_, c string) map[string]string { return map[string]string{"etc/ssh/file": c + "/file"} },
		"the file, dots":     func(_, c string) map[string]string { return map[string]string{"etc/ssh/file": up + c + "/file"} },
		"the directory":      func(_, c string) map[string]string { return map[string]string{"etc/ssh": c + "/ssh"} },
		"the first of all":   func(_, c string) map[string]string { return map[string]string{"etc": c} },
		"relative by one":    func(_, _ string) map[string]string { return map[string]string{"etc": "../canary"} },
		"a chain": func(_, c string) map[string]string {
			return map[string]string{"etc/ssh/file": "/a/b/next", "a/b/next": "../../more", "more": up + c + "/file"}
		},
		"a chain of directories": func(_, c string) map[string]string {
			return map[string]string{"etc": "a/b/x", "a/b/x": "/y", "y": c}
		},
		"the working directory of a process": func(_, _ string) map[string]string {
			return map[string]string{"etc": "/proc/self/cwd/../canary"}
		},
	} {
		bothWays(t, name, func(t *testing.T, below resolver) {
			f, root, canary := outside(t)
			f.below = below
			for link, to := range plant(root, canary) {
				p := filepath.Join(root, link)
				if err := os.RemoveAll(p); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(to, p); err != nil {
					t.Fatal(err)
				}
			}
			before := state(t, canary)
			for _, p := range []string{"/etc/ssh/file", "/etc/file", "/etc/../../../etc/ssh/file"} {
				everything(t, f, p)
			}
			if after := state(t, canary); after != before {
				t.Errorf("the canary was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

// everything does with a path all that can be done. What is seen is never the
// canary; that most of it fails is as it should be.
func everything(t *testing.T, f *Files, path string) {
	t.Helper()
	seen := func(what string, data []byte, err error) {
		if err == nil && strings.Contains(string(data), "canary") {
			t.Errorf("%s of %s: %q", what, path, data)
		}
	}
	data, err := f.Read(path, 1000)
	seen("Read", data, err)
	data, err = f.Tail(path, 1000)
	seen("Tail", data, err)
	names, err := f.Names(filepath.Dir(path))
	if err == nil && strings.Contains(strings.Join(names, " "), "file") && f.isEmpty(path) {
		t.Errorf("names of %s: %q", filepath.Dir(path), names)
	}
	n := mine("new", 0o644)
	_ = f.Create(path, n)
	_ = f.Create(path+"-new", n)
	_ = f.Replace(path, n)
	_ = f.Chmod(path, 0o777)
	_ = f.Chown(path, os.Getuid(), os.Getgid())
	_ = f.Mkdir(path+"-dir", 0o755, os.Getuid(), os.Getgid())
	_ = f.Symlink("x", path+"-link")
	_ = f.Unlink(path+"-link", "x")
	if aside, err := f.MoveAside(path, "bad", time.Unix(0, 0)); err == nil {
		_ = f.MoveBack(aside, path)
	}
	_, _ = f.Sweep(filepath.Dir(path))
	_ = f.RemoveTemp(f.TempName(path))
	for _, p := range f.Glob("/etc/*/f*") {
		data, err := f.Read(p, 1000)
		seen("Glob", data, err)
	}
}

// isEmpty tells whether nothing of that name was made by the test itself.
func (f *Files) isEmpty(path string) bool {
	_, err := f.Lstat(path)
	return err != nil
}

// While somebody exchanges a directory for a link and back, nothing that is done
// by its name reaches the other side.
func TestARaceLeadsNowhere(t *testing.T) {
	bothWays(t, "", aRaceLeadsNowhere)
}

func aRaceLeadsNowhere(t *testing.T, below resolver) {
	f, root, canary := outside(t)
	f.below = below
	before := state(t, canary)
	stop, stopped := make(chan struct{}), make(chan struct{})
	ssh, link := filepath.Join(root, "etc/ssh"), filepath.Join(root, "etc/other")
	if err := os.Symlink(filepath.Join(canary, "ssh"), link); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Renameat2(unix.AT_FDCWD, ssh, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE)
			}
		}
	}()
	read := 0
	for i := range 300 {
		if err := f.Create("/etc/ssh/made", mine("x", 0o644)); err == nil {
			read++
		}
		if i%2 == 0 {
			_, _ = f.MoveAside("/etc/ssh/made", "bad", time.Unix(int64(i), 0))
		}
		if data, err := f.Read("/etc/ssh/file", 100); err == nil && string(data) == "canary" {
			t.Fatal("the canary was read")
		}
	}
	close(stop)
	<-stopped
	if read == 0 {
		t.Error("nothing could be made at all")
	}
	if after := state(t, canary); after != before {
		t.Errorf("the canary was\n%s\nand is\n%s", before, after)
	}
}

// What a running system keeps in memory says nothing about a disk.
func TestADiskHasNoMemory(t *testing.T) {
	root := t.TempDir()
	for _, d := range []string{"proc/self", "run/sshd", "dev", "sys", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(root, "proc/self/mountinfo"), "planted", 0o644)
	h, err := Disk(t.Context(), root, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/proc/self/mountinfo", "/run/sshd", "/dev", "//proc/self", "/etc/../run/sshd"} {
		if _, err := h.Files.Stat(p); !IsAbsent(err) {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := h.Files.Stat("/etc"); err != nil {
		t.Error(err)
	}
	if _, err := h.Systemd.Properties(t.Context(), "ssh.service"); !errors.Is(err, ErrNotLive) {
		t.Errorf("systemd answers for a disk: %v", err)
	}
	if _, err := h.Listeners(t.Context(), true); !errors.Is(err, ErrNotLive) {
		t.Errorf("the kernel answers for a disk: %v", err)
	}
	if res := h.Run(t.Context(), Command{Path: "/bin/true"}); !errors.Is(res.Err, ErrNoExec) {
		t.Errorf("a program was run: %+v", res)
	}
}

func TestARootThatCannotBeOpened(t *testing.T) {
	if _, err := Disk(t.Context(), "/nonexistent", true); !IsAbsent(err) {
		t.Error(err)
	}
	if _, err := NewFiles("/nonexistent").Read("/etc/passwd", 100); !IsAbsent(err) {
		t.Error(err)
	}
}
