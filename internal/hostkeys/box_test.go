package hostkeys

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// box is a tree with an /etc/ssh in it, owned by whoever runs the test.
type box struct {
	*host.Host
	root string
	want []Want
}

func newBox(t *testing.T, keys ...string) *box {
	t.Helper()
	b := openBox(memDir(t), keys...)
	if err := os.MkdirAll(b.at(sshDir), 0o755); err != nil {
		t.Fatal(err)
	}
	return b
}

// memDir is a directory in memory, where there is such a place: these tests sync
// to the disk thousands of times.
func memDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "hostkeys-") //nolint:usetesting // not on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func openBox(root string, keys ...string) *box {
	b := &box{root: root, Host: &host.Host{Files: host.NewFiles(root), Now: time.Now, UID: os.Getuid()}}
	for _, k := range keys {
		b.want = append(b.want, Want{Path: k})
	}
	return b
}

func (b *box) at(p string) string { return filepath.Join(b.root, p) }

func (b *box) put(t *testing.T, p string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.at(p)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.at(p), data, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(b.at(p), mode); err != nil {
		t.Fatal(err)
	}
}

func (b *box) get(t *testing.T, p string) []byte {
	t.Helper()
	data, err := os.ReadFile(b.at(p))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (b *box) look(ctx context.Context) Facts {
	return collect(ctx, b.Host, b.want, Loaded{}, "", owner{os.Getuid(), os.Getgid()})
}

// mend does what heal does with the findings of this package: one repair that
// needs no consent, then another look.
func (b *box) mend(ctx context.Context) error {
	first := b.look(ctx)
	for _, dir := range first.Places() {
		if _, err := b.Files.Sweep(dir); err != nil {
			return err
		}
	}
	maker := Prepare(Judge(first))
	defer maker.Close()
	ctx = maker.Attach(ctx)
	for range 20 {
		next := firstFree(Judge(b.look(ctx)))
		if next == nil {
			return nil
		}
		if err := b.apply(ctx, *next.Remedy); err != nil {
			return err
		}
	}
	return context.DeadlineExceeded
}

func firstFree(findings []diag.Finding) *diag.Finding {
	for _, f := range findings {
		if f.Remedy != nil && f.Remedy.Consent == diag.None {
			return &f
		}
	}
	return nil
}

// apply carries out the steps and takes them back when one fails.
func (b *box) apply(ctx context.Context, r diag.Remedy) error {
	var done []diag.Change
	for _, s := range r.Steps {
		c, err := s.(host.Step).Apply(ctx, b.Host)
		if err != nil {
			for i := range done {
				if undo := done[len(done)-1-i].Undo; undo != nil {
					if err := undo(ctx); err != nil {
						return err
					}
				}
			}
			return err
		}
		done = append(done, c)
	}
	return nil
}

// sshKeygen runs the real one. It is a dependency of these tests: without it
// they fail.
func sshKeygen(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ssh-keygen", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ssh-keygen %q: %v: %s (openssh-client must be installed)", args, err, stderr.Bytes())
	}
	return out
}

// newKey has ssh-keygen make a key and returns the text of both halves.
func newKey(t *testing.T, args ...string) (private, public []byte) {
	t.Helper()
	p := filepath.Join(t.TempDir(), "k")
	sshKeygen(t, append([]string{"-q", "-N", "", "-C", "root@box", "-f", p}, args...)...)
	private, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	public, err = os.ReadFile(p + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// codes lists findings as "code path".
func codes(findings []diag.Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Code+" "+filepath.Base(f.Subject))
	}
	return strings.Join(out, ", ")
}

func seed(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
