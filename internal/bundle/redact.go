package bundle

import (
	"strings"
	"unicode"
)

// mark stands where something was taken out.
const mark = "[removed]"

// clean takes out of a text what looks like a secret, and says how often. It would
// rather take out too much: where a name speaks of a password, everything behind
// it on the line goes, because nobody knows where a password ends.
func (c *cleaner) clean(text string, kind Kind) (string, int) {
	switch kind {
	case JSON:
		return c.cleanJSON(text)
	case EnvFile:
		return c.cleanEnvFile(text)
	}
	r := &redactor{cleaner: c, kind: kind}
	var out strings.Builder
	for line := range strings.Lines(r.blocks(tidy(text))) {
		body, newline := strings.CutSuffix(line, "\n")
		body, keep := r.line(body)
		if !keep {
			continue
		}
		out.WriteString(body)
		if newline {
			out.WriteByte('\n')
		}
	}
	return out.String(), r.removed
}

// tidy leaves nothing that a terminal could take as a command.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Cf, r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// redactor goes through the lines of one text.
type redactor struct {
	*cleaner
	kind    Kind
	removed int
	// goesOn: what was taken out of the line before goes on in this one.
	goesOn bool
	// inside is the directive of a unit file whose line goes on.
	inside string
}

// line cleans one line; false when nothing of it stays.
func (r *redactor) line(body string) (string, bool) {
	whole := body
	if r.goesOn {
		r.goesOn = continued(whole)
		return "", false
	}
	body = short(body)
	if hidden := r.hider.Text(body); hidden != body {
		body = hidden
		r.removed++
	}
	switch r.kind {
	case SshdConfig:
		body = r.sshdLine(body)
	case UnitFile:
		var keep bool
		if body, keep = r.unitLine(body); !keep {
			return "", false
		}
	default:
		body = r.quotedCommand(body)
	}
	if cut := r.secretFrom(body); cut >= 0 {
		r.rememberFirst(body[cut:])
		body = body[:cut] + mark
		r.removed++
		r.goesOn = continued(whole)
	}
	for _, p := range r.inline {
		if !p.may(body) {
			continue
		}
		body = p.ReplaceAllStringFunc(body, func(found string) string {
			put := p.ReplaceAllString(found, p.put)
			if put != found {
				r.removed++
			}
			return put
		})
	}
	body, n := withoutRuns(body)
	r.removed += n
	return body, true
}

// longestLine is more than any line that a person would read, in bytes.
const longestLine = 16 << 10

// short cuts a line that nobody would read. The last word goes whole: half a
// secret does not look like one.
func short(line string) string {
	if len(line) <= longestLine {
		return line
	}
	line = line[:longestLine]
	return line[:strings.LastIndexByte(line, ' ')+1] + "[a long line, cut off]"
}

// continued tells whether a line of a unit file or a shell goes on in the next.
func continued(line string) bool { return strings.HasSuffix(line, `\`) }

// secretFrom is where the part of a line begins that has to go, -1 for none.
func (r *redactor) secretFrom(line string) int {
	at := -1
	nearer := func(n int) {
		if n >= 0 && (at < 0 || n < at) {
			at = n
		}
	}
	lower := strings.ToLower(line)
	for _, re := range r.rest {
		nearer(re.valueIn(line, lower))
	}
	return at
}

// rememberFirst notes the word behind a name that speaks of a password.
func (r *redactor) rememberFirst(text string) {
	if first := strings.Fields(text); len(first) > 0 {
		r.remember(first[0])
	}
}

// quotedCommand finds a line of a configuration that a text quotes.
func (r *redactor) quotedCommand(line string) string {
	if !r.quotes.may(line) {
		return line
	}
	at := r.quotes.FindStringSubmatchIndex(line)
	if at == nil {
		return line
	}
	return line[:at[2]] + r.command(line[at[2]:])
}
