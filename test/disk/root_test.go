//go:build boxes

package disk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

// binary builds the program under test, once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "disk-binary-")
	if err != nil {
		return "", err
	}
	return casebook.Binary(context.Background(), dir)
})

func binaryOf(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// mounted is the root of a suite as a disk, with a layer of its own over it, and
// a canary beside it.
func mounted(t *testing.T, suite box.Suite) (root, canary string) {
	t.Helper()
	base, err := box.Base(t.Context(), suite, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	// Beside the base: an overlay needs a file system that carries it.
	dir, err := os.MkdirTemp(box.Dir(), "disk-") //nolint:usetesting // not below the temporary directory
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	root, canary = filepath.Join(dir, "root"), filepath.Join(dir, "canary")
	for _, d := range []string{root, canary, filepath.Join(dir, "up"), filepath.Join(dir, "wk")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data := "lowerdir=" + base + ",upperdir=" + filepath.Join(dir, "up") + ",workdir=" + filepath.Join(dir, "wk")
	if err := syscall.Mount("overlay", root, "overlay", 0, data); err != nil {
		t.Fatal(err)
	}
	// As systemd has it: what is mounted on a peer would appear here.
	if err := syscall.Mount("", root, "", syscall.MS_SHARED, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(root, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return root, canary
}

// host runs a script on this machine; R is the root of the disk, C the canary.
func host(t *testing.T, root, canary, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
	cmd.Env = append(os.Environ(), "R="+root, "C="+canary)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// answer is what of a report matters here.
type answer struct {
	Verdict  string
	Cause    string
	Root     string
	Changed  bool
	Findings []struct{ Code, Severity, Status, Subject, Summary string }
	HostKeys []struct {
		Path, SHA256 string
		Served       bool
	}
	Error string

	exit int
	text string
}

// doctor runs the program and reads its JSON.
func doctor(t *testing.T, args ...string) answer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binaryOf(t), append(args, "--json")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.ExtraFiles = open(t)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	a := answer{exit: cmd.ProcessState.ExitCode(), text: stdout.String()}
	if err := json.Unmarshal(stdout.Bytes(), &a); err != nil {
		t.Fatalf("%v printed %.500q and %.500q: %v", args, stdout.String(), stderr.String(), err)
	}
	return a
}

// open is a file that whoever calls the program happens to have open, at a high
// number: none of a disk's business.
func open(t *testing.T) []*os.File {
	t.Helper()
	const number = 200
	file, err := os.Open("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	files := make([]*os.File, number)
	return append(files, file)
}

func (a answer) codes() string {
	var out []string
	for _, f := range a.Findings {
		out = append(out, f.Code+"/"+f.Status)
	}
	return strings.Join(out, " ")
}
