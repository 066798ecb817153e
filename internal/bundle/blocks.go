package bundle

import "strings"

// mostTail bounds how many lines behind the beginning of a block without an end
// are looked at.
const mostTail = 200

// blocks takes out PEM blocks of any kind (RFC 7468), also such as a log holds
// them: each line with something in front of it.
func (r *redactor) blocks(text string) string {
	if !strings.Contains(text, "BEGIN ") {
		return text
	}
	var out strings.Builder
	for {
		at := r.begin.FindStringIndex(text)
		if at == nil {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at[0]] + mark)
		r.removed++
		text = text[at[1]:]
		if end := r.end.FindStringIndex(text); end != nil {
			text = text[end[1]:]
			continue
		}
		text = r.afterBegin(text)
	}
}

// afterBegin drops what can belong to a block that has no end: the rest of the
// line, and the lines behind it that end in a run of base64.
func (r *redactor) afterBegin(text string) string {
	_, text, more := strings.Cut(text, "\n")
	if !more {
		return ""
	}
	for range mostTail {
		line, rest, more := strings.Cut(text, "\n")
		if !r.tail.MatchString(line) || isProse(line) {
			break
		}
		if text = rest; !more {
			return ""
		}
	}
	return "\n" + text
}

// isProse: the last word of a line out of a key is neither short nor a plain
// word, but for its very last line.
func isProse(line string) bool {
	words := strings.Fields(line)
	if len(words) == 0 {
		return true
	}
	last := words[len(words)-1]
	const short = 16
	return len(words) > 1 && len(last) < short && !strings.HasSuffix(last, "=")
}
