package main

import (
	"errors"
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// remember writes the host's fingerprints down at the end of a heal, where they
// are news, and says in the report what clients will notice. A healthy run of a
// timer writes nothing. Nothing fails because the record cannot be written.
func (s *session) remember(r *diag.Report) {
	if s.options.ConfigFile != "" || s.h.UID != 0 || r.CutOff != "" {
		// Another configuration may have the keys of another server, and half a
		// look is none.
		return
	}
	looks := []checkup.Look{s.first, {Facts: s.facts, Report: *r}}
	known, news := checkup.Known(s.facts.Identity.Ledger.Ledger, looks...)
	if !news {
		checkup.Remember(r, s.facts, known)
		return
	}
	written, aside, err := s.writeDown(looks)
	switch {
	case errors.Is(err, heal.ErrLocked):
		// The other run writes down what it sees.
		s.log.Debug(err)
	case err != nil:
		s.log.Debug(err)
		r.Findings = withoutLedger(r.Findings)
		r.Findings = append(r.Findings, identity.LedgerNotWritten(err))
	default:
		known = written
		r.Findings = withoutLedger(r.Findings)
		if aside != "" {
			r.Findings = append(r.Findings, identity.LedgerSetAside(aside))
		}
	}
	checkup.Remember(r, s.facts, known)
}

// withoutLedger takes out what an earlier look said of the ledger.
func withoutLedger(findings []diag.Finding) []diag.Finding {
	var out []diag.Finding
	for _, f := range findings {
		if f.Code != identity.CodeLedger {
			out = append(out, f)
		}
	}
	return out
}

// writeDown brings the ledger up to date, under the lock: another run may have
// written it since it was read.
func (s *session) writeDown(looks []checkup.Look) (known ledger.Ledger, aside string, err error) {
	release, _, err := heal.Lock(heal.LockDir, heal.Mark(heal.LockDir))
	if err != nil {
		return known, "", err
	}
	defer release()
	// What a killed run left half written; there need not be such a directory.
	_, _ = s.h.Files.Sweep(ledger.Dir)
	was := ledger.Load(s.h)
	known, news := checkup.Known(was.Ledger, looks...)
	if !news {
		return known, "", nil
	}
	aside, err = ledger.Save(s.h, was, known)
	return known, aside, err
}

// recordNow is --record: what heal does at its end.
func (s *session) recordNow(c *card, r diag.Report) (diag.Verdict, error) {
	if len(c.Keys) == 0 {
		return diag.Unknown, nil
	}
	look := checkup.Look{Facts: s.facts, Report: r}
	if _, news := checkup.Known(s.facts.Identity.Ledger.Ledger, look); !news {
		return diag.Healthy, nil
	}
	_, aside, err := s.writeDown([]checkup.Look{look})
	switch {
	case errors.Is(err, heal.ErrLocked):
		return "", err
	case err != nil:
		fmt.Fprintf(s.p.err, "sshd-doctor: %v\n", err)
		c.Record.Detail, c.unwritten = err.Error(), true
		return diag.Degraded, nil
	}
	c.Record.Written, c.Record.Aside, c.Record.State, c.Record.Detail = true, aside, ledger.Whole, ""
	return diag.Healthy, nil
}
