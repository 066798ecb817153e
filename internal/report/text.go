package report

import (
	"fmt"
	"io"

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
	// Told: the reader saw each repair as it began, so one that simply worked need
	// not be named again.
	Told bool
	// Whole: however long it gets, for a file instead of a screen.
	Whole bool
	// Asked: a question follows, so that nothing need be typed after the verdict.
	Asked bool
	// Changed: heal has changed something, so a look does not show all of this.
	Changed bool
	// Where stands in commands behind the name of one: " --root DIR" for a disk.
	Where string
	// Rescue is the command that starts a second sshd; empty where there is no
	// running system to start it on.
	Rescue string
}

// Text writes the report for a person: the cause with its evidence, what would
// repair it, and the verdict last.
func Text(w io.Writer, r diag.Report, o Options) error {
	p := &page{}
	verdict := verdictLines(r, o)
	if !o.Quiet {
		if r.Root != "" {
			p.add(3, "Disk at %s", r.Root)
		}
		p.stages(r)
		p.repairs(r, o)
		p.cause(r, o)
		p.others(r)
		p.identity(r)
	}
	o.Changed = r.Changed
	_, err := io.WriteString(w, p.fit(verdict, o))
	return err
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
		p.put(line{text: fmt.Sprintf("%-10s %-5s %s", s.Stage, word, text), mark: m, spare: 3, short: true})
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
