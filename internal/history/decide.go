package history

import (
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Decision is what an unattended run may do at one moment.
type Decision struct {
	// Reached is the limit that holds longest, where one is reached.
	Reached bool
	// All: nothing may be repaired; else what makes no host key still may.
	All bool
	// Keys: no host key may be made.
	Keys bool
	// Wait is how long that holds.
	Wait time.Duration
	// limit is the one that Reached speaks of, and heals those that it counts.
	limit limit
	heals []Heal
	// later holds the codes whose repair has failed, and is not tried again yet.
	later []string
	now   Moment
}

// Decide says what may be repaired now.
func (m Memory) Decide(now Moment) Decision {
	d := Decision{now: now}
	for _, l := range limits() {
		wait, counted := m.wait(now, l)
		if wait <= 0 {
			continue
		}
		d.Reached = true
		d.Keys = true
		d.All = d.All || !l.keys
		if wait > d.Wait {
			d.Wait, d.limit, d.heals = wait, l, counted
		}
	}
	for _, t := range m.Tries {
		if now.Since(t.Last) < retryAfter(t.Fails) {
			d.later = append(d.later, t.Code)
		}
	}
	return d
}

// wait is how long a limit holds, and the heals that it counts; zero where it is
// not reached.
func (m Memory) wait(now Moment, l limit) (time.Duration, []Heal) {
	var counted []Heal
	var ages []time.Duration
	for _, h := range m.Heals {
		if age := now.Since(h.At); age < l.span && (h.Keys || !l.keys) {
			counted, ages = append(counted, h), append(ages, age)
		}
	}
	if len(counted) < l.most {
		return 0, nil
	}
	slices.Sort(ages)
	return l.span - ages[l.most-1], counted
}

// Leaves tells whether a finding is left alone for now. makesKeys: its repair
// makes a host key.
func (d Decision) Leaves(f diag.Finding, makesKeys bool) bool {
	return d.All || d.Keys && makesKeys || slices.Contains(d.later, f.Code)
}

// AtOnce is the decision for a run that happens once, such as that of a first
// boot: what failed a moment ago may have been waited for since, and there is no
// next run soon. The limits hold all the same.
func (d Decision) AtOnce() Decision {
	d.later = nil
	return d
}

// Why a finding was left alone, in the words of JSON and metrics.
const (
	// Decided: sshd is off because somebody has decided so.
	Decided = "decided"
	// Flapping: it was repaired too often.
	Flapping = "flapping"
	// Retry: its repair has failed, and is tried again later.
	Retry = "retry-later"
)

// Left says why nothing was done about what a report still has; empty where
// nothing was held back.
func (d Decision) Left(r diag.Report, makesKeys func(diag.Finding) bool) string {
	why := ""
	if _, decided := DecidedBy(r); decided {
		return Decided
	}
	for _, f := range r.Open() {
		switch {
		case f.Remedy == nil || f.Remedy.Consent != diag.None || len(f.Remedy.Steps) == 0 || f.Severity == diag.Notice:
		case d.All || d.Keys && makesKeys(f):
			return Flapping
		case slices.Contains(d.later, f.Code):
			why = Retry
		}
	}
	return why
}

// DecidedBy returns the finding that somebody has decided, where nothing else is
// wrong: sshd is masked, disabled or marked as not to be run. That is no fault to
// raise an alarm about. The directory that systemd makes for a running sshd, and
// takes away with it, may be missing then.
func DecidedBy(r diag.Report) (by diag.Finding, decided bool) {
	const onlyWhileRunning = "privsep-dir-missing"
	for _, f := range r.Open() {
		switch {
		case f.Severity == diag.Notice || f.Code == onlyWhileRunning:
		case f.Status == diag.CouldNotTell || !f.Intent:
			return diag.Finding{}, false
		case !decided:
			by, decided = f, true
		}
	}
	return by, decided
}
