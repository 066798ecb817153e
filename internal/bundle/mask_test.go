package bundle

import (
	"os"
	"strings"
	"testing"
)

// known is the box of these tests.
func known() Names {
	return Names{Users: []string{"alice", "bob", "git", "ssh"}, Hosts: []string{"web1.corp.example", "web1", "localhost", "v1"}}
}

// TestMask reads pairs of lines: what is written, and what must become of it.
func TestMask(t *testing.T) {
	data, err := os.ReadFile("testdata/masks.txt")
	if err != nil {
		t.Fatal(err)
	}
	var before, after []string
	text := strings.ReplaceAll(string(data), "HOME/", "/home/")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "< "); ok {
			before = append(before, text)
		} else if text, ok := strings.CutPrefix(line, "> "); ok {
			after = append(after, text)
		}
	}
	if len(before) != len(after) || len(before) < 50 {
		t.Fatalf("%d lines and %d answers", len(before), len(after))
	}
	entries := []Entry{{Name: "x", Kind: Text, Data: []byte(strings.Join(before, "\n"))}}
	mask(entries, known())
	got := strings.Split(string(entries[0].Data), "\n")
	for i := range before {
		if got[i] != after[i] {
			t.Errorf("%s\nbecame %s\nwant   %s", before[i], got[i], after[i])
		}
	}
}

// The same thing has the same name in every entry, and in names of entries.
func TestMaskIsOneForTheWholeBundle(t *testing.T) {
	entries := []Entry{
		{Name: "files/home/alice/x", Source: "/home/alice/x", Kind: Text, Data: []byte("from 192.0.2.7 port 1\n")},
		{Name: "b", Kind: JSON, Data: []byte(`{"a": "alice at web1 (::ffff:192.0.2.7)", "n": 7}`)},
		{Name: "c", Missing: "cannot read /home/alice/y"},
	}
	mask(entries, known())
	var all []string
	for _, e := range entries {
		all = append(all, e.Name, e.Source, string(e.Data), e.Missing)
	}
	want := []string{
		"files/home/_user-1_/x", "/home/<user-1>/x", "from <ipv4-1> port 1\n", "",
		"b", "", `{"a": "<user-1> at <host-1> (<ipv4-1>)", "n": 7}`, "",
		"c", "", "", "cannot read /home/<user-1>/y",
	}
	for i := range want {
		if all[i] != want[i] {
			t.Errorf("%q, want %q", all[i], want[i])
		}
	}
}

// Whatever stands around them, these never come through.
func FuzzMask(f *testing.F) {
	data, err := os.ReadFile("testdata/masks.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "198.51.100.77") || strings.Contains(text, "2001:db8:77::5") || strings.Contains(text, "alice") {
			return
		}
		entries := []Entry{{Name: "x", Kind: Text, Data: []byte(text + " 198.51.100.77 2001:db8:77::5 alice " + text)}}
		mask(entries, known())
		for _, secret := range []string{"198.51.100.77", "2001:db8:77::5", "alice"} {
			if strings.Contains(string(entries[0].Data), secret) {
				t.Errorf("%q became %q", text, entries[0].Data)
			}
		}
	})
}
