package main

import (
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
)

// remind reads what earlier unattended runs left, for a run that is one of them.
func (s *session) remind() {
	u := &s.p.unattended
	if !u.on || s.h.UID != 0 || s.options.ConfigFile != "" || s.options.Root != "" {
		// Another configuration may be that of another server, and another disk is.
		return
	}
	u.remembers = true
	u.told = history.Telling{}
	u.moment = thisMoment(s.h)
	u.memory = history.Load(s.h)
	u.seq = u.memory.Seq
	u.decision = u.memory.Decide(u.moment)
	if u.once {
		u.decision = u.decision.AtOnce()
	}
}

// began tells whether this run has written down that it begins to repair.
func (u unattended) began() bool { return u.memory.Seq > u.seq }

// leaves tells of a finding that it is not to be repaired now.
func (s *session) leaves(f diag.Finding) bool {
	return s.p.unattended.decision.Leaves(f, hostkeys.MakesKey(f))
}

// begin writes down that repairs begin, before the first of them: a run that is
// killed each time must not repair for ever.
func (s *session) begin() error {
	u := &s.p.unattended
	if !u.remembers {
		return nil
	}
	written, err := history.Save(s.h, u.memory.Begin(thisMoment(s.h)))
	u.memory.Seq = written.Seq
	return err
}

// recall brings the memory of unattended runs up to date at the end of one, writes
// it where it has changed, and notes what is to be told. What it concludes stands
// in the report, so it comes before the report is printed.
func (p *program) recall(h *host.Host) {
	u := &p.unattended
	if !u.remembers {
		return
	}
	u.remembers = false
	now := thisMoment(h)
	next := u.memory
	switch {
	case p.outcome.Verdict == "" && u.began():
		next = next.Begin(u.moment)
	case u.command == "heal" && p.outcome.Verdict != "":
		next = next.After(p.outcome, now)
	}
	d := next.Decide(now)
	if u.once {
		d = d.AtOnce()
	}
	history.AddTo(&p.outcome, d)
	p.outcome.LeftAlone = d.Left(p.outcome, hostkeys.MakesKey)
	p.stand(h)
	told, next := u.memory.Tell(next, p.outcome, now)
	if u.began() || !next.Same(u.memory) {
		if _, err := history.Save(h, next); err != nil {
			u.unsaved = err
		}
	}
	u.told = told
}

// forget begins a new count when a person has repaired the machine.
func (s *session) forget(r diag.Report) {
	if s.p.unattended.on || s.h.UID != 0 || s.options.ConfigFile != "" || s.options.Root != "" {
		return
	}
	was := history.Load(s.h)
	if now := was.Forget(); !now.Same(was) {
		if _, err := history.Save(s.h, now); err != nil {
			s.log.Debug(err)
		}
	}
	if r.Verdict == diag.Healthy && was.State != "" {
		_ = s.h.Systemd.ResetFailed(s.ctx, problemUnit)
	}
}

// warn tells a person who looks that unattended runs leave the machine alone.
func (s *session) warn(r *diag.Report) {
	if s.options.ConfigFile == "" && s.options.Root == "" && s.options.Command == "check" {
		history.AddTo(r, history.Load(s.h).Decide(thisMoment(s.h)))
	}
}

// lockAndBegin is lock, for a run that remembers what it does.
func (s *session) lockAndBegin() func() (func(), bool, error) {
	lock := s.lock(heal.Mark(s.lockDir()))
	return func() (func(), bool, error) {
		release, alone, err := lock()
		if err != nil {
			return nil, false, err
		}
		if err := s.begin(); err != nil {
			release()
			return nil, false, err
		}
		return release, alone, nil
	}
}
