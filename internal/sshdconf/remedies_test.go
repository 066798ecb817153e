package sshdconf

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const date = "2026-11-22"

func TestOnlyTheLineIsSetAside(t *testing.T) {
	const aside = "# set aside by sshd-doctor on 2026-11-22: "
	for _, c := range []struct {
		what, old        string
		line             int
		content, instead string
		want             string
	}{
		{"in the middle", "Port 22\nBad yes\nUseDNS no\n", 2, "Bad yes", "", "Port 22\n" + aside + "Bad yes\nUseDNS no\n"},
		{"the first", "Bad yes\nPort 22\n", 1, "Bad yes", "", aside + "Bad yes\nPort 22\n"},
		{"the last", "Port 22\nBad yes\n", 2, "Bad yes", "", "Port 22\n" + aside + "Bad yes\n"},
		{"the last, without an end", "Port 22\nBad yes", 2, "Bad yes", "", "Port 22\n" + aside + "Bad yes\n"},
		{"the only one", "Bad yes", 1, "Bad yes", "X no", aside + "Bad yes\nX no\n"},
		{"with one in its place", "A 1\nBad yes\nB 2", 2, "Bad yes", "X no", "A 1\n" + aside + "Bad yes\nX no\nB 2"},
		{"CRLF", "A 1\r\nBad yes\r\nB 2\r\n", 2, "Bad yes\r", "", "A 1\r\n" + aside + "Bad yes\nB 2\r\n"},
		{"blanks in front", "A 1\n\t Bad yes \nB 2\n", 2, "\t Bad yes ", "", "A 1\n" + aside + "\t Bad yes \nB 2\n"},
		{"twice the same line", "Bad yes\nBad yes\n", 2, "Bad yes", "", "Bad yes\n" + aside + "Bad yes\n"},
		{"empty lines around", "\n\nBad yes\n\n", 3, "Bad yes", "", "\n\n" + aside + "Bad yes\n\n"},
		{"bytes that are no text", "A \xff\n\xffBad\n\x00\n", 2, "\xffBad", "", "A \xff\n" + aside + "\xffBad\n\x00\n"},
	} {
		s := SetLineAside{File: "/etc/ssh/sshd_config", Line: c.line, Content: c.content, Instead: c.instead}
		got, err := s.edit([]byte(c.old), date)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.what, got, err, c.want)
		}
	}
}

