package host

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listenAsJournal is a journald that only takes what is sent.
func listenAsJournal(t *testing.T) (*Host, func() []byte) {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, journalSocket)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Host{Files: NewFiles(root)}, func() []byte {
		buffer := make([]byte, 1<<16)
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return buffer[:n]
	}
}

// readEntry takes an entry of the native protocol apart.
func readEntry(t *testing.T, data []byte) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			t.Fatalf("%q does not end", data)
		}
		if name, value, ok := bytes.Cut(line, []byte("=")); ok {
			fields[string(name)], data = string(value), rest
			continue
		}
		n := binary.LittleEndian.Uint64(rest)
		fields[string(line)] = string(rest[8 : 8+n])
		data = rest[8+n+1:]
	}
	return fields
}

func TestJournalEntries(t *testing.T) {
	h, read := listenAsJournal(t)
	long := strings.Repeat("x", 3*fieldLimit)
	err := h.Log(t.Context(), 4, "all is well", []Field{{"ONE", "a=b"}, {"TWO", "two\nlines=here\n"}, {"LONG", long}})
	if err != nil {
		t.Fatal(err)
	}
	got := readEntry(t, read())
	for name, want := range map[string]string{
		"PRIORITY": "4", "MESSAGE": "all is well", "ONE": "a=b", "TWO": "two\nlines=here\n",
		"SYSLOG_IDENTIFIER": "sshd-doctor", "LONG": long[:fieldLimit],
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestNoJournalIsAnError(t *testing.T) {
	h := &Host{Files: NewFiles(t.TempDir())}
	if err := h.Log(t.Context(), 4, "x", nil); err == nil {
		t.Error("an entry that nobody took counts as written")
	}
}
