// Package typos is the list of lines that sshd rejects, with what was meant by
// each and what may be done with it (typos.txt). The unit tests of sshdconf hold
// the judgement to it, and the laws in boxes hold real servers to it.
package typos

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"
)

//go:embed typos.txt
var list string

// Typo is one line of the list.
type Typo struct {
	// Line is what was written, Meant what should have been.
	Line, Meant string
	// Outcome is leave, drop, alone or strict; Instead is the line that strict
	// puts in its place.
	Outcome, Instead string
}

// All reads the list.
func All(t testing.TB) []Typo {
	t.Helper()
	var all []Typo
	for text := range strings.Lines(list) {
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		var one Typo
		for _, to := range []*string{&one.Line, &one.Meant} {
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				t.Fatalf("cannot read %s: %v", text, err)
			}
			if *to, err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("cannot read %s: %v", quoted, err)
			}
			text = strings.TrimSpace(text[len(quoted):])
		}
		one.Outcome, one.Instead, _ = strings.Cut(text, " ")
		all = append(all, one)
	}
	if len(all) < 150 {
		t.Fatalf("only %d lines found", len(all))
	}
	return all
}
