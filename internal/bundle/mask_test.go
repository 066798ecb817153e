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

// In a log, whoever it names: what is not known to be a word goes, and then
// wherever else it stands.
func TestNamesInLogs(t *testing.T) {
	data, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		n++
		text, names := split(t, line)
		entries := []Entry{{Name: "x", Kind: Log, Data: []byte(text)}, {Name: "y", Kind: Text, Data: []byte("it quotes: " + text)}}
		mask(entries, known())
		for i, e := range entries {
			for _, name := range names {
				if strings.Contains(string(e.Data), name) {
					t.Errorf("%s\nbecame %s", text, e.Data)
				}
			}
			if len(names) == 0 && i == 0 && string(e.Data) != text {
				t.Errorf("nothing is a name in\n%s\nand it became\n%s", text, e.Data)
			}
		}
	}
	if n < 30 {
		t.Fatalf("only %d lines", n)
	}
}

// However short the names are that configuration gives.
func TestShortNames(t *testing.T) {
	entries := []Entry{
		{Name: "c", Kind: SshdConfig, Data: []byte("AllowUsers jo test no\nDenyGroups=xy\nMatch User zk,test Group qd\nChrootDirectory /srv/wu/ki\nPermitRootLogin no\n")},
		{Name: "l", Kind: Log, Data: []byte("jo and zk and wu, a test\n")},
	}
	mask(entries, known())
	want := "AllowUsers <user-1> <user-2> <user-3>\nDenyGroups=<user-4>\nMatch User <user-5>,<user-2> Group <user-6>\n" +
		"ChrootDirectory /srv/<user-7>/<user-8>\nPermitRootLogin no\n"
	if got := string(entries[0].Data); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := string(entries[1].Data); got != "<user-1> and <user-5> and <user-7>, a test\n" {
		t.Error(got)
	}
}
