package listen

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func moveFor(t *testing.T, expect []Expect, s Sshd) MoveSocket {
	t.Helper()
	found := Judge(box(), expect, s)
	if len(found) == 0 || found[0].Remedy == nil {
		t.Fatalf("found %+v", found)
	}
	step, ok := found[0].Remedy.Steps[0].(MoveSocket)
	if !ok {
		t.Fatalf("step %#v", found[0].Remedy.Steps[0])
	}
	return step
}

func TestDropIn(t *testing.T) {
	for name, tt := range map[string]struct {
		expect []Expect
		want   string
	}{
		"both families": {port(2222), "ListenStream=\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\nBindIPv6Only=ipv6-only\n"},
		"IPv4":          {want("0.0.0.0:2222"), "ListenStream=\nListenStream=0.0.0.0:2222\n"},
		"loopback":      {want("127.0.0.1:2222"), "ListenStream=\nListenStream=127.0.0.1:2222\n"},
		"an address that may come up late": {want("192.0.2.7:2222"),
			"ListenStream=\nListenStream=192.0.2.7:2222\nFreeBind=yes\n"},
		"not what was typed, not what the socket unit has": {
			append(want("0.0.0.0:2222"), want("0.0.0.0:22="+FromPort, "[::]:24=ssh.socket")...),
			"ListenStream=\nListenStream=0.0.0.0:2222\n",
		},
	} {
		_, got, _ := strings.Cut(moveFor(t, tt.expect, idle).Text, "[Socket]\n")
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// What is shown must do the same when a person types it.
func TestMoveSocketCommand(t *testing.T) {
	step := moveFor(t, port(2222), with(idle, func(s *Sshd) { s.ServiceActive = true }))
	dir := t.TempDir()
	command := strings.ReplaceAll(step.Command(), "/etc/systemd/system", dir)
	out, err := exec.Command("/bin/sh", "-c", `systemctl() { echo "$@"; }; `+command).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if want := "daemon-reload\nstop ssh.service\nrestart ssh.socket\n"; string(out) != want {
		t.Errorf("it calls systemctl with %q, want %q", out, want)
	}
	data, err := os.ReadFile(filepath.Join(dir, "ssh.socket.d", dropInName))
	if err != nil || string(data) != step.Text {
		t.Errorf("it writes %q %v, want %q", data, err, step.Text)
	}
}

func boxIn(t *testing.T) (*host.Host, string) {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	return &host.Host{Files: host.NewFiles(root), Now: now}, filepath.Join(root, "etc/systemd/system/ssh.socket.d")
}

func TestMoveSocketWrites(t *testing.T) {
	h, dir := boxIn(t)
	step := moveFor(t, port(2222), idle)
	old, err := step.write(h)
	if err != nil || old != "" {
		t.Fatalf("%q %v", old, err)
	}
	st, err := os.Stat(filepath.Join(dir, dropInName))
	if err != nil || st.Mode().Perm() != 0o644 || st.Size() != int64(len(step.Text)) {
		t.Errorf("%v %v", st, err)
	}
	// Once more: what was there is kept.
	step.Text += "# changed\n"
	old, err = step.write(h)
	if err != nil || old != step.Path+".before-20261122T090000Z" {
		t.Fatalf("%q %v", old, err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("in the directory: %v", names)
	}
}

func TestMoveSocketPutsBackWhatWasThere(t *testing.T) {
	h, dir := boxIn(t)
	step := moveFor(t, port(2222), idle)
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, dropInName), []byte("mine"), 0o644)); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	h.Files.SetFault(func(op, _ string) error {
		if op == "write" {
			return full
		}
		return nil
	})
	if _, err := step.write(h); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, dropInName))
	if err != nil || string(data) != "mine" {
		t.Errorf("%q %v", data, err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("in the directory: %v", names)
	}
}

// Should it ever take the wrong process for the right one, this test would end
// with SIGTERM.
func TestEndProcessSparesOthers(t *testing.T) {
	h := here()
	p, err := h.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	at := open(t, false, "127.0.0.1:0")
	held := Collect(context.Background(), h, []int{int(at.Port())}, []int{os.Getpid()}).Sockets[0].Inode
	for name, step := range map[string]EndProcess{
		"another socket":  {PID: p.PID, Name: p.Name, Program: p.Exe, Inode: 1 << 60},
		"another program": {PID: p.PID, Name: p.Name, Program: "/usr/sbin/sshd", Inode: held},
		"another name":    {PID: p.PID, Name: "sshd", Program: p.Exe, Inode: held},
		"process 1":       {PID: 1, Name: "systemd"},
	} {
		if _, err := step.Apply(context.Background(), h); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCommands(t *testing.T) {
	for want, step := range map[string]host.Step{
		"systemctl stop x.service": StopUnit{Unit: "x.service"},
		"kill 5":                   EndProcess{PID: 5},
		"systemctl reset-failed x.service; systemctl restart x.service":                 RestartUnit{Unit: "x.service"},
		"systemctl daemon-reload; systemctl restart x.socket":                           RestartSocket{Socket: "x.socket"},
		"systemctl daemon-reload; systemctl stop x.service; systemctl restart x.socket": RestartSocket{Socket: "x.socket", Service: "x.service"},
	} {
		if got := step.Command(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
