package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDropCopy(t *testing.T) {
	for name, c := range map[string]struct {
		file, kept string
		gone       bool
	}{
		"the same contents":  {"Port 22\n", "Port 22\n", true},
		"other contents":     {"Port 23\n", "Port 22\n", false},
		"a file cut short":   {"", "Port 22\n", false},
		"two empty files":    {"", "", true},
		"the file is longer": {"Port 22\nPort 23\n", "Port 22\n", false},
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{"file": c.file, "copy": c.kept} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := NewFiles(dir).DropCopy("/copy", "/file")
		_, there := os.Stat(filepath.Join(dir, "copy"))
		if (err == nil) != c.gone || os.IsNotExist(there) != c.gone {
			t.Errorf("%s: %v, %v", name, err, there)
		}
	}
	if err := NewFiles(t.TempDir()).DropCopy("/copy", "/file"); err == nil {
		t.Error("a copy that is not there is removed")
	}
}