func TestAChangedFileIsNotEdited(t *testing.T) {
	for _, c := range []struct {
		what, old string
		line      int
	}{
		{"somebody corrected it", "Port 22\nGood yes\n", 2}, {"it moved up", "Bad yes\nPort 22\n", 2},
		{"it moved down", "Port 22\n\nBad yes\n", 2}, {"the file is shorter", "Port 22\n", 3},
		{"the file is empty", "", 1}, {"no such line", "Bad yes\n", 0}, {"a blank more", "Port 22\nBad yes \n", 2},
	} {
		s := SetLineAside{File: "/etc/ssh/sshd_config", Line: c.line, Content: "Bad yes"}
		if got, err := s.edit([]byte(c.old), date); err == nil {
			t.Errorf("%s: became %q", c.what, got)
		} else if !strings.HasPrefix(err.Error(), "cannot edit /etc/ssh/sshd_config") {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// Whatever the file holds: the other lines stay as they are.
func FuzzEdit(f *testing.F) {
	f.Add("Port 22\nBad yes\r\nUseDNS no", 2, "PermitRootLogin no")
	f.Add("\n\n\n", 3, "")
	f.Add("x", 1, "")
	f.Fuzz(func(t *testing.T, old string, line int, instead string) {
		lines := strings.SplitAfter(old, "\n")
		if line < 1 || line > len(lines) || strings.Contains(instead, "\n") {
			return
		}
		content := strings.TrimSuffix(lines[line-1], "\n")
		got, err := SetLineAside{File: "/c", Line: line, Content: content, Instead: instead}.edit([]byte(old), date)
		if err != nil {
			t.Fatal(err)
		}
		before, after := strings.Join(lines[:line-1], ""), strings.Join(lines[line:], "")
		middle, ok := strings.CutPrefix(string(got), before)
		if !ok {
			t.Fatalf("%q became %q: what stands before line %d changed", old, got, line)
		}
		if middle, ok = strings.CutSuffix(middle, after); !ok {
			t.Fatalf("%q became %q: what stands behind line %d changed", old, got, line)
		}
		if !strings.HasPrefix(middle, "#") || strings.Contains(strings.TrimSuffix(middle, "\n"), "\n") != (instead != "") {
			t.Fatalf("line %d of %q became %q", line, old, middle)
		}
	})
}

func TestCommandsByHand(t *testing.T) {
	s := SetLineAside{File: "/etc/ssh/sshd_config", Line: 7}
	if got := s.Command(); got != "sed -i '7s/^/#/' /etc/ssh/sshd_config" {
		t.Error(got)
	}
	s.Instead = "PermitRootLogin no"
	if got := s.Command(); got != "sed -i '7c PermitRootLogin no' /etc/ssh/sshd_config" {
		t.Error(got)
	}
}

// A step that cannot ask sshd first changes nothing.
func TestNothingIsEditedThatSshdHasNotAccepted(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sshd_config")
	const old = "Port 22\nBad yes\n"
	if err := os.WriteFile(file, []byte(old), 0o640); err != nil {
		t.Fatal(err)
	}
	h := &host.Host{Files: host.NewFiles("/"), Now: time.Now}
	s := SetLineAside{File: file, Line: 2, Content: "Bad yes", Ask: Ask{Binary: filepath.Join(dir, "no-sshd")}}
	if change, err := s.Apply(context.Background(), h); err == nil || change.Undo != nil || change.Backup != "" {
		t.Errorf("%+v, %v", change, err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != old {
		t.Errorf("the file became %q, %v", got, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

// Two lines of one file within a second: each old file is kept.
func TestEachOldFileIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sshd_config")
	if err := os.WriteFile(file, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	h := &host.Host{Files: host.NewFiles("/"), Now: func() time.Time { return now }}
	kept := map[string]string{}
	for _, step := range []string{"1\n", "2\n", "3\n"} {
		change, err := SetLineAside{File: file}.putInPlace(h, []byte(step), []byte(step+"new\n"))
		if err != nil {
			t.Fatal(err)
		}
		kept[change.Backup] = step
	}
	if len(kept) != 3 {
		t.Fatalf("kept: %q", kept)
	}
	for path, want := range kept {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
	}
}

// putInPlace is what Apply does once sshd has accepted the file: with a disk that
// fails at each step in turn, the file is the old one or the new one, and where
// it is the new one the caller can take it back.
func TestAFailingDiskLeavesTheOldFileOrTheNewOne(t *testing.T) {
	const old, edited = "Port 22\nBad yes\n", "Port 22\n# Bad yes\n"
	for fail := range 20 {
		dir := t.TempDir()
		file := filepath.Join(dir, "sshd_config")
		if err := os.WriteFile(file, []byte(old), 0o640); err != nil {
			t.Fatal(err)
		}
		files := host.NewFiles("/")
		n := 0
		files.SetFault(func(string, string) error {
			n++
			if n == fail+1 {
				return unix.ENOSPC
			}
			return nil
		})
		h := &host.Host{Files: files, Now: time.Now}
		change, err := SetLineAside{File: file}.putInPlace(h, []byte(old), []byte(edited))
		files.SetFault(nil)
		got, readErr := os.ReadFile(file)
		if readErr != nil || string(got) != old && string(got) != edited {
			t.Fatalf("operation %d failed: %q, %v", fail, got, readErr)
		}
		st, _ := os.Stat(file)
		if st.Mode().Perm() != 0o640 {
			t.Errorf("operation %d failed: mode %v", fail, st.Mode())
		}
		if n <= fail {
			if err != nil {
				t.Errorf("nothing failed, and: %v", err)
			}
			return
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Errorf("operation %d failed: %v", fail, err)
		}
		if string(got) == edited {
			if change.Undo == nil || change.Backup == "" {
				t.Fatalf("operation %d failed, the file is new and cannot be taken back", fail)
			}
			if err := change.Undo(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(file); string(got) != old {
				t.Errorf("taken back it is %q", got)
			}
		}
	}
	t.Fatal("it never got through")
}

// A file that cannot be replaced, as when it is a mount point of its own: there is
// nothing to take back, and each try would leave another copy.
func TestAFileThatCannotBeReplacedLeavesNoCopy(t *testing.T) {
	const old = "Port 22\nBad yes\n"
	dir := t.TempDir()
	file := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(file, []byte(old), 0o640); err != nil {
		t.Fatal(err)
	}
	files := host.NewFiles("/")
	files.SetFault(func(op, path string) error {
		if op == "rename" && path == file {
			return unix.EBUSY
		}
		return nil
	})
	h := &host.Host{Files: files, Now: time.Now}
	change, err := SetLineAside{File: file}.putInPlace(h, []byte(old), []byte("Port 22\n"))
	if !errors.Is(err, unix.EBUSY) || change.Undo != nil || change.Backup != "" {
		t.Errorf("%+v, %v", change, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

// An edit makes a new file, so a hard link keeps the old text: its owner is told.
func TestAnotherNameOfTheFileIsToldOf(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a.conf"), filepath.Join(dir, "snapshot")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(file, link); err != nil {
		t.Fatal(err)
	}
	h := &host.Host{Files: host.NewFiles("/"), Now: time.Now}
	change, err := SetLineAside{File: file}.putInPlace(h, []byte("old"), []byte("new"))
	if err != nil || !strings.Contains(change.Note, "another name") {
		t.Errorf("%q, %v", change.Note, err)
	}
	if got, err := os.ReadFile(link); err != nil || string(got) != "old" {
		t.Errorf("%q, %v", got, err)
	}
}
