package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

type askPolicy bool

const (
	neverAsk      askPolicy = false
	askOnTerminal askPolicy = true
)

// look is the action of "check", and of the bare program, which on a terminal
// then offers to repair.
func (p *program) look(ask askPolicy) cli.ActionFunc {
	return func(c *cli.Context) error {
		if atTop(c) && c.Args().First() == "help" && c.NArg() == 1 {
			// Nobody should have to know how help is asked for.
			return cli.ShowAppHelp(c)
		}
		if err := noArguments(c); err != nil {
			return err
		}
		s, err := p.session(c, "check")
		if err != nil {
			return err
		}
		defer s.end()
		if !s.quiet {
			s.options.Refused = checkup.Glance
		}
		s.remind()
		p.outcome = s.lookOnce(s.ctx)
		s.warn(&p.outcome)
		p.recall(s.h)
		s.options.Refused = checkup.NoSearch
		offer := bool(ask) && !s.json && s.h.UID == 0 && p.interactive() && repairable(p.outcome) && s.writable(false) == nil
		s.offered = offer
		if err := s.print(p.outcome, offer); err != nil || !offer || s.ctx.Err() != nil {
			return err
		}
		if err := s.patient(c); err != nil {
			return err
		}
		return p.offerRepair(s)
	}
}

// session is what one command works with.
type session struct {
	// allowed are the codes of --allow.
	allowed []string
	ctx     context.Context
	cancel  context.CancelFunc
	p       *program
	h       *host.Host
	log     *logrus.Logger
	options checkup.Options
	json    bool
	quiet   bool
	colour  bool
	// waits tells a person what takes long; nil where nobody wants to know.
	waits *waits
	// stepOver ends the wait for the step that is carried out.
	stepOver func()
	// first is the first look, facts are those of the last one; neither is of a
	// look that was cut off.
	first checkup.Look
	facts checkup.Facts
	// offered: the page is on the screen and a repair was offered below it.
	offered bool
}

func (p *program) session(c *cli.Context, command string) (*session, error) {
	o, err := options(c, command)
	if err != nil {
		return nil, err
	}
	log, err := logger(c, p.err)
	if err != nil {
		return nil, err
	}
	if err := p.readUnattended(c, command); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context, timeout(c))
	h, err := hostOf(ctx, c, o)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &session{
		ctx: ctx, cancel: cancel, p: p, h: h, log: log, options: o,
		json: boolFlag(c, "json"), quiet: boolFlag(c, "quiet"),
		colour: !boolFlag(c, "no-color") && p.hasColour(),
	}
	if !s.json && !s.quiet && !p.unattended.on {
		s.waits = &waits{out: p.err}
	}
	s.options.Watch = s.watch
	return s, nil
}

// answerTime is how long a run may take in which a person is asked.
const answerTime = 30 * time.Minute

// patient gives the run the time of a person who reads and thinks, unless they
// said how much it is.
func (s *session) patient(c *cli.Context) error {
	if owner(c, "timeout").IsSet("timeout") {
		return nil
	}
	s.end()
	s.ctx, s.cancel = context.WithTimeout(c.Context, answerTime)
	h, err := hostOf(s.ctx, c, s.options)
	if err != nil {
		return err
	}
	s.h = h
	return nil
}

// watch logs what is looked at, and says so aloud when it takes its time.
func (s *session) watch(what checkup.Part) (over func()) {
	began, quicker := time.Now(), s.waits.begin(waitsFor(what))
	return func() {
		quicker()
		s.log.WithField("ms", float64(time.Since(began).Microseconds())/1000).Debugf("looked at %s", what)
	}
}

func (s *session) end() {
	s.h.Close()
	s.cancel()
}

func (s *session) lookOnce(ctx context.Context) diag.Report {
	facts := checkup.Collect(ctx, s.h, s.options)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return diag.Unfinished(version, s.options.Command, diag.OutOfTime)
	case ctx.Err() != nil:
		return diag.Unfinished(version, s.options.Command, diag.Interrupted)
	}
	s.facts = facts
	r := checkup.Judge(s.facts, s.options)
	if s.first.Report.Verdict == "" {
		s.first = checkup.Look{Facts: s.facts, Report: r}
	}
	return r
}

// print writes the result to standard output.
func (s *session) print(r diag.Report, offered bool) error {
	if s.p.unattended.on && !s.json {
		return nil
	}
	if s.json {
		return report.JSON(s.p.out, r)
	}
	if r.CutOff == diag.Interrupted && isTerminal(s.p.out) {
		// Behind the ^C that the terminal shows.
		fmt.Fprintln(s.p.out)
	}
	o := s.reportOptions(r)
	o.Asked = offered
	return report.Text(s.p.out, r, o)
}

// reportOptions say for whom a report is.
func (s *session) reportOptions(r diag.Report) report.Options {
	where := s.where()
	next := "sshd-doctor heal" + where
	if r.Command == "heal" {
		next = ""
	}
	if s.h.UID != 0 {
		next = "sudo " + next
	}
	rescue := ""
	if where == "" && r.Root == "" {
		rescue = fmt.Sprintf("sshd-doctor rescue --port %d", s.freePort())
	}
	return report.Options{
		Rescue: rescue,
		Colour: s.colour, Quiet: s.quiet, Next: next,
		Root: s.h.UID == 0, Where: where, Told: !s.quiet && isTerminal(s.p.out) && isTerminal(s.p.err),
	}
}

// repairable tells whether heal could do something about the report.
func repairable(r diag.Report) bool {
	for _, f := range r.Open() {
		if f.Severity > diag.Notice && f.Status == diag.Found && f.Remedy != nil &&
			f.Remedy.Consent != diag.Manual && len(f.Remedy.Steps) > 0 {
			return true
		}
	}
	return false
}
