package host

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// A kernel that would have to load nftables first is not asked.
func TestNftLoaded(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  bool
	}{
		{"a kernel without modules", nil, true},
		{"modules, and this one is not loaded", []string{"proc/modules"}, false},
		{"modules, and this one is loaded", []string{"proc/modules", "sys/module/nf_tables/refcnt"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for _, f := range c.files {
				path := filepath.Join(root, f)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := (&Host{Files: NewFiles(root)}).nftLoaded(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestNftTablesOfAnotherTree(t *testing.T) {
	if _, err := (&Host{Files: NewFiles(t.TempDir())}).NftTables(context.Background()); err == nil {
		t.Error("the running kernel was asked about a tree that is not its own")
	}
}

func TestFileSystem(t *testing.T) {
	files := NewFiles("/")
	proc, err := files.FileSystem("/proc")
	if err != nil {
		t.Fatal(err)
	}
	if proc.InMemory() || proc.Overlay() || proc.Type != 0x9fa0 {
		t.Errorf("/proc: %+v", proc)
	}
	dir, err := files.FileSystem(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if dir.Bytes <= 0 || dir.FreeBytes > dir.Bytes || dir.FreeInodes > dir.Inodes {
		t.Errorf("a directory: %+v", dir)
	}
	if _, err := files.FileSystem("/nonexistent"); err == nil {
		t.Error("no error for a path that is not there")
	}
}
