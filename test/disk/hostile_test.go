//go:build boxes

package disk

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// mark is in every file of the canary, and must be in no report.
const mark = "CanaryOption"

// canaryState is all that may not change of a canary.
func canaryState(t *testing.T, root, canary string) string {
	t.Helper()
	return host(t, root, canary, `grep "$(dirname $C)" /proc/self/mountinfo | cut -d' ' -f 5- | sort; cd $C; find . -printf '%p %y %i %#m %U %G %s %n %T@ %C@\n' | sort; find . -type f | sort | xargs sha256sum`)
}

// furnishCanary puts into it what a disk could be after.
func furnishCanary(t *testing.T, root, canary string) {
	t.Helper()
	host(t, root, canary, `
		mkdir $C/ssh $C/system
		for f in file options ssh/sshd_config ssh/key ssh/key.pub ssh/ssh_host_rsa_key passwd; do echo '`+mark+` yes' >$C/$f; done
		chmod 604 $C/file $C/ssh/key
		chown 4321:1234 $C/file $C/ssh/key
		ln -s file $C/link
		printf '#!/bin/sh\ntouch %s/ran\n' $C >$C/program
		chmod 4755 $C/program`)
}

// Each hostile disk, with everything allowed and with nothing run: the canary
// stays as it is, the report is one whole JSON object and quotes nothing of it,
// and the end comes.
func TestHostileDisks(t *testing.T) {
	for _, c := range sheets(t, "testdata/hostile.txt") {
		t.Run(c.name, func(t *testing.T) {
			root, canary := mounted(t, box.Bookworm)
			furnishCanary(t, root, canary)
			host(t, root, canary, c.need(t, "plant"))
			if undo := c.fields["unplant"]; undo != "" {
				defer host(t, root, canary, undo)
			}
			prey := spread(t, root, canary)
			before := canaryState(t, root, canary)
			for _, args := range [][]string{{"check"}, {"check", "--no-exec"}, {"heal", "--yes", "--no-exec"}, {"heal", "--yes"}, {"check"}} {
				a := doctor(t, append(args, "--root", root)...)
				if strings.Contains(a.text, mark) || strings.ContainsFunc(a.text, func(r rune) bool { return r < ' ' && r != '\n' || r > '~' }) {
					t.Errorf("%v: the report shows what it must not: %s", args, a.text)
				}
				if after := canaryState(t, root, canary); after != before {
					t.Fatalf("%v: the canary was\n%s\nand is\n%s", args, before, after)
				}
				t.Logf("%v: %s, exit %d: %s", args, a.Verdict, a.exit, a.codes())
				expect(t, c, args, a)
				if ran := strings.Contains(a.text, "trap:"); c.fields["trap"] != "" && ran == slices.Contains(args, "--no-exec") {
					t.Errorf("%v: the trap ran: %v", args, ran)
				}
				if i := strings.Index(a.text, "achieved: "); i >= 0 && !strings.HasPrefix(a.text[i:], "achieved: nothing") {
					t.Errorf("%v: the trap %s", args, a.text[i:min(len(a.text), i+400)])
				}
			}
			prey.unhurt(t)
		})
	}
}

func expect(t *testing.T, c sheet, args []string, a answer) {
	t.Helper()
	if want, ok := c.fields["exit"]; ok {
		if fmt.Sprint(a.exit) != want {
			t.Errorf("%v: exit %d, want %s: %s", args, a.exit, want, a.text)
		}
		return
	}
	if a.exit != map[string]int{"healthy": 0, "degraded": 1, "broken": 1, "unknown": 2}[a.Verdict] {
		t.Errorf("%v: exit %d for %s", args, a.exit, a.Verdict)
	}
	if args[0] == "heal" && len(args) == 2 && !slices.Contains(strings.Fields(c.need(t, "verdict")), a.Verdict) {
		t.Errorf("heal: %s, want %s\n%s", a.Verdict, c.need(t, "verdict"), a.text)
	}
}

// prey is what a trap may be after on this machine.
type prey struct {
	calls    atomic.Int32
	process  *exec.Cmd
	hostname string
}

// spread offers a port, an abstract socket and a process, and tells the disk.
func spread(t *testing.T, root, canary string) *prey {
	t.Helper()
	p := &prey{}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name := "trap-" + filepath.Base(filepath.Dir(root))
	abstract, err := net.Listen("unix", "@"+name)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []net.Listener{tcp, abstract} {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				p.calls.Add(1)
				conn.Close()
			}
		}()
	}
	p.process = exec.CommandContext(t.Context(), "sleep", "600")
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.process.Process.Kill(); p.process.Wait() })
	if p.hostname, err = os.Hostname(); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%s %d %s %d\n", canary, tcp.Addr().(*net.TCPAddr).Port, name, p.process.Process.Pid)
	if err := os.WriteFile(filepath.Join(root, "trap"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *prey) unhurt(t *testing.T) {
	t.Helper()
	if n := p.calls.Load(); n != 0 {
		t.Errorf("%d connections reached this machine", n)
	}
	if err := p.process.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process is gone: %v", err)
	}
	if now, err := os.Hostname(); err != nil || now != p.hostname {
		t.Errorf("the host name is %q, %v", now, err)
	}
	if st, err := os.Stat("/dev/null"); err != nil || st.Mode().Perm() != 0o666 {
		t.Errorf("/dev/null: %v, %v", st.Mode(), err)
	}
}

// Nothing of the disk runs on when the program is killed and can end nothing.
func TestNothingOutlivesTheDoctor(t *testing.T) {
	root, canary := mounted(t, box.Bookworm)
	host(t, root, canary, `touch $R/outlive; mv $R/usr/sbin/sshd $R/usr/sbin/sshd.real; cp testdata/trap.py $R/usr/sbin/sshd; chmod 755 $R/usr/sbin/sshd`)
	cmd := exec.CommandContext(t.Context(), binaryOf(t), "check", "--root", root)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	const pause = 10 * time.Millisecond
	var trapped string
	for trapped == "" {
		select {
		case err := <-done:
			t.Fatalf("it ended without running the trap: %v", err)
		case <-time.After(pause):
			trapped = processWith(t, "/usr/sbin/sshd\x00-i", root)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-done
	const tries = 200
	for range tries {
		if processWith(t, "/usr/sbin/sshd\x00-i", root) == "" {
			return
		}
		time.Sleep(pause)
	}
	t.Errorf("process %s runs on", trapped)
}

// processWith finds a process by words of its command line that has the disk in
// its mount table.
func processWith(t *testing.T, words, root string) string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	for _, p := range all {
		line, _ := os.ReadFile(p)
		table, _ := os.ReadFile(filepath.Join(filepath.Dir(p), "mountinfo"))
		if strings.Contains(string(line), words) && strings.Contains(string(table), filepath.Base(filepath.Dir(root))) {
			return p
		}
	}
	return ""
}

// A trap that achieves nothing anywhere would prove nothing: in a plain chroot it
// does harm.
func TestTheTrapBites(t *testing.T) {
	root, canary := mounted(t, box.Bookworm)
	furnishCanary(t, root, canary)
	host(t, root, canary, `cp testdata/trap.py $R/trap.py`)
	p := spread(t, root, canary)
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--uts", "--kill-child", "--fork", "chroot", root, "/usr/bin/python3", "/trap.py")
	out, _ := cmd.CombinedOutput()
	for _, want := range []string{"TCP", "abstract socket", "disk written", "left its root", "signal", "host name", "memory", "mounted", "descriptor", "crash"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the trap does not achieve %q: %s", want, out)
		}
	}
	if p.calls.Load() == 0 {
		t.Error("no call came")
	}
}
