//go:build boxes

package disk

import (
	"os"
	"strings"
	"testing"
)

// sheet is one entry of a text file: "== NAME", then "key: value" lines, where
// the value may stand indented below the key.
type sheet struct {
	name   string
	fields map[string]string
}

// sheets reads a file of entries.
func sheets(t *testing.T, file string) []sheet {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []sheet
	key := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \n")
		name, begins := strings.CutPrefix(line, "== ")
		switch {
		case begins:
			out, key = append(out, sheet{name, map[string]string{}}), ""
		case line == "" || strings.HasPrefix(line, "#"):
		case len(out) == 0:
			t.Fatalf("%s: a line before the first entry: %q", file, line)
		case strings.HasPrefix(line, "    "):
			if key == "" {
				t.Fatalf("%s: %q belongs to nothing", file, line)
			}
			out[len(out)-1].fields[key] += line[4:] + "\n"
		default:
			word, value, ok := strings.Cut(line, ":")
			if !ok {
				t.Fatalf("%s: no key in %q", file, line)
			}
			key = word
			out[len(out)-1].fields[key] = strings.TrimSpace(value)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s holds nothing", file)
	}
	return out
}

// need is a field that must be there.
func (s sheet) need(t *testing.T, key string) string {
	t.Helper()
	v, ok := s.fields[key]
	if !ok {
		t.Fatalf("%s: no %q", s.name, key)
	}
	return v
}
