package casebook

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func file(content string, size int64) node { return node{content: content, size: size, mode: 0o644} }

func TestDiffNamesWhatDiffers(t *testing.T) {
	before := tree{"/a": file("x", 1), "/b": file("y", 1), "/c": file("z", 1)}
	after := tree{"/a": file("x", 1), "/b": {content: "q", size: 1, mode: 0o600}, "/d": file("z", 1)}
	want := []string{"/b: mode -rw-r--r-- is now -rw-------, contents", "/c: gone", "/d: new"}
	if got := diff(before, after); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := diff(before, before); len(got) != 0 {
		t.Errorf("a tree differs from itself: %q", got)
	}
}

func TestLost(t *testing.T) {
	before := tree{"/k": file("key", 9), "/e": file("", 0)}
	for _, c := range []struct {
		name  string
		after tree
		want  int
	}{
		{"untouched", before, 0},
		{"moved aside", tree{"/k": file("new", 9), "/k.bad-1": file("key", 9), "/e.bad-1": file("", 0)}, 0},
		{"overwritten", tree{"/k": file("new", 9), "/e": file("", 0)}, 1},
		{"deleted", tree{}, 2},
	} {
		if got := lost(before, c.after); len(got) != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestTakeTreeFindsPrivateKeys(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/ssh/key":     "-----BEGIN OPENSSH PRIVATE KEY-----\n",
		"etc/ssh/key.pub": "ssh-ed25519 AAAA\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	got, err := takeTree(root, nil)
	if err != nil || !got["/etc/ssh/key"].private || got["/etc/ssh/key.pub"].private {
		t.Errorf("%+v, %v", got, err)
	}
	if bad := exposed(got); len(bad) != 1 {
		t.Errorf("exposed %q", bad)
	}
	if within("/etc/sshd", "/etc/ssh") || !within("/etc/ssh/key", "/etc/ssh") {
		t.Error("within is wrong about a path")
	}
	if fs.FileMode(0o640) != got["/etc/ssh/key"].mode {
		t.Error(got["/etc/ssh/key"].mode)
	}
}
