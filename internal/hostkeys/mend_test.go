package hostkeys

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

const hostPath = "/etc/ssh/keys/ecdsa_p384"

// ward is a tree with a fault of each kind that is repaired without a question,
// and one good key.
type ward struct {
	*box
	// good must never change; torn must be kept under some name.
	good, torn, crlf []byte
}

// pair is both halves of a key, as text.
type pair struct{ private, public []byte }

func newPairs(t *testing.T) (pairs [3]pair) {
	t.Helper()
	for i, kind := range []string{"ecdsa", "ed25519", "ed25519"} {
		pairs[i].private, pairs[i].public = newKey(t, "-t", kind)
	}
	return pairs
}

func newWard(t *testing.T, keys [3]pair) ward {
	t.Helper()
	w := ward{
		box:  newBox(t, edPath, ecPath, "/etc/ssh/host_ecdsa", "/etc/ssh/host_ed25519", hostPath),
		good: keys[0].private, torn: keys[1].private[:250],
		crlf: bytes.ReplaceAll(keys[2].private, []byte("\n"), []byte("\r\n")),
	}
	w.put(t, "/etc/ssh/host_ecdsa", w.good, 0o644) // its mode is too open
	w.put(t, "/etc/ssh/host_ecdsa.pub", keys[0].public, 0o644)
	w.put(t, edPath, w.torn, 0o640)
	w.put(t, edPath+".pub", keys[1].public, 0o644)
	w.put(t, edPath+"-cert.pub", []byte("a certificate\n"), 0o644)
	w.put(t, ecPath, nil, 0o600)
	w.put(t, "/etc/ssh/host_ed25519", w.crlf, 0o600)
	w.put(t, "/etc/ssh/host_ed25519.pub", keys[0].public, 0o644) // of another key
	if err := os.Chmod(w.at(sshDir), 0o775); err != nil {
		t.Fatal(err)
	}
	return w
}

// keep asserts what must hold at any moment, a crash included.
func (w ward) keep(t *testing.T) {
	t.Helper()
	if !bytes.Equal(w.get(t, "/etc/ssh/host_ecdsa"), w.good) {
		t.Error("the good key was changed")
	}
	var torn, same bool
	want := parsePrivate(w.crlf).public
	err := filepath.WalkDir(w.at(sshDir), func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		torn = torn || bytes.Equal(data, w.torn)
		rel := strings.TrimPrefix(p, w.root)
		r := parsePrivate(data)
		if rel == "/etc/ssh/host_ed25519" {
			same = bytes.Equal(r.public, want)
		}
		if r.state == PublicOnly || !bytes.Contains(data, []byte("PRIVATE KEY")) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		untouched := rel == "/etc/ssh/host_ecdsa" || bytes.Equal(data, w.torn)
		if info.Mode().Perm()&0o077 != 0 && !untouched {
			t.Errorf("%s has mode %o", rel, info.Mode().Perm())
		}
		if r.state == Damaged && !bytes.Equal(data, w.torn) {
			t.Errorf("%s holds a part of a key: %s", rel, r.detail)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !torn {
		t.Error("what was left of the torn key is gone")
	}
	if !same {
		t.Error("the key with CRLF is gone from its place")
	}
}

// healed asserts that another run finishes the work and a third changes nothing.
func (w ward) healed(t *testing.T) {
	t.Helper()
	w.Files.SetFault(nil)
	if err := w.mend(t.Context()); err != nil {
		t.Fatalf("the next run fails: %v", err)
	}
	w.keep(t)
	f := w.look(t.Context())
	if left := Judge(f); len(left) > 0 {
		t.Errorf("left over: %s", codes(left))
	}
	if n := len(f.Public()); n != len(w.want) {
		t.Errorf("%d keys are usable, want %d", n, len(w.want))
	}
	before := snapshot(t, w.root)
	if err := w.mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, w.root); !slices.Equal(before, after) {
		t.Error("a second run changed something")
	}
	for _, file := range before {
		if strings.Contains(file, "sshd-doctor-tmp") {
			t.Errorf("left behind: %.80s", file)
		}
	}
}

func TestMend(t *testing.T) {
	w := newWard(t, newPairs(t))
	w.keep(t)
	w.healed(t)
	for _, p := range []string{edPath, ecPath, "/etc/ssh/host_ed25519", hostPath} {
		// The real ssh-keygen reads the key and derives the same public half.
		line, _, _ := strings.Cut(string(w.get(t, p+".pub")), " root@")
		if got := strings.TrimSpace(string(sshKeygen(t, "-y", "-P", "", "-f", w.at(p)))); !strings.HasPrefix(got, line) {
			t.Errorf("%s: ssh-keygen -y says %q, its .pub %q", p, got, line)
		}
		id := identify(parsePrivate(w.get(t, p)).public)
		if said := string(sshKeygen(t, "-l", "-f", w.at(p))); !strings.Contains(said, id.SHA256) || !strings.Contains(said, "root@") {
			t.Errorf("%s: %+v, and ssh-keygen -l says %q", p, id, said)
		}
	}
	if kind := identify(parsePrivate(w.get(t, hostPath)).public); kind.Type != "ecdsa-sha2-nistp256" {
		t.Errorf("made a key of type %s", kind.Type)
	}
	names, err := filepath.Glob(w.at(edPath) + "*.*-*Z")
	if err != nil || len(names) != 3 {
		t.Errorf("kept %q, want the torn key, its .pub and its certificate", names)
	}
}

// TestMakeRSA makes the slow kind, and asks the real ssh-keygen about it.
func TestMakeRSA(t *testing.T) {
	b := newBox(t, rsaPath)
	found := Judge(b.look(t.Context()))
	if len(found) != 1 || !found[0].Remedy.Slow {
		t.Fatalf("%+v", found)
	}
	if err := b.mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := string(sshKeygen(t, "-l", "-f", b.at(rsaPath)))
	if key := b.look(t.Context()).Public(); len(key) != 1 || !strings.HasPrefix(said, "3072 "+key[0].SHA256+" root@localhost (RSA)") {
		t.Errorf("%+v, and ssh-keygen says %q", key, said)
	}
}

// TestFaults lets each change to the disk fail in turn, once and from then on.
func TestFaults(t *testing.T) {
	keys := newPairs(t)
	for _, fatal := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWard(t, keys)
			count := 0
			w.Files.SetFault(func(op, path string) error {
				if count++; count == n || fatal && count > n {
					return unix.ENOSPC
				}
				return nil
			})
			err := w.mend(t.Context())
			w.keep(t)
			w.healed(t)
			if t.Failed() {
				t.Fatalf("with fault %d (and all later ones: %v): %v", n, fatal, err)
			}
			if count < n {
				if err != nil || n < 20 {
					t.Fatalf("%d changes and %v: the faults missed their mark", n, err)
				}
				break
			}
		}
	}
}

