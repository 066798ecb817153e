package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func box(t *testing.T) *host.Host {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "var/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &host.Host{Files: host.NewFiles(root), UID: os.Getuid(), Now: func() time.Time { return at(20) }}
}

func put(t *testing.T, h *host.Host, text string) {
	t.Helper()
	if err := os.MkdirAll(h.Files.Real(Dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.Files.Real(Path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// grown is a ledger after some days.
func grown(t *testing.T, days int) Ledger {
	t.Helper()
	var l Ledger
	for day := range days {
		l, _ = l.Update(Seen{At: at(day + 1), Keys: []Key{key("x", fmt.Sprint(day), day+1).by(Doctor)}, Whole: true})
	}
	return l
}

func TestWrittenAndRead(t *testing.T) {
	h := box(t)
	if f := Load(h); f.State != Absent {
		t.Fatalf("%+v", f)
	}
	for days := 1; days < 4; days++ {
		l := grown(t, days)
		if aside, err := Save(h, Load(h), l); err != nil || aside != "" {
			t.Fatal(aside, err)
		}
		if f := Load(h); f.State != Whole || !reflect.DeepEqual(f.Ledger, l) {
			t.Fatalf("wrote %+v\nand read %+v", l, f)
		}
	}
	for name, want := range map[string]os.FileMode{Path: 0o644, Dir: 0o755} {
		if st, err := h.Files.Stat(name); err != nil || st.Perm() != want {
			t.Errorf("%s has mode %v, %v", name, st.Perm(), err)
		}
	}
	if text, err := os.ReadFile(h.Files.Real(Path)); err != nil || strings.Contains(string(text), "PRIVATE") || !strings.HasSuffix(string(text), "}\n") {
		t.Errorf("%s, %v", text, err)
	}
}

// The disk fails at each operation in turn: the ledger is the old one or the new
// one, and the next run writes it.
func TestADiskThatFails(t *testing.T) {
	old, now := grown(t, 1), grown(t, 2)
	for _, first := range []bool{true, false} {
		for fail := 0; ; fail++ {
			h := box(t)
			if !first {
				if _, err := Save(h, Load(h), old); err != nil {
					t.Fatal(err)
				}
			}
			n := 0
			h.Files.SetFault(func(string, string) error {
				if n++; n == fail+1 {
					return errors.New("input/output error")
				}
				return nil
			})
			_, err := Save(h, Load(h), now)
			if n <= fail {
				if err != nil || fail < 4 {
					t.Fatalf("after %d operations: %v", n, err)
				}
				break
			}
			f := Load(h)
			isOld := first && f.State == Absent || !first && reflect.DeepEqual(f.Ledger, old)
			if f.State == Damaged || !isOld && !reflect.DeepEqual(f.Ledger, now) {
				t.Errorf("operation %d failed and left %+v", fail, f)
			}
			h.Files.SetFault(nil)
			if _, err := Save(h, f, now); err != nil || !reflect.DeepEqual(Load(h).Ledger, now) {
				t.Errorf("operation %d failed, and afterwards: %v", fail, err)
			}
		}
	}
}

func TestADamagedLedgerIsSetAside(t *testing.T) {
	for box, text := range map[string]string{
		"empty": "", "full of NUL": strings.Repeat("\x00", 4096), "cut off": `{"schema": 1, "keys": [`,
		"two of them": `{"schema": 1, "keys": []}{"schema": 1, "keys": []}`, "an older schema": `{"schema": 0, "keys": []}`,
		"another key than it says": strings.Replace(written(t), "SHA256:", "SHA256:A", 1),
		"escapes for a terminal":   strings.Replace(written(t), "/etc/ssh/x", `\u001b[2J`, 1),
		"an entry of nothing":      `{"schema": 1, "keys": [{}]}`,
	} {
		t.Run(box, func(t *testing.T) { setAside(t, text) })
	}
}

func setAside(t *testing.T, text string) {
	h := box(t)
	put(t, h, text)
	was := Load(h)
	if was.State != Damaged || was.Detail == "" || len(was.Ledger.Keys) != 0 {
		t.Fatalf("%+v", was)
	}
	l := grown(t, 1)
	aside, err := Save(h, was, l)
	if err != nil || aside != Path+".damaged-20260320T120000Z" {
		t.Errorf("set aside as %q, %v", aside, err)
	}
	if kept, err := os.ReadFile(h.Files.Real(aside)); err != nil || string(kept) != text {
		t.Errorf("kept is %q, %v", kept, err)
	}
	if f := Load(h); f.State != Whole || !reflect.DeepEqual(f.Ledger, l) {
		t.Errorf("then there is %+v", f)
	}
}

func written(t *testing.T) string {
	t.Helper()
	h := box(t)
	if _, err := Save(h, Load(h), grown(t, 1)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(h.Files.Real(Path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is not ours to touch stays.
func TestLeftAlone(t *testing.T) {
	h := box(t)
	const newer = `{"schema": 2, "hosts": {}}`
	put(t, h, newer)
	was := Load(h)
	if _, err := Save(h, was, grown(t, 1)); was.State != Newer || err == nil {
		t.Errorf("%+v, %v", was, err)
	}
	if text, _ := os.ReadFile(h.Files.Real(Path)); string(text) != newer {
		t.Errorf("it is now %s", text)
	}

	h = box(t)
	put(t, h, written(t))
	elsewhere := h.Files.Real("/var/lib/elsewhere")
	if err := errors.Join(os.Rename(h.Files.Real(Path), elsewhere), os.Symlink("../elsewhere", h.Files.Real(Path))); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(h, Load(h), grown(t, 2)); err == nil {
		t.Error("a symbolic link was followed")
	}
}

// A directory in its place cannot be read, and is moved aside like anything else.
func TestADirectoryInItsPlace(t *testing.T) {
	h := box(t)
	if err := os.MkdirAll(h.Files.Real(Path+"/x"), 0o755); err != nil {
		t.Fatal(err)
	}
	was := Load(h)
	if aside, err := Save(h, was, grown(t, 1)); was.State != Damaged || aside == "" || err != nil {
		t.Errorf("%+v, %q, %v", was, aside, err)
	}
}

func TestALinkThatLeadsNowhere(t *testing.T) {
	h := box(t)
	put(t, h, "")
	if err := errors.Join(os.Remove(h.Files.Real(Path)), os.Symlink("/nowhere/at/all", h.Files.Real(Path))); err != nil {
		t.Fatal(err)
	}
	was := Load(h)
	if aside, err := Save(h, was, grown(t, 1)); was.State != Damaged || aside == "" || err != nil || Load(h).State != Whole {
		t.Errorf("%+v, %q, %v", was, aside, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "keys": []}`))
	f.Add([]byte(`{"schema":1,"keys":[{"type":"x","bits":0,"sha256":"SHA256:YjX9","public":"AAAAAXg=","last":"2026-03-01T12:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parse(data)
		if err != nil {
			return
		}
		again, news := l.Update(Seen{At: at(1)})
		if news || len(again.Keys) != min(len(l.Keys), mostEntries) && len(l.Keys) <= mostEntries {
			t.Errorf("nothing was seen, and that is news: %+v", again)
		}
	})
}
