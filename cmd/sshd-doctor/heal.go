package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// heal is the action of "heal".
func (p *program) heal(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	allowed := c.StringSlice("allow")
	if err := knownCodes(allowed); err != nil {
		return err
	}
	announce, err := readAnnounce(c)
	if err != nil {
		return err
	}
	s, err := p.session(c, "heal")
	if err != nil {
		return err
	}
	defer s.end()
	if s.h.UID != 0 && !c.Bool("dry-run") {
		return errNeedsRoot
	}
	if err := s.writable(c.Bool("dry-run")); err != nil {
		return err
	}
	s.allowed, p.unattended.once = allowed, announce
	agree := func(f diag.Finding) bool { return c.Bool("yes") || slices.Contains(allowed, f.Code) }
	err = p.repair(s, agree, c.Bool("dry-run"))
	if announce && err == nil {
		s.announce(s.ctx, p.outcome)
	}
	return err
}

func knownCodes(codes []string) error {
	for _, code := range codes {
		if !slices.ContainsFunc(checkup.Rules(), func(r diag.Rule) bool { return r.Code == code }) {
			return usageError{fmt.Sprintf("--allow %q: there is no such code", code)}
		}
	}
	return nil
}

// repair runs the healer and prints what came of it.
func (p *program) repair(s *session, agree func(diag.Finding) bool, dryRun bool) error {
	if err := hostkeys.Protect(); err != nil {
		s.log.Warn(err)
	}
	s.options.Command = "heal"
	if !dryRun {
		s.remind()
	}
	r, err := heal.Healer{
		Host: s.h, Look: s.lookOnce, Agree: agree, Named: s.allowed, DryRun: dryRun, Tell: s.progress,
		Leave: s.leaves, Lock: s.lockAndBegin(),
		Prepare: func(ctx context.Context, certain []diag.Finding) (context.Context, func()) {
			maker := hostkeys.Prepare(certain)
			return maker.Attach(ctx), maker.Close
		},
	}.Run(s.ctx)
	if err != nil {
		return err
	}
	if !dryRun && !declined(s, r, dryRun) {
		s.remember(&r)
		s.forget(r)
	}
	p.outcome = r
	p.recall(s.h)
	r = p.outcome
	if declined(s, r, dryRun) {
		fmt.Fprintln(p.out, "Nothing was changed.")
		return nil
	}
	return s.print(r, false)
}

// lock takes the lock and sweeps what a killed run left half made.
func (s *session) lock(mark string) func() (func(), bool, error) {
	return func() (func(), bool, error) {
		release, alone, err := heal.Lock(s.lockDir(), mark)
		if err == nil {
			s.sweep()
		}
		return release, alone, err
	}
}

func (s *session) sweep() {
	for _, dir := range s.facts.Places() {
		gone, err := s.h.Files.Sweep(dir)
		if err != nil {
			s.log.Debug(err)
		}
		for _, path := range gone {
			s.log.Infof("removed %s, left by a run that was cut off", path)
		}
	}
}

// declined tells whether a person at the terminal said no to everything: they
// have seen the page already.
func declined(s *session, r diag.Report, dryRun bool) bool {
	return !dryRun && s.offered && !r.Changed && len(r.Repairs) == 0 && r.Verdict != diag.Healthy
}

// progress says a line a step while the work goes on: on standard error, so
// that standard output holds the result alone.
func (s *session) progress(e heal.Event) {
	s.options.Patient = s.options.Patient || e.Done
	if s.quiet || s.json || s.p.unattended.on {
		return
	}
	if e.Done {
		s.stepOver()
		return
	}
	fmt.Fprintln(s.p.err, report.Lines("... "+e.Finding.Remedy.Summary))
	s.stepOver = s.waits.begin(waitsIn(e.Finding.Remedy))
}
