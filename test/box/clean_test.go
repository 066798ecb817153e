//go:build boxes

package box

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// traces lists what a box of that name has left on this machine.
func traces(name string) []string {
	found, _ := filepath.Glob(filepath.Join(Dir(), "run", name))
	found = append(found, groups(name)...)
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), name) {
		found = append(found, "a mount")
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if text, _ := os.ReadFile(path); strings.Contains(string(text), "--machine="+name) {
			found = append(found, path)
		}
	}
	return found
}

func wantNoTraces(t *testing.T, name string) {
	t.Helper()
	if found := traces(name); len(found) > 0 {
		t.Errorf("box %s left %v", name, found)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	b := start(t, Bookworm, Options{})
	run(t, b, "chattr +i /etc/ssh/ssh_host_rsa_key; mount --bind /etc/ssh /mnt; sleep 100 >/dev/null 2>&1 &")
	if len(traces(b.Name)) < 4 {
		t.Errorf("a running box has only %v", traces(b.Name))
	}
	began := time.Now()
	if err := b.Stop(); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	wantNoTraces(t, b.Name)
}

func TestKeep(t *testing.T) {
	b := start(t, Bullseye, Options{})
	run(t, b, "echo evidence >/etc/evidence")
	b.Keep()
	if err := b.Stop(); err != nil {
		t.Error(err)
	}
	defer os.RemoveAll(b.Kept())
	text, err := os.ReadFile(filepath.Join(b.Kept(), "etc/evidence"))
	if string(text) != "evidence\n" {
		t.Errorf("%q, %v", text, err)
	}
	wantNoTraces(t, b.Name)
}

func TestEndOfContextStopsTheBox(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b, err := Start(ctx, Bookworm, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b.Stop() // waits for the one that runs
	wantNoTraces(t, b.Name)

	if _, err := Start(ctx, Bookworm, Options{}); err == nil {
		t.Error("a box starts under a context that has ended")
	}
}

func TestBoxThatCannotBootShowsTheLog(t *testing.T) {
	b, err := Start(t.Context(), Bookworm, Options{Prepare: "rm -f /sbin/init /lib/systemd/systemd /usr/lib/systemd/systemd; rm -f /bin/sh /usr/bin/sh /bin/bash /usr/bin/bash"})
	if err == nil {
		b.Stop()
		t.Fatal("it boots")
	}
	if !strings.Contains(err.Error(), "execv") {
		t.Errorf("no word of nspawn in %v", err)
	}
	t.Log(err)
}

func TestBoxesSideBySide(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			b, err := Start(t.Context(), Bookworm, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer b.Stop()
			r, err := b.Run(t.Context(), "systemctl is-system-running; cat /sys/fs/cgroup/system.slice/ssh.service/cgroup.procs | wc -l; pgrep -x -c sshd; hostname")
			if want := "running\n1\n1\n" + b.Name + "\n"; err != nil || r.Stdout != want {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	wg.Wait()
}

// TestHoldABox is not a test: TestSweepAfterAKill runs it in a process that it
// kills.
func TestHoldABox(t *testing.T) {
	if os.Getenv("HOLD_A_BOX") == "" {
		t.Skip("run by TestSweepAfterAKill")
	}
	b, err := Start(t.Context(), Bookworm, Options{})
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("\nname " + b.Name + "\n")
	time.Sleep(time.Minute)
}

func TestSweepAfterAKill(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestHoldABox$")
	cmd.Env = append(os.Environ(), "HOLD_A_BOX=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	name := ""
	for lines := bufio.NewScanner(out); name == "" && lines.Scan(); {
		name = strings.TrimPrefix(lines.Text(), "name ")
		if name == lines.Text() {
			name = ""
		}
	}
	start(t, Bookworm, Options{}) // a sweep while the other lives
	if len(traces(name)) < 4 {
		t.Errorf("a sweep took from a living box: %v", traces(name))
	}
	cmd.Process.Kill()
	cmd.Wait()
	time.Sleep(300 * time.Millisecond)
	left := traces(name)
	t.Logf("left by the kill: %v", left)
	for _, trace := range left {
		if strings.HasPrefix(trace, "/proc/") {
			t.Errorf("the machine outlives its owner: %s", trace)
		}
	}
	start(t, Bookworm, Options{})
	wantNoTraces(t, name)
}
