package bundle

import "strings"

// mostTail bounds how many lines behind the beginning of a block without an end
// are looked at.
const mostTail = 200

// blocks takes out PEM blocks of any kind (RFC 7468), also such as a log holds
// them: each line with something in front of it.
func (r *redactor) blocks(text string) string {
	if strings.Contains(text, "END ") {
		text = r.beforeEnd(text)
	}
	if !strings.Contains(text, "BEGIN ") {
		return text
	}
	var out strings.Builder
	// Once no block ends any more, that is not looked for again.
	ends := true
	for {
		at := r.begin.FindStringIndex(text)
		if at == nil {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at[0]] + mark)
		r.removed++
		text = text[at[1]:]
		if ends {
			if end := r.end.FindStringIndex(text); end != nil {
				text = text[end[1]:]
				continue
			}
			ends = false
		}
		var more bool
		if text, more = r.afterBegin(text); more {
			out.WriteByte('\n')
		}
	}
}

// afterBegin drops what can belong to a block that has no end: the rest of the
// line, and the lines behind it that end in a run of base64. It tells whether a
// line follows.
func (r *redactor) afterBegin(text string) (rest string, more bool) {
	_, text, more = strings.Cut(text, "\n")
	for range mostTail {
		if !more {
			break
		}
		line, rest, further := strings.Cut(text, "\n")
		if !r.tail.MatchString(line) || isProse(line) {
			return text, true
		}
		text, more = rest, further
	}
	return text, more
}

// beforeEnd drops the lines of a block of which the beginning was cut off.
func (r *redactor) beforeEnd(text string) string {
	end := r.end.FindStringIndex(text)
	if end == nil {
		return text
	}
	if begin := r.begin.FindStringIndex(text); begin != nil && begin[0] < end[0] {
		return text
	}
	r.removed++
	lines := strings.SplitAfter(text[:end[0]], "\n")
	keep := len(lines) - 1
	for keep > 0 && r.tail.MatchString(lines[keep-1]) && !isProse(lines[keep-1]) {
		keep--
	}
	return strings.Join(lines[:keep], "") + mark + text[end[1]:]
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
