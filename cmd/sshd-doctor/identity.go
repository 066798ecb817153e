package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

func identityFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "is", Usage: "was it this server? `TEXT` is what the client shows"},
		&cli.BoolFlag{Name: "forget", Usage: "what clients type to forget an old key"},
		&cli.BoolFlag{Name: "known-hosts", Usage: "lines for the known_hosts of clients"},
		&cli.BoolFlag{Name: "sshfp", Usage: "SSHFP records for the name server"},
		&cli.BoolFlag{Name: "randomart", Usage: "the pictures that ssh shows"},
		&cli.BoolFlag{Name: "record", Usage: "write the fingerprints down, as heal does"},
	}
}

const identityHelp = `With --is: 0 yes; 1 no, or a key of the past; 2 could not tell.
`

// identity is the action of "identity": by which keys clients know this server.
func (p *program) identity(c *cli.Context) error {
	mode, asked, err := identityMode(c)
	if err != nil {
		return err
	}
	s, err := p.session(c, "identity")
	if err != nil {
		return err
	}
	defer s.end()
	// The library reads no options behind the first word.
	s.json = s.json || slices.Contains(c.Args().Slice(), "--json")
	if mode == "record" && s.options.ConfigFile != "" {
		return usageError{"--record writes down the keys of this server, so it takes no --sshd-config"}
	}
	if mode == "record" && s.h.UID != 0 {
		return errNeedsRoot
	}
	s.options.Offered = true
	r := s.lookOnce(s.ctx)
	if err := c.Context.Err(); err != nil {
		return err
	}
	if r.CutOff != "" {
		fmt.Fprintf(p.err, "sshd-doctor: cannot tell in %s: give it more time with --timeout\n", timeout(c))
	}
	card := newCard(s.facts, r, s.options.ConfigFile == "")
	p.outcome.Verdict = card.Verdict
	if mode == "is" {
		card.Asked = card.answer(asked)
		p.outcome.Verdict = card.Asked.verdict()
	}
	if mode == "record" {
		if p.outcome.Verdict, err = s.recordNow(&card, r); err != nil {
			return err
		}
	}
	if s.json {
		return writeJSON(p.out, card)
	}
	return p.printIdentity(s, mode, card)
}

// identityMode says which one of the answers was asked for, and reads the
// fingerprint of --is.
func identityMode(c *cli.Context) (mode string, asked fingerprint.Typed, err error) {
	var modes []string
	for _, f := range identityFlags() {
		if name := f.Names()[0]; c.IsSet(name) && (name == "is" || c.Bool(name)) {
			modes = append(modes, name)
		}
	}
	if len(modes) > 1 {
		return "", asked, usageError{fmt.Sprintf("--%s and --%s do not go together: ask for one of them", modes[0], modes[1])}
	}
	if len(modes) == 0 || modes[0] != "is" {
		return strings.Join(modes, ""), asked, noArguments(c)
	}
	// Somebody may type the whole line of a client without quotes.
	words := slices.DeleteFunc(c.Args().Slice(), func(s string) bool { return s == "--json" })
	asked, err = fingerprint.ParseTyped(strings.Join(append([]string{c.String("is")}, words...), " "))
	if err != nil {
		return "", asked, usageError{err.Error()}
	}
	return "is", asked, nil
}

func (p *program) printIdentity(s *session, mode string, card card) error {
	switch mode {
	case "is":
		return card.printAnswer(p.out, s.quiet)
	case "forget":
		return card.printForget(p.out, isTerminal(p.out))
	case "known-hosts":
		return p.printLines(card.KnownHosts, card)
	case "sshfp":
		return p.printLines(card.SSHFP, card)
	case "randomart":
		return card.printPictures(p.out, isTerminal(p.out))
	case "record":
		return card.printRecorded(p.out)
	}
	return card.print(p.out, s.quiet)
}

// printLines prints what goes into a file of somebody's: what the server has not
// proven does not belong there.
func (p *program) printLines(lines []string, card card) error {
	if len(lines) == 0 {
		p.outcome.Verdict = diag.Unknown
		fmt.Fprintf(p.err, "sshd-doctor: %s\n", card.nothing())
		return nil
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(p.out, l); err != nil {
			return err
		}
	}
	return nil
}
