package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// interactive tells whether a person sits at both ends.
func (p *program) interactive() bool { return isTerminal(p.in) && isTerminal(p.out) }

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// hasColour: only on a terminal that has them, and not where somebody said no.
func (p *program) hasColour() bool {
	return coloured(p.env("TERM")) && p.env("NO_COLOR") == "" && isTerminal(p.out)
}

// coloured tells whether a kind of terminal has colours (terminfo(5)): no video
// terminal of DEC's has, and none whose name says that it is monochrome.
func coloured(term string) bool {
	return term != "" && term != "dumb" && term != "unknown" && !strings.HasPrefix(term, "vt") &&
		!strings.HasSuffix(term, "-m") && !strings.HasSuffix(term, "-mono")
}

// offerRepair asks once, and then for each step that overrides a decision.
func (p *program) offerRepair(s *session) error {
	answers := newAnswers(s.ctx, p.in)
	seen := p.outcome.Cause
	ask := func(f diag.Finding) bool {
		if f.Code != seen {
			// The page above has not said why this one asks.
			fmt.Fprintf(p.out, "%s\n%s\n", report.Lines(f.Summary+"."), report.Lines("It "+overrides(f)+"."))
		}
		return answers.yes(p.out, report.Lines(capital(f.Remedy.Summary)+"? [y/N]")+" ", false)
	}
	if !onlyAsking(p.outcome) && !answers.yes(p.out, offer(p.outcome)+" ", true) {
		fmt.Fprintln(p.out, "Nothing was changed.")
		return nil
	}
	return p.repair(s, ask, false)
}

// offer is the one question. Where the cause itself is left to the person, it
// says what else would be done, so that nobody expects more.
func offer(r diag.Report) string {
	first := ""
	for _, f := range r.Open() {
		if f.Severity == diag.Notice || f.Remedy == nil || f.Remedy.Consent == diag.Manual || len(f.Remedy.Steps) == 0 {
			continue
		}
		if f.Code == r.Cause {
			return "Repair this now? [Y/n]"
		}
		if first == "" && f.Remedy.Consent == diag.None {
			first = f.Remedy.Summary
		}
	}
	return report.Lines("Not the cause, but something: " + first + "? [Y/n]")
}

// onlyAsking tells whether every possible repair will be asked about anyway.
func onlyAsking(r diag.Report) bool {
	for _, f := range r.Open() {
		if f.Severity > diag.Notice && f.Remedy != nil && f.Remedy.Consent == diag.None && len(f.Remedy.Steps) > 0 {
			return false
		}
	}
	return true
}

func overrides(f diag.Finding) string {
	if f.Remedy.Reason == "" {
		return "needs your consent"
	}
	return "asks because " + f.Remedy.Reason
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// answers reads lines that a person types.
type answers struct {
	lines <-chan string
	done  <-chan struct{}
}

func newAnswers(ctx context.Context, in io.Reader) *answers {
	return &answers{lines: newLines(ctx, in), done: ctx.Done()}
}

// yes asks one question. Ctrl-C and the end of input mean no.
func (a *answers) yes(out io.Writer, question string, otherwise bool) bool {
	fmt.Fprint(out, question)
	for {
		select {
		case line, open := <-a.lines:
			if !open {
				fmt.Fprintln(out)
				return false
			}
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "":
				return otherwise
			case "y", "yes":
				return true
			case "n", "no":
				return false
			}
			fmt.Fprint(out, "Please type y or n: ")
		case <-a.done:
			fmt.Fprintln(out)
			return false
		}
	}
}

// text asks for a word. The end of input and Ctrl-C give an empty one.
func (a *answers) text(out io.Writer, question, otherwise string) string {
	fmt.Fprint(out, question)
	select {
	case line, open := <-a.lines:
		if !open {
			fmt.Fprintln(out)
			return ""
		}
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
		return otherwise
	case <-a.done:
		fmt.Fprintln(out)
		return ""
	}
}
