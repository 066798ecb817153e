package bundle

import (
	_ "embed"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/messages"
)

// moreWords are words of logs, of comments in the configurations that
// distributions ship, and of English, which the table of messages does not have.
//
//go:embed words.txt
var moreWords string

// vocabulary holds words that say nothing about anybody: names and passwords are
// what is not in it.
func vocabulary() map[string]bool {
	out := map[string]bool{}
	if table, err := messages.Table(); err == nil {
		out = messages.Vocabulary(table)
	}
	for w := range strings.FieldsSeq(moreWords) {
		out[w] = true
	}
	for _, w := range tradeWords() {
		out[w] = true
	}
	return out
}

// knownWord tells whether a word, or each part of it, is in a vocabulary.
func (c *cleaner) knownWord(w string) bool { return isKnown(c.vocabulary, w) }

func isKnown(vocabulary map[string]bool, w string) bool {
	w = strings.ToLower(w)
	if vocabulary[w] || strings.Trim(w, "0123456789") == "" {
		return true
	}
	parts := strings.FieldsFunc(w, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') && r < 0x80 })
	for _, p := range parts {
		if !vocabulary[p] && strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return len(parts) > 0
}
