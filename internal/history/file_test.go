package history

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// machine is a tree with a machine-id and the places of the memory.
func machine(t *testing.T) (*host.Host, string) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"etc", "run", "var/lib"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, root, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
	return &host.Host{Files: host.NewFiles(root), UID: os.Geteuid()}, root
}

func write(t *testing.T, root, path, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func save(t *testing.T, h *host.Host, m Memory) Memory {
	t.Helper()
	written, err := Save(h, m)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func TestNothingIsRememberedAtFirst(t *testing.T) {
	h, _ := machine(t)
	if m := Load(h); m.Seq != 0 || len(m.Heals) > 0 || m.State != "" {
		t.Errorf("%+v", m)
	}
}

// Whatever happens to the copies, the newest that is whole counts.
func TestTheNewerWholeCopyCounts(t *testing.T) {
	for what, c := range map[string]struct {
		spoil func(t *testing.T, root string)
		heals int
	}{
		"both whole":            {func(*testing.T, string) {}, 2},
		"rebooted":              {func(t *testing.T, root string) { remove(t, root, RunPath) }, 2},
		"the disk's is lost":    {func(t *testing.T, root string) { remove(t, root, Path) }, 2},
		"the disk's is damaged": {func(t *testing.T, root string) { write(t, root, Path, "{\"schema\": 1, \"seq\"") }, 2},
		"both are damaged": {func(t *testing.T, root string) {
			write(t, root, Path, "\x00\x00\x00\x00")
			write(t, root, RunPath, "")
		}, 0},
		"the disk's is a directory": {func(t *testing.T, root string) {
			remove(t, root, Path)
			if err := os.Mkdir(filepath.Join(root, Path), 0o755); err != nil {
				t.Fatal(err)
			}
		}, 2},
		"it is another machine's": {func(t *testing.T, root string) { write(t, root, "/etc/machine-id", "another\n") }, 0},
		"it is huge":              {func(t *testing.T, root string) { write(t, root, Path, strings.Repeat(" ", maxSize+1)) }, 2},
	} {
		t.Run(what, func(t *testing.T) {
			h, root := machine(t)
			m := Load(h)
			m.Heals = heals(false, minutes(1, 2)...).Heals
			save(t, h, m)
			c.spoil(t, root)
			got := Load(h)
			if len(got.Heals) != c.heals {
				t.Fatalf("%d heals, want %d", len(got.Heals), c.heals)
			}
			// And it goes on from there.
			got.State = "x"
			save(t, h, got)
			if again := Load(h); again.State != "x" || again.Seq <= got.Seq {
				t.Errorf("it does not go on: %+v", again)
			}
		})
	}
}

func remove(t *testing.T, root, path string) {
	t.Helper()
	if err := os.Remove(filepath.Join(root, path)); err != nil {
		t.Fatal(err)
	}
}

// A disk that is full or read-only: /run remembers. When both are, nothing is
// said to be remembered that is not.
func TestAFullDisk(t *testing.T) {
	h, _ := machine(t)
	m := save(t, h, Load(h))
	full := func(dirs ...string) func(string, string) error {
		return func(op, path string) error {
			for _, d := range dirs {
				if op == "write" && strings.HasPrefix(path, d) {
					return errors.New("no space left on device")
				}
			}
			return nil
		}
	}
	h.Files.SetFault(full("/var"))
	m.State = "broken a"
	m = save(t, h, m)
	if got := Load(h); got.State != "broken a" {
		t.Errorf("%+v", got)
	}
	h.Files.SetFault(full("/var", "/run"))
	m.State = "broken b"
	if _, err := Save(h, m); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
	h.Files.SetFault(nil)
	if got := Load(h); got.State != "broken a" {
		t.Errorf("half a write counts: %+v", got)
	}
}

// One that a later version wrote is left alone: its owner may go back to it.
func TestANewerOneIsLeftAlone(t *testing.T) {
	h, root := machine(t)
	save(t, h, Load(h))
	const newer = `{"schema": 2, "seq": 77, "more": []}`
	write(t, root, Path, newer)
	m := Load(h)
	m.State = "x"
	save(t, h, m)
	text, err := os.ReadFile(filepath.Join(root, Path))
	if err != nil || string(text) != newer {
		t.Errorf("%v: %s", err, text)
	}
	if Load(h).State != "x" {
		t.Error("and /run does not remember")
	}
}

// What is read is whole or refused, and what is refused does no harm.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"schema": 1, "seq": 1}`,
		`{"schema": 1, "seq": 9, "machine": "0123", "heals": [{"at": {"wall": "2026-11-22T10:00:00Z", "up": 3600000000000, "boot": "a"}, "code": "hostkey-missing", "keys": true}], "tries": [{"code": "service-failed", "fails": 3, "last": {"wall": "1970-01-01T00:01:00Z", "up": 1}}], "state": "broken service-failed", "since": {"wall": "2026-11-22T10:00:00Z", "up": 5}, "news": [{"wall": "2026-11-22T10:00:00Z", "up": 5}]}`,
		`{"schema": 2, "seq": 1}`, `{"schema": 1, "seq": 0}`, `{"schema": 1, "seq": 1} x`, "\x00", `{"schema": 1, "seq": 1, "heals": [{"at": {"up": -1}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			return
		}
		now := at(time.Hour)
		if d := m.Decide(now); d.Wait < 0 || d.Wait > day || d.Reached != (len(Judge(d)) == 1) {
			t.Errorf("%+v", d)
		}
	})
}
