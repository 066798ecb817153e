package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/messages"
)

// asking is what somebody wants explained.
type asking struct {
	// text is empty where it is no message but a code that does not exist.
	text  string
	found messages.Found
	read  messages.Reading
	// near are codes that may be meant.
	near []string
}

// asked takes words off the command line, or a text from standard input where
// they are a single dash. A single word that could be a code is one, unless it is
// the whole of a message or a fingerprint.
func (p *program) asked(ctx context.Context, typed []string) (asking, error) {
	a := asking{text: strings.Join(typed, " ")}
	if a.text == "-" {
		var err error
		if a.text, err = p.readText(ctx); err != nil {
			return a, err
		}
	}
	table, err := messages.Table()
	if err != nil {
		return a, fmt.Errorf("%w: %v", errInternal, err)
	}
	a.text = messages.Clean(a.text)
	a.found, a.read = messages.NewMatcher(table).Match(a.text), messages.Read(a.text)
	if len(a.found.Sure) == 0 {
		a.near = codes.Near(codeIn(strings.Fields(a.text)))
	}
	if len(strings.Fields(a.text)) < 2 && !a.isMessage() {
		a.text = ""
	}
	return a, nil
}

// isMessage tells whether a single word is anything but a code.
func (a asking) isMessage() bool {
	offered := len(a.found.Near) > 0 && len(a.near) == 0 && !strings.Contains(a.text, "-")
	return offered || len(a.found.Sure) > 0 || len(a.read.Fingerprints) > 0 || len(a.read.Lists) > 0
}

// mostPiped caps what is read of a pipe, in octets: ssh -vvv prints some 20 kB.
const mostPiped = 1 << 20

// readText reads what a client said from standard input. A person ends it with
// an empty line.
func (p *program) readText(ctx context.Context) (string, error) {
	person := isTerminal(p.in)
	if person {
		fmt.Fprintln(p.err, "Type what the client or the log said; an empty line ends it.")
	}
	// The message stands at the end of what ssh -v prints, and of a log.
	lines := newLines(ctx, io.LimitReader(p.in, mostPiped))
	var out strings.Builder
	for {
		select {
		case line, open := <-lines:
			if !open || person && line == "" && out.Len() > 0 {
				if strings.TrimSpace(messages.Clean(out.String())) == "" {
					return "", usageError{"there is nothing to explain: type or pipe in what a client or a log said"}
				}
				return messages.Ends(out.String()), nil
			}
			out.WriteString(line + "\n")
		case <-ctx.Done():
			return "", errors.New("interrupted")
		}
	}
}

// newLines reads lines beside, so that nobody has to wait for the end of input.
func newLines(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scan := bufio.NewScanner(in)
		scan.Buffer(nil, mostPiped+1)
		for scan.Scan() {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// explainText says what a message means on this server. The exit code is that of
// the look, as it is for check: 1 also where another server answered, 2 where the
// text or the server could not be understood.
func (p *program) explainText(c *cli.Context, ask asking, asJSON, look bool) error {
	l := messages.Look{Skipped: "--" + noLook + " was given"}
	if look && (len(ask.found.Sure) > 0 || len(ask.read.Fingerprints) > 0 || len(ask.read.Lists) > 0) {
		s, err := p.session(c, "explain")
		if err != nil {
			return err
		}
		defer s.end()
		l = s.lookFor()
		if s.ctx.Err() != nil && c.Context.Err() != nil {
			return nil
		}
	}
	a := messages.Judge(ask.found, ask.read, &l)
	p.outcome = diag.Report{Verdict: a.Verdict}
	if asJSON {
		return writeJSON(p.out, answered(a, l, ask.near))
	}
	_, err := io.WriteString(p.out, words(a, ask.near).String())
	return err
}
