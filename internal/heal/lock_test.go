package heal

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lockDirVariable makes the test binary take the lock in that directory, say so,
// and hold it until its standard input ends.
const lockDirVariable = "HEAL_TEST_LOCK_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(lockDirVariable); dir != "" {
		release, _, err := Lock(dir, "")
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		bufio.NewReader(os.Stdin).ReadString('\n')
		release()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// other is another process that wants the lock.
type other struct {
	cmd  *exec.Cmd
	says string
	stop func() error
}

func startOther(t *testing.T, dir string) other {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startAs(t, dir, exec.CommandContext(t.Context(), exe))
}

func startAs(t *testing.T, dir string, cmd *exec.Cmd) other {
	t.Helper()
	cmd.Env = []string{lockDirVariable + "=" + dir}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return other{cmd: cmd, says: strings.TrimSpace(line), stop: func() error { in.Close(); return cmd.Wait() }}
}

func TestTwoProcessesAndOneLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first := startOther(t, dir)
	if first.says != "locked" {
		t.Fatalf("the first says %q", first.says)
	}
	if _, _, err := Lock(dir, ""); !errors.Is(err, ErrLocked) {
		t.Errorf("the second: %v", err)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	release, _, err := Lock(dir, "")
	if err != nil {
		t.Fatalf("after it was released: %v", err)
	}
	second := startOther(t, dir)
	if second.says != ErrLocked.Error() {
		t.Errorf("another process while it is held here: %q", second.says)
	}
	if err := second.stop(); err == nil {
		t.Error("it did not notice")
	}
	release()
}

// The kernel releases it when the process is killed.
func TestALockDiesWithItsProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	first := startOther(t, dir)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := first.stop(); err == nil {
		t.Fatal("it was not killed")
	}
	release, _, err := Lock(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	release()
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if st, err := os.Stat(filepath.Join(dir, "lock")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
}

func TestWhereNoLockCanBe(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Mkdir(link, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(link, "lock")); err != nil {
		t.Fatal(err)
	}
	for what, place := range map[string]string{
		"a file":                   file,
		"no parent":                filepath.Join(dir, "a", "b"),
		"a symbolic link for lock": link,
	} {
		if release, _, err := Lock(place, ""); err == nil {
			release()
			t.Errorf("%s: locked", what)
		} else if errors.Is(err, ErrLocked) || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whoever marks the lock, looks, and then takes it, knows whether somebody else
// was at work in between.
func TestTheLockTellsWhetherAnybodyElseHadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	take := func(mark string) bool {
		t.Helper()
		release, alone, err := Lock(dir, mark)
		if err != nil {
			t.Fatal(err)
		}
		release()
		return alone
	}
	never := Mark(dir)
	if !take(never) {
		t.Error("nobody else: not alone on the first run")
	}
	if take(never) {
		t.Error("somebody had it since the mark: alone")
	}
	again := Mark(dir)
	if !take(again) {
		t.Error("nobody else since the second mark: not alone")
	}
	held := startOther(t, dir)
	during := Mark(dir)
	if err := held.stop(); err != nil {
		t.Fatal(err)
	}
	if take(during) {
		t.Error("it was held when the mark was made: alone")
	}
}

// Where /run is full the lock cannot be written to. It is a lock all the same, and
// whoever looked before it was taken has to look again.
func TestALockThatCannotBeWrittenTo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before := Mark(dir)
	full := startAs(t, dir, exec.CommandContext(t.Context(), "/bin/sh", "-c", "ulimit -f 0; exec "+exe))
	if full.says != "locked" {
		t.Fatalf("without room: %q", full.says)
	}
	if _, _, err := Lock(dir, before); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is held: %v", err)
	}
	if err := full.stop(); err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{before, Mark(dir)} {
		release, alone, err := Lock(dir, mark)
		if err != nil || alone {
			t.Errorf("after mark %q: alone %v, %v", mark, alone, err)
			continue
		}
		release()
	}
}