// TestMain is the box that is killed: as a child it mends a tree.
func TestMain(m *testing.M) {
	if os.Getenv("HOSTKEYS_TEST_PROTECT") != "" {
		os.Exit(protected())
	}
	root := os.Getenv("HOSTKEYS_TEST_ROOT")
	if root == "" {
		os.Exit(m.Run())
	}
	b := openBox(root, filepath.SplitList(os.Getenv("HOSTKEYS_TEST_WANT"))...)
	dieAt, _ := strconv.Atoi(os.Getenv("HOSTKEYS_TEST_DIE_AT"))
	count := 0
	b.Files.SetFault(func(string, string) error {
		if count++; count == dieAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	})
	if err := b.mend(context.Background()); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// child starts this test again as a process that mends w.
func (w ward) child(t *testing.T, dieAt int) *exec.Cmd {
	t.Helper()
	var paths []string
	for _, want := range w.want {
		paths = append(paths, want.Path)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOSTKEYS_TEST_ROOT="+w.root, "HOSTKEYS_TEST_DIE_AT="+strconv.Itoa(dieAt),
		"HOSTKEYS_TEST_WANT="+strings.Join(paths, string(filepath.ListSeparator)))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKilledBeforeEachChange ends the process in front of each change to the
// disk in turn.
func TestKilledBeforeEachChange(t *testing.T) {
	keys := newPairs(t)
	for n := 1; ; n++ {
		w := newWard(t, keys)
		err := w.child(t, n).Wait()
		w.keep(t)
		w.healed(t)
		if t.Failed() {
			t.Fatalf("killed before change %d", n)
		}
		if err == nil {
			if n < 20 {
				t.Fatalf("only %d changes: the kill missed its mark", n)
			}
			return
		}
	}
}

// TestKilledAtAnyTime kills the process at moments all over its run, also within
// a change.
func TestKilledAtAnyTime(t *testing.T) {
	keys := newPairs(t)
	w := newWard(t, keys)
	began := time.Now()
	if err := w.child(t, 0).Wait(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)
	const kills = 24
	killed := 0
	for i := range kills {
		w := newWard(t, keys)
		cmd := w.child(t, 0)
		time.Sleep(whole * time.Duration(i+1) / kills)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
		w.keep(t)
		w.healed(t)
	}
	t.Logf("%d of %d runs of %v were killed", killed, kills, whole)
}

// TestRace: somebody else puts a good key there between the look and the act.
func TestRace(t *testing.T) {
	b := newBox(t, edPath)
	private, public := newKey(t, "-t", "ed25519")
	b.put(t, edPath, private[:200], 0o600)
	found := Judge(b.look(t.Context()))
	b.put(t, edPath, private, 0o600)
	b.put(t, edPath+".pub", public, 0o644)
	if err := b.apply(t.Context(), *found[0].Remedy); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.get(t, edPath), private) {
		t.Error("the good key is gone")
	}

	b = newBox(t, edPath)
	found = Judge(b.look(t.Context()))
	b.Files.SetFault(func(op, path string) error {
		if op == "rename" && path == edPath {
			b.put(t, edPath, private, 0o600)
		}
		return nil
	})
	if err := b.apply(t.Context(), *found[0].Remedy); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.get(t, edPath), private) {
		t.Error("a key that came meanwhile was replaced")
	}
}

