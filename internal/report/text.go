package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Width and Height are what a report keeps to: a recovery console has 80
// columns and 25 lines, no scrollback, and a prompt below.
const (
	Width  = 78
	Height = 22
)

// Options say for whom the text is.
type Options struct {
	// Colour: the terminal has it and nobody refused it.
	Colour bool
	// Quiet: the verdict alone.
	Quiet bool
	// Next is the command by which the person would repair, "" when heal has
	// just run.
	Next string
	// Root: it was root who looked.
	Root bool
	// Asked: a question follows, so that nothing need be typed after the verdict.
	Asked bool
}

// Text writes the report for a person: the cause with its evidence, what would
// repair it, and the verdict last.
func Text(w io.Writer, r diag.Report, o Options) error {
	p := &page{}
	verdict := verdictLines(r, o)
	if !o.Quiet {
		p.stages(r)
		p.repairs(r)
		p.cause(r)
		p.others(r)
		p.identity(r)
	}
	_, err := io.WriteString(w, p.fit(verdict, o))
	return err
}

// page collects lines. Those that can be spared are marked, and go first when
// the page is too long.
type page struct{ lines []line }

type line struct {
	text  string
	mark  mark
	spare int
}

type mark int

const (
	plain mark = iota
	good
	bad
	doubt
)

func (p *page) add(spare int, format string, args ...any) {
	p.mark(plain, spare, format, args...)
}

func (p *page) mark(m mark, spare int, format string, args ...any) {
	p.lines = append(p.lines, line{fmt.Sprintf(format, args...), m, spare})
}

func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1].text != "" {
		p.lines = append(p.lines, line{spare: gapLevel})
	}
}

// fit drops the most dispensable lines until the page and the verdict fit.
func (p *page) fit(verdict []line, o Options) string {
	p.gap()
	lines := p.lines
	if room := Height - len(verdict); len(lines) > room {
		if lines = drop(lines, gapLevel, room); len(lines) > room {
			// One line less, for the one that says so.
			lines = drop(lines, 1, room-1)
			verdict = append([]line{{text: "(shortened; all of it: sshd-doctor check --json)"}}, verdict...)
		}
	}
	var out strings.Builder
	for _, l := range append(lines, verdict...) {
		l.text = clip(l.text)
		out.WriteString(colour(l, o))
		out.WriteByte('\n')
	}
	return out.String()
}

// gapLevel is how dispensable an empty line is: more than anything else.
const gapLevel = 9

// drop takes lines away that can be spared, the most dispensable and the last
// first, down to a level, until there are no more than room.
func drop(lines []line, level, room int) []line {
	for l := gapLevel; l >= level; l-- {
		for i := len(lines) - 1; i >= 0 && len(lines) > room; i-- {
			if lines[i].spare == l {
				lines = append(lines[:i:i], lines[i+1:]...)
			}
		}
	}
	return lines
}

// colour uses the eight colours that every console has.
func colour(l line, o Options) string {
	codes := map[mark]string{good: "32", bad: "31", doubt: "33"}
	if code, ok := codes[l.mark]; ok && o.Colour {
		return "\x1b[" + code + "m" + l.text + "\x1b[0m"
	}
	return l.text
}

// clip makes a line fit to print.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(discreet([]byte(s))))
	if len(s) > Width {
		return s[:Width-3] + "..."
	}
	return s
}

// stages prints one line for each stage that was looked at.
func (p *page) stages(r diag.Report) {
	for _, s := range r.Passed {
		word, m := "ok", good
		if s.Not {
			word, m = "-", plain
		}
		for _, f := range r.Findings {
			if f.Stage == s.Stage {
				word, m = worse(word, m, f)
			}
		}
		text := s.Text
		if word != "ok" && word != "-" {
			text = firstSummary(r, s.Stage)
		}
		p.mark(m, 3, "%-10s %-5s %s", s.Stage, word, text)
	}
}

func worse(word string, m mark, f diag.Finding) (string, mark) {
	switch {
	case f.Status == diag.Repaired || f.Severity == diag.Notice:
		return word, m
	case f.Status == diag.CouldNotTell:
		if word == "ok" || word == "-" {
			return "?", doubt
		}
	case f.Severity == diag.Broken:
		return "FAIL", bad
	case word != "FAIL":
		return "warn", doubt
	}
	return word, m
}

// firstSummary is the worst finding of a stage, and how many more there are.
func firstSummary(r diag.Report, s diag.Stage) string {
	best, more := -1, 0
	for i, f := range r.Findings {
		if f.Stage != s || f.Severity == diag.Notice || f.Status == diag.Repaired {
			continue
		}
		if best >= 0 {
			more++
		}
		if best < 0 || f.Severity > r.Findings[best].Severity {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	if more > 0 {
		return fmt.Sprintf("%s (+%d)", r.Findings[best].Summary, more)
	}
	return r.Findings[best].Summary
}
