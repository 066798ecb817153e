package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resolver is openBelow or what takes its place.
type resolver func(dir int, path string, flags int) (int, error)

// bothWays runs a test by the kernel's way to resolve a path and by our own.
func bothWays(t *testing.T, name string, test func(t *testing.T, below resolver)) {
	t.Run(strings.TrimSpace(name+" by the kernel"), func(t *testing.T) { test(t, openBelow) })
	t.Run(strings.TrimSpace(name+" by names"), func(t *testing.T) { test(t, walkBelow) })
}

// arrive tells where a path leads: which file it is, or why not.
func arrive(t *testing.T, below resolver, dir int, path string, flags int) string {
	t.Helper()
	fd, err := below(dir, path, flags)
	if err != nil {
		var errno unix.Errno
		if !errors.As(err, &errno) {
			t.Fatal(err)
		}
		return unix.ErrnoName(errno)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	on, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || on&unix.FD_CLOEXEC == 0 {
		t.Errorf("%q: a program that is started would have it (%v)", path, err)
	}
	how, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	// How it was got there is of no account afterwards.
	return fmt.Sprintf("inode %d, flags %#x", st.Ino, how&^(unix.O_NOFOLLOW|unix.O_DIRECTORY))
}

// kinds are the ways in which paths are opened.
func kinds() []int {
	return []int{
		unix.O_PATH, unix.O_PATH | unix.O_NOFOLLOW, unix.O_PATH | unix.O_DIRECTORY,
		unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW, unix.O_RDONLY | unix.O_DIRECTORY,
		unix.O_RDONLY | unix.O_NONBLOCK, unix.O_RDONLY | unix.O_NOFOLLOW,
	}
}

// FuzzWalkBelow: where the kernel leads by openat2, our own way leads too, and
// where it says why not, so do we. The tree has a file, directories and two links
// to anywhere.
func FuzzWalkBelow(f *testing.F) {
	for _, seed := range [][3]string{
		{"d/e", "/file", "a"}, {"../../..", "b/file", "a/b"}, {"b", "a", "a"}, {"a", "a", "b"},
		{"/", ".", "a/b/d/../file"}, {"d/", "d/.", "a/e/.."}, {"", "nowhere", "b"}, {"file/", "file/..", "a"},
		{"//d//e//", "../d", "/b/e/"}, {"d", "d/e/../../file", "b"}, {"/a/b", "/../a", "a//"}, {"d", "e", "."},
		{"x", "y", ""}, {"/d/e", "a/..", "b/e"}, {"d/e/", "x", "a/"}, {"file", "x", "a/."}, {"file", "x", "d/../.."},
		{"file", "x", "file/"}, {strings.Repeat("d/../", 300), "x", "a/file"}, {"x", "y", strings.Repeat("n", 300)},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, a, b, path string) {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Join(root, "d/e"), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, "file"), "file", 0o644)
		put(t, filepath.Join(root, "d/file"), "another", 0o644)
		for name, to := range map[string]string{"a": a, "b": b} {
			if err := os.Symlink(to, filepath.Join(root, name)); err != nil && to != "" && !strings.ContainsRune(to, 0) && len(to) < unix.PathMax {
				t.Fatal(err)
			}
		}
		dir, err := openTree(root)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		if strings.ContainsRune(path, 0) || len(path) >= unix.PathMax {
			return
		}
		for _, flags := range kinds() {
			kernel := arrive(t, openBelow, int(dir.Fd()), path, flags)
			if own := arrive(t, walkBelow, int(dir.Fd()), path, flags); own != kernel {
				t.Errorf("%q with links to %q and %q, flags %#x: %s, and by the kernel %s", path, a, b, flags, own, kernel)
			}
		}
	})
}

// withoutOpenat2 does something where a filter refuses openat2, as a sandbox's
// does. The filter stays on its thread, which ends with it.
func withoutOpenat2(t *testing.T, errno unix.Errno, do func()) {
	t.Helper()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_OPENAT2, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	done := make(chan error)
	go func() {
		var err error
		defer func() { done <- err }() // also where the test gives up
		runtime.LockOSThread()
		program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		if err == nil {
			err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
		}
		if err == nil {
			do()
		}
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// All that is asked of a tree, and of the root that is put together for its
// programs, is found where openat2 is not to be had. A link is no directory of it.
func TestWithoutOpenat2(t *testing.T) {
	root := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(root, "run"), 0o755), os.Symlink("run", filepath.Join(root, "tmp"))); err != nil {
		t.Fatal(err)
	}
	dir, err := openTree(root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	directly := func(dir int, path string, _ int) (int, error) { return openDirectly(dir, path) }
	for _, errno := range []unix.Errno{unix.ENOSYS, unix.EPERM} {
		withoutOpenat2(t, errno, func() {
			for name, c := range map[string]struct {
				below      resolver
				path, want string
			}{
				"below": {openBelow, "/tmp/../../tmp", "inode"}, "directly": {directly, "run", "inode"},
				"a link": {directly, "tmp", "ENOTDIR"}, "nothing": {directly, "dev", "ENOENT"},
			} {
				if got := arrive(t, c.below, int(dir.Fd()), c.path, unix.O_PATH); !strings.HasPrefix(got, c.want) {
					t.Errorf("%s, with %v: %s", name, errno, got)
				}
			}
		})
	}
}

// A magic link of procfs is none of a tree's names, also where its words are.
func TestNoMagicLink(t *testing.T) {
	bothWays(t, "", func(t *testing.T, below resolver) {
		dir, err := openTree("/")
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		for path, want := range map[string]string{
			"/proc/self/root/etc": "ELOOP", "/proc/self/cwd": "ELOOP", "/proc/self/exe": "ELOOP", "/proc/thread-self/root": "ELOOP",
			"/proc/self/status": "inode", "/proc/mounts": "inode", "/proc/net/tcp": "inode",
		} {
			if got := arrive(t, below, int(dir.Fd()), path, unix.O_PATH); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
		}
	})
}

// A path of a thousand directories takes no thousand descriptors.
func TestAWalkHasAnEnd(t *testing.T) {
	dir, err := openTree(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	at, err := unix.Dup(int(dir.Fd()))
	for range mostDirs + 1 {
		if err == nil {
			err = unix.Mkdirat(at, "d", 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		above := at
		at, err = unix.Openat(above, "d", unix.O_PATH|unix.O_CLOEXEC, 0)
		unix.Close(above)
	}
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(at)
	deep := strings.TrimSuffix(strings.Repeat("d/", mostDirs+1), "/")
	if got := arrive(t, walkBelow, int(dir.Fd()), deep, unix.O_PATH); got != "ENAMETOOLONG" {
		t.Error(got)
	}
	if got := arrive(t, walkBelow, int(dir.Fd()), deep[2:], unix.O_PATH); !strings.HasPrefix(got, "inode") {
		t.Error(got)
	}
	before := descriptors(t)
	for range 3 {
		_ = arrive(t, walkBelow, int(dir.Fd()), deep, unix.O_PATH)
		_ = arrive(t, walkBelow, int(dir.Fd()), "d/d/../x/y", unix.O_PATH)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors were open, and %d are", before, after)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
