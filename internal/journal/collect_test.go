package journal

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

func here() *host.Host {
	return &host.Host{Files: host.NewFiles("/"), Now: time.Now, UID: os.Geteuid()}
}

// On a healthy machine one process is compared with its file, and that is all.
func TestHealthyReadsNothing(t *testing.T) {
	n := Need{Unit: "ssh.service", UnitUp: true, MainPID: os.Getpid(), Proven: true, Since: now()}
	got := Collect(t.Context(), here(), n)
	if got.Program.Path == "" || got.Program.Err != "" || got.Program.Replaced {
		t.Errorf("program: %+v", got.Program)
	}
	got.Program = Program{}
	if want := (Facts{Need: n}); !reflect.DeepEqual(got, want) {
		t.Errorf("more was read than needed: %+v", got)
	}
}

// Of another machine's disk nothing that lives can be told.
func TestOtherRootReadsNothing(t *testing.T) {
	h := here()
	h.Files = host.NewFiles(t.TempDir())
	n := Need{Unit: "ssh.service", MainPID: os.Getpid(), KeysMissing: true}
	if got, want := Collect(t.Context(), h, n), (Facts{Need: n}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// sleeper runs a copy of sleep(1) and returns where it lies.
func sleeper(t *testing.T) (path string, pid int) {
	t.Helper()
	from, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "sleep")
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return path, cmd.Process.Pid
}

func TestProgram(t *testing.T) {
	replace := func(t *testing.T, path string, change func([]byte) []byte) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".new", change(data), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, path string)
		want   bool
	}{
		{"as it was", func(*testing.T, string) {}, false},
		{"installed again", func(t *testing.T, path string) {
			replace(t, path, func(b []byte) []byte { return b })
		}, false},
		{"longer", func(t *testing.T, path string) {
			replace(t, path, func(b []byte) []byte { return append(b, 0) })
		}, true},
		{"of the same length", func(t *testing.T, path string) {
			replace(t, path, func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
		}, true},
		{"gone", func(t *testing.T, path string) { os.Remove(path) }, false},
		{"moved", func(t *testing.T, path string) { os.Rename(path, path+".x") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, pid := sleeper(t)
			tt.change(t, path)
			p := program(here(), pid)
			if p.Replaced != tt.want || p.Err != "" || !strings.HasPrefix(p.Path, path) {
				t.Errorf("%+v", p)
			}
		})
	}
	if p := program(here(), 1<<30); p.Err == "" || p.Replaced {
		t.Errorf("of no process: %+v", p)
	}
}

func TestLimitsOfAProcess(t *testing.T) {
	l := limits(here(), os.Getpid())
	if l.Err != "" || l.OpenFiles <= 0 || l.Open < 3 {
		t.Errorf("%+v", l)
	}
	if l := limits(here(), 1<<30); l.Err == "" {
		t.Errorf("of no process: %+v", l)
	}
}

// box is a tree with a few files in it.
func box(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	return &host.Host{Files: hosttest.Tree(t, 0o644, files), Now: now, UID: os.Geteuid()}
}

func TestWrappersOfABox(t *testing.T) {
	linked := map[string]string{hostsDeny: "sshd: ALL\n", "/usr/sbin/sshd": "\x7fELF..libwrap.so.0\x00.."}
	if w := wrappers(box(t, linked), []string{"/usr/sbin/sshd", "/none"}); !w.Linked || len(w.Rules) != 1 || w.Err != "" {
		t.Errorf("linked: %+v", w)
	}
	if w := wrappers(box(t, map[string]string{hostsDeny: "sshd: ALL\n", "/usr/sbin/sshd": "\x7fELF"}), []string{"/usr/sbin/sshd"}); w.Linked {
		t.Errorf("not linked: %+v", w)
	}
	if w := wrappers(box(t, nil), []string{"/usr/sbin/sshd"}); len(w.Rules) != 0 || w.Err != "" {
		t.Errorf("no files: %+v", w)
	}
	if w := wrappers(box(t, map[string]string{hostsDeny + "/x": ""}), nil); w.Err == "" {
		t.Error("a directory in its place is no error")
	}
}

func TestSurroundings(t *testing.T) {
	h := box(t, map[string]string{
		"/etc/ld.so.preload": "/lib/here.so /lib/gone.so plain.so\n", "/lib/here.so": "x",
		"/sys/fs/selinux/enforce":     "1",
		"/run/cloud-init/status.json": `{"v1":{"stage":"init-network"}}`,
		"/usr/local/bin/prep.sh":      "#!/bin/sh\n# rm /etc/ssh/ssh_host_*\nrm -f /etc/ssh/ssh_host_rsa_key\n",
	})
	if p := preload(h); len(p.Names) != 3 || len(p.Missing) != 1 || p.Missing[0] != "/lib/gone.so" {
		t.Errorf("preload: %+v", p)
	}
	if !flag(h, "/sys/fs/selinux/enforce") || flag(h, "/proc/sys/crypto/fips_enabled") {
		t.Error("flags are wrong")
	}
	if c := cloudInit(h); !c.Running || c.Stage != "init-network" || c.KeysDone || c.Began.IsZero() {
		t.Errorf("cloud-init: %+v", c)
	}
	if c := cloudInit(box(t, map[string]string{"/run/cloud-init/status.json": "{}", "/run/cloud-init/result.json": "{}"})); c.Running {
		t.Errorf("cloud-init that is done: %+v", c)
	}
	if r, ok := remover(h, []string{"/usr/local/bin/prep.sh"}); !ok || r.Line != "rm -f /etc/ssh/ssh_host_rsa_key" || r.Source != "/usr/local/bin/prep.sh" {
		t.Errorf("remover: %+v", r)
	}
	if _, ok := remover(h, []string{"/usr/bin/ssh-keygen", "-A"}); ok {
		t.Error("a generator is taken for a remover")
	}
}

func TestInstalling(t *testing.T) {
	for path, want := range map[string]bool{"/var/lib/dpkg/lock": false, "/var/lib/pacman/db.lck": true, "/x": false} {
		var f Facts
		f.installing(box(t, map[string]string{path: ""}))
		if f.Installing != want || (f.Installer != "") != want {
			t.Errorf("%s: %v, %q", path, f.Installing, f.Installer)
		}
	}
}
