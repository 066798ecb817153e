package messages

import (
	"bytes"
	"compress/flate"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write messages.bin from messages.txt")

// bare is the table without what only its readers need: comments and sources.
func bare(table string) string {
	var out strings.Builder
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
			continue
		case strings.HasPrefix(line, "says: "):
			line = line[:strings.LastIndex(line, " | ")]
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// What is embedded is what can be read: go test ./internal/messages -update
func TestTheTableIsPacked(t *testing.T) {
	table, err := os.ReadFile("messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := bare(string(table))
	if *update {
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("messages.bin", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		packed = out.Bytes()
	}
	got, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil || string(got) != want {
		t.Fatalf("messages.bin is not messages.txt: go test ./internal/messages -update (%v)", err)
	}
}