// TestUndo: when no new key can be made, everything is as it was.
func TestUndo(t *testing.T) {
	b := newBox(t, edPath)
	private, public := newKey(t, "-t", "ed25519")
	b.put(t, edPath, private[:200], 0o600)
	b.put(t, edPath+".pub", public, 0o644)
	before := snapshot(t, b.root)
	found := Judge(b.look(t.Context()))
	b.Files.SetFault(func(op, _ string) error {
		if op == "create" {
			return unix.ENOSPC
		}
		return nil
	})
	if err := b.apply(t.Context(), *found[0].Remedy); err == nil {
		t.Fatal("no error from a full disk")
	}
	if after := snapshot(t, b.root); !slices.Equal(before, after) {
		t.Errorf("before\n%q\nafter\n%q", before, after)
	}
}

// TestEncryptedIsKept: agreed to, the old key stays beside the new one, intact.
func TestEncryptedIsKept(t *testing.T) {
	b := newBox(t, edPath)
	sshKeygen(t, "-q", "-t", "ed25519", "-N", "secret", "-f", b.at(edPath))
	old := b.get(t, edPath)
	found := Judge(b.look(t.Context()))
	if len(found) != 1 || found[0].Remedy.Consent != diag.Asks {
		t.Fatalf("%+v", found)
	}
	if err := b.apply(t.Context(), *found[0].Remedy); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(b.at(edPath) + ".old-*")
	if err != nil || len(names) != 1 {
		t.Fatalf("%q %v", names, err)
	}
	if kept, err := os.ReadFile(names[0]); err != nil || !bytes.Equal(kept, old) {
		t.Errorf("the old key was not kept as it was: %v", err)
	}
	if got := codes(Judge(b.look(t.Context()))); got != "" {
		t.Errorf("left over: %s", got)
	}
}

// TestLinkedKey: a key behind a link is made where the link leads, and the link
// stays.
func TestLinkedKey(t *testing.T) {
	b := newBox(t, edPath)
	b.put(t, "/persist/.keep", nil, 0o644)
	link(t, "/persist/ed25519", b.at(edPath))
	if err := b.mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if parsePrivate(b.get(t, "/persist/ed25519")).state != Whole {
		t.Error("no key where the link leads")
	}
	if info, err := os.Lstat(b.at(edPath)); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if got := codes(Judge(b.look(t.Context()))); got != "" {
		t.Errorf("left over: %s", got)
	}
}

// TestHardLink: a second name of a key could be somebody else's file.
func TestHardLink(t *testing.T) {
	b := newBox(t, edPath)
	private, _ := newKey(t, "-t", "ed25519")
	b.put(t, "/home/key", private, 0o644)
	if err := os.Link(b.at("/home/key"), b.at(edPath)); err != nil {
		t.Fatal(err)
	}
	if _, err := (Chmod{Path: edPath, Mode: keyMode}).Apply(t.Context(), b.Host); err == nil {
		t.Error("the mode of a file with two names was set")
	}
	if found := Judge(b.look(t.Context())); found[0].Remedy.Consent != diag.Manual {
		t.Errorf("%+v", found[0].Remedy)
	}
}

// TestForeignKind has a program make a key that cannot be made here.
func TestForeignKind(t *testing.T) {
	b := newBox(t)
	program := filepath.Join(t.TempDir(), "keygen")
	text := buildContainer("none", "ssh-mldsa44-ed25519", make([]byte, 40), make([]byte, 80))
	script := "#!/bin/sh\nfor f; do :; done\numask 077\ncat >\"$f\" <<'E'\n" + string(text) + "E\necho junk >\"$f.pub\"\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p := "/etc/ssh/ssh_host_mldsa44_ed25519_key"
	step := MakeKey{Path: p, Pub: p + ".pub", Kind: Kind{Type: typeMLDSA}, Comment: "root@box", UID: os.Getuid(), GID: os.Getgid(), Keygen: program}
	if _, err := step.Apply(t.Context(), b.Host); err != nil {
		t.Fatal(err)
	}
	b.want = []Want{{Path: p}}
	if got := codes(Judge(b.look(t.Context()))); got != "" {
		t.Errorf("left over: %s", got)
	}
	if names, _ := b.Files.Names(sshDir); len(names) != 2 {
		t.Errorf("%q", names)
	}
	step.Path, step.Keygen = p+"2", "/bin/false"
	if _, err := step.Apply(t.Context(), b.Host); err == nil {
		t.Error("no error from a program that fails")
	}
}
