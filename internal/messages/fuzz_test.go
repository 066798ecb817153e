package messages

import (
	"strings"
	"testing"
)

// Whatever is typed or piped in: no panic, nothing that steers a terminal, no
// command that a shell would take for another, and the same answer each time.
func FuzzText(f *testing.F) {
	m, table := matcher(f)
	for _, e := range table {
		f.Add(filled(e.Messages[0].Text))
	}
	f.Add("\x1b[31mOffending ECDSA key in /home/x/.ssh/known_hosts:12\r\n\x00 ssh-keygen -R \"[a;b]:22\"")
	f.Add("Their offer: " + strings.Repeat("a-b,", 2000) + " SHA256:" + strings.Repeat("A", 99) + " AAAA" + strings.Repeat("B", 200))
	f.Add(strings.Repeat("connection ", 600))
	f.Fuzz(func(t *testing.T, text string) {
		text = Clean(text)
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
			t.Fatalf("not clean: %q", text)
		}
		found, read := m.Match(text), Read(text)
		again := m.Match(text)
		if len(found.Sure) > 0 && len(found.Near) > 0 {
			t.Fatalf("sure and not sure of %q", text)
		}
		if len(found.Near) > mostNear {
			t.Fatalf("%d to choose from", len(found.Near))
		}
		for _, l := range []Look{healthy(), broken("port-taken"), unseen(), {Skipped: "x"}} {
			a, b := Judge(found, read, &l), Judge(again, Read(text), &l)
			if strings.Join(a.Now, "\n") != strings.Join(b.Now, "\n") {
				t.Fatalf("%q: %q and %q", text, a.Now, b.Now)
			}
			for _, c := range a.Client {
				if strings.HasPrefix(c, "ssh-keygen ") && strings.ContainsAny(strings.ReplaceAll(c, `"`, ""), "\n;|&$`'\\<>(){}*?!") {
					t.Fatalf("%q: a shell takes %q for something else", text, c)
				}
			}
		}
	})
}

// The form of the table: a reader of it, or of a damaged one, is told where.
func FuzzTable(f *testing.F) {
	f.Add("entry: a\nlook: reach\nmeans: x\n y\nsays: who | <what> it says | m\n")
	f.Add("look: reach\n")
	f.Add("entry: a\nlook: nowhere\n")
	f.Add("entry: a\nsays: nobody\n")
	f.Fuzz(func(t *testing.T, table string) {
		entries, err := parseTable(strings.NewReader(table))
		if err != nil && !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%q: %v", table, err)
		}
		if err == nil {
			NewMatcher(entries).Match("what it says")
		}
	})
}
