package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const deny = "# banned\nALL: 203.0.113.7\nsshd: \\\n  ALL\nsmtpd: ALL\n"

const edited = "# banned\nALL: 203.0.113.7\n# set aside by sshd-doctor: sshd: \n# set aside by sshd-doctor:   ALL\nsmtpd: ALL\n"

func TestSetRuleAside(t *testing.T) {
	h := box(t, map[string]string{hostsDeny: deny})
	file := h.Files.Real(hostsDeny)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	s := SetRuleAside{File: hostsDeny, First: 3, Last: 4, Text: "sshd:   ALL"}
	change, err := s.Apply(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, file); got != edited {
		t.Errorf("the file is\n%s", got)
	}
	if got := read(t, h.Files.Real(change.Backup)); got != deny {
		t.Errorf("the copy is\n%s", got)
	}
	for _, f := range []string{file, h.Files.Real(change.Backup)} {
		if st, err := os.Stat(f); err != nil || st.Mode().Perm() != 0o640 {
			t.Errorf("mode of %s: %v, %v", f, st.Mode(), err)
		}
	}
	if err := change.Undo(t.Context()); err != nil || read(t, file) != deny {
		t.Errorf("taken back: %v\n%s", err, read(t, file))
	}
	// A second copy within the same second has a name of its own.
	again, err := s.Apply(t.Context(), h)
	if err != nil || again.Backup == change.Backup {
		t.Errorf("again: %v, %s", err, again.Backup)
	}
}

func TestSetRuleAsideThatChanged(t *testing.T) {
	for _, s := range []SetRuleAside{
		{File: hostsDeny, First: 3, Last: 4, Text: "sshd: LOCAL"},
		{File: hostsDeny, First: 5, Last: 5, Text: "smtpd: ALL"},
		{File: hostsDeny, First: 9, Last: 9, Text: "sshd:   ALL"},
		{File: hostsAllow, First: 3, Last: 4, Text: "sshd:   ALL"},
	} {
		h := box(t, map[string]string{hostsDeny: deny})
		change, err := s.Apply(t.Context(), h)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot edit ") {
			t.Errorf("%+v: %v", s, err)
		}
		if change.Undo != nil || read(t, h.Files.Real(hostsDeny)) != deny {
			t.Errorf("%+v: something was changed", s)
		}
	}
}

// A disk that fails at any moment leaves one whole file, the old one or the new,
// and a copy of the old one before the new one stands there.
func TestSetRuleAsideOnABadDisk(t *testing.T) {
	for n := range 20 {
		h := box(t, map[string]string{hostsDeny: deny})
		left := n
		h.Files.SetFault(func(string, string) error {
			if left--; left < 0 {
				return errors.New("no space left on device")
			}
			return nil
		})
		s := SetRuleAside{File: hostsDeny, First: 3, Last: 4, Text: "sshd:   ALL"}
		_, err := s.Apply(t.Context(), h)
		if err == nil {
			if n < 5 {
				t.Errorf("it was done in %d steps", n)
			}
			return
		}
		if got := read(t, h.Files.Real(hostsDeny)); got != deny {
			copies, _ := filepath.Glob(h.Files.Real(hostsDeny) + ".before-*")
			if got != edited || len(copies) != 1 || read(t, copies[0]) != deny {
				t.Errorf("fault %d: %v, copies %q\n%s", n, err, copies, got)
			}
		}
		all, _ := filepath.Glob(h.Files.Real("/etc/.*"))
		for _, f := range all {
			if strings.Contains(f, "tmp") {
				t.Errorf("fault %d left %s", n, f)
			}
		}
	}
	t.Error("it never got through")
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCommands(t *testing.T) {
	for _, tt := range []struct {
		step host.Step
		want string
	}{
		{Test{Binary: "/usr/sbin/sshd", Args: []string{"-f", "/x"}}, "/usr/sbin/sshd -t -f /x"},
		{Relabel{Paths: []string{"/etc/hosts.deny", "/etc/ssh"}}, "restorecon -R /etc/hosts.deny /etc/ssh"},
		{ResetFailed{Pattern: "sshd@*.service"}, "systemctl reset-failed 'sshd@*.service'"},
		{Disable{Unit: "gen.service"}, "systemctl disable gen.service"},
		{SetRuleAside{File: hostsDeny, First: 3, Last: 4}, "sed -i '3,4s/^/#/' /etc/hosts.deny"},
	} {
		if got := tt.step.Command(); got != tt.want {
			t.Errorf("%T: %s", tt.step, got)
		}
	}
}

func TestRunThatFails(t *testing.T) {
	run := func(script string) error {
		_, err := Test{Binary: "/bin/sh", Args: []string{"-c", script}}.Apply(context.Background(), here())
		return err
	}
	// "sh -t -c" reads and runs one command: what counts here is the status.
	if err := run("exit 3"); err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
		t.Errorf("a test that fails: %v", err)
	}
	if _, err := (Test{Binary: "/none"}).Apply(context.Background(), here()); err == nil {
		t.Error("a program that is not there is content")
	}
	if _, err := (Relabel{Paths: []string{"/etc/ssh"}}).Apply(context.Background(), box(t, nil)); err == nil {
		t.Error("labels are restored without restorecon")
	}
}
