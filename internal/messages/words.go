package messages

import "strings"

// words takes a text apart: letters and digits, in lower case. Whoever types off
// a screen leaves out punctuation and capitals, so they count for nothing, and
// neither do single letters: what an apostrophe leaves over.
func words(s string) []string {
	var out []string
	var w strings.Builder
	end := func() {
		if s := w.String(); len(s) > 1 || s != "" && isDigit(s[0]) {
			out = append(out, s)
		}
		w.Reset()
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			w.WriteByte(c + 'a' - 'A')
		case isWordByte(c):
			w.WriteByte(c)
		default:
			end()
		}
	}
	end()
	return out
}

func isWordByte(c byte) bool { return c >= 'a' && c <= 'z' || isDigit(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNumber: words are ASCII, and one that begins with a digit and holds nothing
// else is a number.
func isNumber(w string) bool { return strings.Trim(w, "0123456789") == "" }

// within tells whether two words differ by at most so many letters that were
// inserted, left out or changed.
func within(a, b string, most int) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case len(b)-len(a) > most:
		return false
	case a == "":
		return true
	case a[0] == b[0]:
		return within(a[1:], b[1:], most)
	case most == 0:
		return false
	}
	return within(a[1:], b[1:], most-1) || within(a, b[1:], most-1) || len(a) == len(b) && within(a[1:], b, most-1)
}

// Vocabulary holds every word of a table, in lower case, but not what stands for
// something that differs each time.
func Vocabulary(entries []Entry) map[string]bool {
	out := map[string]bool{}
	note := func(texts ...string) {
		for _, t := range texts {
			for _, part := range strings.Split(t, "<") {
				if _, after, hole := strings.Cut(part, ">"); hole {
					part = after
				}
				for _, w := range words(part) {
					out[w] = true
				}
			}
		}
	}
	for _, e := range entries {
		note(e.Means)
		note(e.Client...)
		note(e.Here...)
		for _, m := range e.Messages {
			note(m.Text)
		}
	}
	return out
}
