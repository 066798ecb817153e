package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// procTree makes a root with processes and the sockets that they hold.
func procTree(t *testing.T, holds map[int][]uint64) *Host {
	t.Helper()
	root := t.TempDir()
	for pid, inodes := range holds {
		dir := filepath.Join(root, "proc", fmt.Sprint(pid))
		must(t, os.MkdirAll(filepath.Join(dir, "fd"), 0o755))
		must(t, os.Symlink("/dev/null", filepath.Join(dir, "fd", "0")))
		for i, inode := range inodes {
			must(t, os.Symlink(fmt.Sprintf("socket:[%d]", inode), filepath.Join(dir, "fd", fmt.Sprint(i+3))))
		}
	}
	must(t, os.MkdirAll(filepath.Join(root, "proc", "sys"), 0o755))
	return &Host{Files: NewFiles(root)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHoldersOf(t *testing.T) {
	box := map[int][]uint64{1: {50, 60}, 7: {}, 812: {50, 51, 99}, 900: {70}, 901: {70}}
	tests := []struct {
		name   string
		inodes []uint64
		likely []int
		want   string
		dirs   int
		all    bool
	}{
		{"sshd has all of them", []uint64{50, 51}, []int{812, 1}, "map[50:[812] 51:[812]]", 1, false},
		{"process 1 has the other one", []uint64{51, 60}, []int{812, 1}, "map[51:[812] 60:[1]]", 2, false},
		{"an idle socket unit", []uint64{60}, []int{0, 1}, "map[60:[1]]", 1, false},
		{"strangers, each of them", []uint64{50, 70}, []int{812, 1}, "map[50:[1 812] 70:[900 901]]", 5, true},
		{"nobody", []uint64{4711}, []int{812, 1}, "map[]", 5, true},
		{"nothing is wanted", nil, []int{812, 1}, "map[]", 1, false},
		{"nothing is likely", nil, nil, "map[]", 0, false},
		{"the same twice", []uint64{60}, []int{812, 812, 1, 1}, "map[60:[1]]", 2, false},
		{"a process that has ended", []uint64{60}, []int{4000, 1}, "map[60:[1]]", 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := procTree(t, box).HoldersOf(context.Background(), tt.inodes, tt.likely)
			if s := fmt.Sprint(got.PIDs); s != tt.want || got.Dirs != tt.dirs || got.All != tt.all || got.Err != nil {
				t.Errorf("got %s, %d looked into, all %v, %v; want %s, %d, %v", s, got.Dirs, got.All, got.Err, tt.want, tt.dirs, tt.all)
			}
		})
	}
}

func TestHoldersOfShowsWhereTheFirstListens(t *testing.T) {
	got := procTree(t, map[int][]uint64{1: {60}, 812: {50, 51}}).HoldersOf(context.Background(), nil, []int{812, 1})
	if !got.Open[50] || !got.Open[51] || len(got.Open) != 2 {
		t.Errorf("got %v", got.Open)
	}
}

func TestHoldersOfEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got := procTree(t, map[int][]uint64{5: {1}}).HoldersOf(ctx, []uint64{9}, nil)
	if !errors.Is(got.Err, context.Canceled) || got.All {
		t.Errorf("got %+v", got)
	}
}

func TestHoldersOfWithoutProc(t *testing.T) {
	got := (&Host{Files: NewFiles(t.TempDir())}).HoldersOf(context.Background(), []uint64{9}, nil)
	if got.Err == nil || got.All {
		t.Errorf("no /proc is no error: %+v", got)
	}
	// The directory is there in every image; what is to be mounted on it is not.
	bare := t.TempDir()
	must(t, os.Mkdir(filepath.Join(bare, "proc"), 0o555))
	got = (&Host{Files: NewFiles(bare)}).HoldersOf(context.Background(), []uint64{9}, []int{1})
	if !errors.Is(got.Err, ErrNoProc) || got.All {
		t.Errorf("an empty /proc: %+v", got)
	}
}

// A process that may not be looked into is not one that holds nothing.
func TestHoldersOfCountsTheDenied(t *testing.T) {
	h := procTree(t, map[int][]uint64{5: {1}, 6: {2}})
	// A file in the place of the directory: ENOTDIR, as root could open any
	// directory.
	fd := filepath.Join(h.Files.root, "proc/6/fd")
	must(t, os.RemoveAll(fd))
	must(t, os.WriteFile(fd, nil, 0o600))
	got := h.HoldersOf(context.Background(), []uint64{2}, nil)
	if got.Denied != 1 || !got.All {
		t.Errorf("got %+v", got)
	}
}

