package messages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func matcher(t testing.TB) (*Matcher, []Entry) {
	t.Helper()
	table, err := Table()
	if err != nil {
		t.Fatal(err)
	}
	return NewMatcher(table), table
}

// filled is a message as it is really said, with names and numbers.
func filled(text string) string {
	for place, said := range map[string]string{
		"<host>": "203.0.113.9", "<port>": "2222", "<n>": "12", "<user>": "bob", "<type>": "ED25519",
		"<path>": "/srv/bob/elsewhere", "<reason>": "invalid format", "<word>": "PermitRootLogn",
		"<text>": "HTTP/1.1 400 Bad Request", "<list>": "curve25519-sha256,ext-info-s,rsa-sha2-512",
		"<fingerprint>": "SHA256:3fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k", "<key>": "AAAAC3NzaC1lZDI1NTE5",
	} {
		text = strings.ReplaceAll(text, place, said)
	}
	return text
}

// typed lists what a person may make of a message who reads it off one screen
// and types it into another. What differs each time is not yet filled in.
func typed(said string) map[string]string {
	all := strings.Fields(said)
	part := func(from, to int) string { return strings.Join(all[from:max(to, from+1)], " ") }
	n := len(all)
	small := slices.IndexFunc(all, func(w string) bool { return len(w) <= 4 && w[0] != '<' })
	if small < 0 {
		small = n / 2
	}
	return map[string]string{
		"whole":              said,
		"its beginning":      part(0, (n+1)/2),
		"from its middle":    part(n/3, n),
		"the end is missing": part(0, n-n/4),
		"a word is missing":  strings.Join(slices.Delete(slices.Clone(all), small, small+1), " "),
	}
}

// spelt lists how it may then look.
func spelt(said string) map[string]string {
	bare := regexp.MustCompile(`[^A-Za-z0-9 ]+`)
	out := map[string]string{
		"in lower case":  strings.ToLower(said),
		"in capitals":    strings.ToUpper(said),
		"no punctuation": bare.ReplaceAllString(said, " "),
		"out of a log":   "Nov 22 11:57:33 vm sshd[74]: " + said,
		"with odd bytes": "\x1b[31m" + said + "\x1b[0m\r\n\x00",
		"as it is":       said,
	}
	if len(said) > 40 {
		out["cut at 40"] = said[:40]
	}
	return out
}

// Every message finds its own meaning, whole or as people type it. What is left
// of it can fit others too; then its own is among those to choose from.
func TestEveryMessageFindsItself(t *testing.T) {
	m, table := matcher(t)
	sure, all := map[string]int{}, map[string]int{}
	check := func(own *Entry, how, text string) {
		all[how]++
		found := m.Match(text)
		switch {
		case len(found.Sure) > 0 && found.Sure[0].Entry == own:
			sure[how]++
		case len(found.Sure) > 0 && found.Sure[0].share >= whole && (how == "whole cut at 40" || !strings.HasPrefix(how, "whole")):
			// What is left is all of another message.
		case len(found.Sure) > 0 && own.Twin == found.Sure[0].Entry.Name && !strings.HasPrefix(how, "whole as"):
		case len(found.Sure) > 0:
			t.Errorf("%s, %s: %q is taken for %s", own.Name, how, text, show(found))
		case !slices.ContainsFunc(found.Near, func(h *Hit) bool { return h.Entry == own }):
			t.Errorf("%s, %s: %q is not among %s", own.Name, how, text, show(found))
		}
	}
	for i := range table {
		for _, said := range table[i].Messages {
			for how, text := range typed(said.Text) {
				if countLetters(text) < min(3, countLetters(said.Text)) {
					continue // too little for anybody
				}
				if how != "whole" {
					check(&table[i], how, strings.ToLower(filled(text)))
					continue
				}
				for spelling, text := range spelt(filled(text)) {
					check(&table[i], "whole "+spelling, text)
				}
			}
		}
	}
	for how, n := range all {
		least := 97
		switch how {
		case "whole cut at 40", "its beginning":
			least = 75
		case "from its middle", "the end is missing", "a word is missing":
			least = 85
		}
		t.Logf("%s: %d of %d", how, sure[how], n)
		if sure[how]*100 < n*least {
			t.Errorf("%s: only %d of %d are recognised", how, sure[how], n)
		}
	}
	if all["whole as it is"] < 60 {
		t.Errorf("there are only %d messages", all["whole as it is"])
	}
}

// countLetters counts the words that are no numbers.
func countLetters(text string) int {
	n := 0
	fixed, _ := holes(text)
	for _, w := range words(strings.Join(fixed, " ")) {
		if !isNumber(w) {
			n++
		}
	}
	return n
}

func show(f Found) string {
	var out []string
	for _, h := range f.Sure {
		out = append(out, "sure "+h.Entry.Name)
	}
	for _, h := range f.Near {
		out = append(out, fmt.Sprintf("near %s %.1f", h.Entry.Name, h.rank()))
	}
	return strings.Join(out, ", ")
}
