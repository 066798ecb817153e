package report

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// page collects lines. When it is too long for a screen, lines that can be
// spared lose all but their beginning first, and then go altogether.
type page struct{ lines []line }

type line struct {
	text string
	mark mark
	// spare is how dispensable the line is; 0: never.
	spare int
	// short: what does not fit in a row is cut off, not continued.
	short bool
	// command: it is there to be typed, so a row that goes on says so to a shell.
	command bool
}

type mark int

const (
	plain mark = iota
	good
	bad
	doubt
)

// gapLevel is how dispensable an empty line is: more than anything else.
const gapLevel = 9

func (p *page) add(spare int, format string, args ...any) {
	p.put(line{text: fmt.Sprintf(format, args...), spare: spare})
}

func (p *page) put(l line) {
	l.text = strings.TrimRight(printable(l.text), " ")
	p.lines = append(p.lines, l)
}

func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1].text != "" {
		p.lines = append(p.lines, line{spare: gapLevel})
	}
}

// fit writes the page and the verdict in as many rows as a screen has. The
// verdict takes a row a line.
func (p *page) fit(verdict []line, o Options) string {
	p.gap()
	for i := range verdict {
		verdict[i].text, verdict[i].short = printable(verdict[i].text), !verdict[i].command
	}
	lines := p.lines
	if room := Height - height(verdict); height(lines) > room && !o.Whole {
		if lines = drop(lines, gapLevel, room); height(lines) > room {
			all := "all of it"
			if o.Changed {
				// What was done is over.
				all = "what is wrong"
			}
			verdict = append([]line{{text: "(shortened; " + all + ": sshd-doctor check" + o.Where + " --json)"}}, verdict...)
			lines = shorten(lines, room-1)
		}
	}
	var out strings.Builder
	for _, l := range append(lines, verdict...) {
		for _, row := range l.rows() {
			out.WriteString(colour(row, l.mark, o))
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func height(lines []line) int {
	n := 0
	for _, l := range lines {
		n += len(l.rows())
	}
	return n
}

// shorten cuts and drops lines, the most dispensable first, until they fit.
func shorten(lines []line, room int) []line {
	for level := gapLevel - 1; level >= 0 && height(lines) > room; level-- {
		for i := len(lines) - 1; i >= 0 && height(lines) > room; i-- {
			if lines[i].spare == level && !lines[i].command {
				lines[i].short = true
			}
		}
		if level > 0 {
			lines = drop(lines, level, room)
		}
	}
	return lines
}

// drop takes lines of one level away, the last first, until the others fit.
func drop(lines []line, level, room int) []line {
	for i := len(lines) - 1; i >= 0 && height(lines) > room; i-- {
		if lines[i].spare == level {
			lines = append(lines[:i:i], lines[i+1:]...)
		}
	}
	return lines
}

// mostRows bounds what one line may take of the screen.
const mostRows = 4

// rows are the line as it stands on the screen.
func (l line) rows() []string {
	text := l.text
	if l.short || len(text) <= Width {
		return []string{clip(text)}
	}
	width, more := Width, ""
	if l.command {
		width, more = Width-2, " \\"
	}
	indent := strings.Repeat(" ", hang(text))
	var out []string
	for len(text) > width && (l.command || len(out) < mostRows-1) {
		at := strings.LastIndexByte(text[:width+1], ' ')
		if at <= len(indent) {
			// One word that is longer than a row. A command must stay whole.
			if l.command {
				break
			}
			at = width
		}
		out = append(out, strings.TrimRight(text[:at], " ")+more)
		text = indent + strings.TrimLeft(text[at:], " ")
	}
	if !l.command {
		text = clip(text)
	}
	return append(out, text)
}

// Lines makes of a text, which may hold words of others, what can stand on a
// console: rows of printable ASCII.
func Lines(text string) string {
	return strings.Join(line{text: printable(text)}.rows(), "\n")
}

// hang is where the second row of a line begins: below the text where there is a
// label in a column of its own before it, else a little further in.
func hang(text string) int {
	const deepest = 12
	lead := len(text) - len(strings.TrimLeft(text, " "))
	if at := strings.Index(text[lead:], "  "); at > 0 && lead+at < deepest {
		rest := text[lead+at:]
		return min(lead+at+len(rest)-len(strings.TrimLeft(rest, " ")), deepest)
	}
	return lead + 2
}

// colour uses the eight colours that every console has.
func colour(row string, m mark, o Options) string {
	codes := map[mark]string{good: "32", bad: "31", doubt: "33"}
	if code, ok := codes[m]; ok && o.Colour {
		return "\x1b[" + code + "m" + row + "\x1b[0m"
	}
	return row
}

// printable makes a line fit for any console.
func printable(s string) string {
	if quoted.May(s) {
		s = quoted.New().Text(s)
	}
	return safetext.ASCII(string(discreet([]byte(s))))
}

// clip cuts off what does not fit in a row.
func clip(s string) string {
	if len(s) > Width {
		return s[:Width-3] + "..."
	}
	return s
}
