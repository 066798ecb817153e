package hostkeys

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestProtect needs a process of its own: there is no way back.
func TestProtect(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOSTKEYS_TEST_PROTECT=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// protected is that process; it returns its exit code.
func protected() int {
	if err := Protect(); err != nil {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	var core unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_CORE, &core)
	dumpable, _, errno := unix.Syscall(unix.SYS_PRCTL, unix.PR_GET_DUMPABLE, 0, 0)
	if err != nil || errno != 0 || core.Cur > 1 || core.Max > 1 || dumpable != 0 {
		os.Stderr.WriteString("the memory can still be dumped")
		return 1
	}
	return 0
}
