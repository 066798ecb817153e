package history

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Telling is what a run tells.
type Telling struct {
	// State: how the machine stands is news.
	State bool
	// Over: what was told before is over.
	Over bool
	// Known are the codes of repairs that failed before and have failed again,
	// which is news only together with State.
	Known []string
}

// state names what would be told of how the machine stands; empty for healthy.
// What it names is coarse, so that a number in a sentence is no news.
func state(r diag.Report) string {
	by, decided := DecidedBy(r)
	switch {
	case r.CutOff == diag.Interrupted:
		return "interrupted"
	case r.CutOff != "":
		return "cut off"
	case r.Verdict == "":
		return "no report"
	case r.Verdict == diag.Healthy:
		return ""
	case decided:
		return Decided + " " + by.Code
	}
	out := string(r.Verdict) + " " + r.Cause
	if slices.ContainsFunc(r.Findings, func(f diag.Finding) bool { return f.Code == CodeFlapping }) {
		out += " " + CodeFlapping
	}
	return out
}

// Tell says what of a run is news, and what is remembered of having told it. m is
// the memory that the run began with, next what After made of it.
func (m Memory) Tell(next Memory, r diag.Report, now Moment) (Telling, Memory) {
	var t Telling
	for _, try := range m.Tries {
		if slices.Contains(failing(r), try.Code) {
			t.Known = append(t.Known, try.Code)
		}
	}
	is := state(r)
	switch {
	case is == "interrupted":
		// The machine goes down, or somebody ended it: that is told, and says
		// nothing about the machine.
		t.State = true
	case is == m.State:
		// A decision is told once. Any other problem is told again after a day.
		if _, decided := DecidedBy(r); is != "" && !decided && now.Since(m.Since) >= tellAgain {
			t.State, next.Since = true, now
		}
	case within(now, hour, m.News) < mostNews:
		t.State, t.Over = true, is == ""
		next.State, next.Since = is, now
		next.News = last(append(slices.Clone(m.News), now), mostNews)
	}
	return t, next
}