func TestProcessOfThisTest(t *testing.T) {
	h := &Host{Files: NewFiles("/")}
	p, err := h.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	must(t, err)
	if p.PID != os.Getpid() || p.PPID != os.Getppid() || p.UID != os.Geteuid() || p.Exe != exe || p.ExeDeleted {
		t.Errorf("got %+v", p)
	}
	if !strings.HasPrefix(filepath.Base(exe), p.Name) {
		t.Errorf("name %q of %s", p.Name, exe)
	}
}

const sshdStatus = "Name:\tsshd\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t66\nNgid:\t0\nPid:\t66\nPPid:\t1\n" +
	"TracerPid:\t0\nUid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t128\nGroups:\t \nThreads:\t1\n"

func TestParseStatus(t *testing.T) {
	p, err := parseStatus([]byte(sshdStatus))
	if err != nil || p.Name != "sshd" || p.PPID != 1 || p.UID != 0 {
		t.Errorf("got %+v %v", p, err)
	}
	// Whoever runs a process chooses its name.
	p, err = parseStatus([]byte(strings.Replace(sshdStatus, "sshd", "\x1b[2Jx", 1)))
	if err != nil || p.Name != "?[2Jx" {
		t.Errorf("got %q %v", p.Name, err)
	}
	for _, bad := range []string{"", "Name:\tx\n", strings.Replace(sshdStatus, "PPid:\t1", "PPid:\tx", 1)} {
		if p, err := parseStatus([]byte(bad)); err == nil {
			t.Errorf("%q is taken as %+v", bad, p)
		}
	}
}

func TestProgram(t *testing.T) {
	for _, tt := range []struct{ name, exe, want string }{
		{"sshd", "/usr/sbin/sshd", "sshd"},
		{"gitea", "/usr/local/bin/gitea-1.22", "gitea"},
		{"systemd-socket-", "", "systemd-socket-"},
		{"systemd-socket-", "/usr/bin/systemd-socket-activate", "systemd-socket-activate"},
		{"nc", "/usr/bin/busybox", "nc"},
		{"", "", ""},
	} {
		if got := (Process{Name: tt.name, Exe: tt.exe}).Program(); got != tt.want {
			t.Errorf("%q of %q is %q, want %q", tt.name, tt.exe, got, tt.want)
		}
	}
}

func TestSocketInode(t *testing.T) {
	if n, ok := socketInode("socket:[3737236]"); n != 3737236 || !ok {
		t.Errorf("got %d %v", n, ok)
	}
	for _, other := range []string{"pipe:[12]", "/dev/null", "socket:[12", "socket:[x]", "socket:[]", "socket:[-1]"} {
		if n, ok := socketInode(other); ok {
			t.Errorf("%q is taken as %d", other, n)
		}
	}
}

func FuzzProcessFiles(f *testing.F) {
	f.Add(sshdStatus, "0::/system.slice/ssh.service\n")
	f.Add("Name:\tx\nPPid:\t2\nUid:\t0\t0\t0\t0\n", "9:name=systemd:/\n0::/\n")
	f.Fuzz(func(t *testing.T, status, cgroup string) {
		p, err := parseStatus([]byte(status))
		group, unit := parseCgroup(cgroup)
		for _, s := range []string{p.Name, group, unit} {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q would reach a terminal", s)
			}
		}
		if err == nil && p.Name == "" {
			t.Fatal("no name and no error")
		}
	})
}

// TestEndProcess ends another run of this test binary, which waits on its
// standard input.
func TestEndProcess(t *testing.T) {
	if os.Getenv("HOST_TEST_WAIT") != "" {
		fmt.Fprintln(os.Stdout, "ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	h := &Host{Files: NewFiles("/")}
	cmd := exec.Command(os.Args[0], "-test.run=^TestEndProcess$")
	cmd.Env = append(os.Environ(), "HOST_TEST_WAIT=1")
	in, err := cmd.StdinPipe()
	must(t, err)
	defer in.Close()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	other := errors.New("another one")
	if err := h.EndProcess(context.Background(), cmd.Process.Pid, func() error { return other }); !errors.Is(err, other) {
		t.Errorf("error %v, want the refusal", err)
	}
	must(t, h.EndProcess(context.Background(), cmd.Process.Pid, func() error { return nil }))
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("it ended with %v, want SIGTERM", err)
	}
	if err := h.EndProcess(context.Background(), cmd.Process.Pid, func() error { return nil }); err == nil {
		t.Error("a process that is gone could be ended")
	}
	for _, pid := range []int{0, 1, -1} {
		called := false
		if err := h.EndProcess(context.Background(), pid, func() error { called = true; return nil }); err == nil || called {
			t.Errorf("process %d could be ended", pid)
		}
	}
}

func TestInsert(t *testing.T) {
	var list []int
	for _, n := range []int{5, 1, 9, 3} {
		list = insert(list, n)
	}
	if !slices.Equal(list, []int{1, 3, 5, 9}) {
		t.Error(list)
	}
}
