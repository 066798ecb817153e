package years

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
)

// machine is a box that is made of nothing but the memory of unattended runs: a
// report is put together from what is wrong, as the checks would.
type machine struct {
	memory history.Memory
	fault  fault
}

// step is a repair that is never applied.
type step struct{}

func (step) Command() string { return "true" }

// look is what the checks say.
func (p *machine) look() diag.Report {
	var r diag.Report
	if p.fault != none {
		f := diag.Rule{Code: p.fault.cause(), Severity: diag.Broken, Intent: p.fault == masked}.New("it", "it is broken")
		r.Findings = []diag.Finding{f.With(diag.Remedy{Steps: []diag.Step{step{}}})}
		if p.fault.forPerson() {
			r.Findings[0].Remedy.Consent, r.Findings[0].Status = diag.Asks, diag.NeedsConsent
		}
	}
	r.Conclude()
	return r
}

// run is one unattended run, as cmd/sshd-doctor makes it.
func (p *machine) run(now history.Moment) expectation {
	makes := func(f diag.Finding) bool { return f.Code == keys.cause() }
	var e expectation
	r := p.look()
	d := p.memory.Decide(now)
	if p.fault != none && !p.fault.forPerson() && !d.Leaves(r.Findings[0], makes(r.Findings[0])) {
		done := diag.Repair{Code: p.fault.cause(), Result: "done"}
		made := p.fault == keys
		p.fault, e.repaired = none, true
		r = p.look()
		r.Repairs = []diag.Repair{done}
		if made {
			e.newKeys = 3
			r.HostKeys = []diag.HostKey{{New: true}, {New: true}, {New: true}}
		}
	}
	next := p.memory.After(r, now)
	d = next.Decide(now)
	history.AddTo(&r, d)
	r.LeftAlone = d.Left(r, makes)
	told, next := p.memory.Tell(next, r, now)
	p.memory = next
	e.healthy, e.cause = r.Verdict == diag.Healthy, r.Cause
	e.in = p.fault == none || p.fault == mode
	e.problem = r.Verdict != diag.Healthy && r.LeftAlone != history.Decided
	e.entries = entriesOf(r, told)
	return e
}

func entriesOf(r diag.Report, told history.Telling) []string {
	var out []string
	switch {
	case r.Verdict == diag.Healthy && (told.Over || len(r.Repairs) > 0):
		out = []string{"healthy"}
	case r.Verdict == diag.Healthy || !told.State:
	case r.LeftAlone == history.Decided:
		out = []string{"decided"}
	default:
		for _, f := range r.Findings {
			name := "problem"
			if f.Code == history.CodeFlapping {
				name = "flapping"
			}
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Years of intervals, of nothing but what decides: program and model agree at each
// of them, and the promises hold whatever happens.
func TestYears(t *testing.T) {
	const years, seeds = 2, 5
	for seed := range uint64(seeds) {
		p, m := machine{}, model{now: 4 * hour}
		r := fate{Rand: rand.New(rand.NewPCG(seed, 1)), busy: int(1 + 7*seed)}
		var repairs, made, told []time.Duration
		for range years * 365 * int(day/tick) {
			i := r.next(&m)
			m.now += tick + i.asleep
			i.change(&m)
			p.happen(i, &m)
			want, got := m.run(), p.run(moment(&m))
			if want.String() != got.String() {
				t.Fatalf("seed %d, %s, after %q:\nwant %s\ngot  %s", seed, clock(m.now), i.words, want, got)
			}
			if got.repaired {
				repairs = append(repairs, m.now)
			}
			if got.newKeys > 0 {
				made = append(made, m.now)
			}
			for range got.entries {
				told = append(told, m.now)
			}
		}
		t.Logf("seed %d: %d repairs, %d of them made keys, %d entries of how it stands", seed, len(repairs), len(made), len(told))
		if len(made) < 10 || len(told) < 10 {
			t.Errorf("seed %d: nothing happened", seed)
		}
	}
}

// happen does to the machine what the interval does to the model.
func (p *machine) happen(i interval, m *model) {
	p.fault = m.fault
	switch i.words {
	case "a person heals":
		p.memory = p.memory.Forget()
	case "both memories are damaged":
		p.memory = history.Memory{}
	}
}

// moment is what the machine's clocks show.
func moment(m *model) history.Moment {
	wall := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC) // Europe changes to summer time on day 2
	return history.Moment{Wall: wall.Add(m.now + m.skew), Up: m.now - m.boot, Boot: fmt.Sprintf("boot-%d", m.boot/time.Minute)}
}

// A culprit that never rests, and clocks that are right: the limits are kept to
// the minute, for a month.
func TestACulpritThatNeverRests(t *testing.T) {
	for f, c := range map[fault]struct{ hour, day int }{keys: {2, 4}, stop: {4, 12}} {
		p, m := machine{}, model{now: 4 * hour}
		var at []time.Duration
		entries := 0
		for range 30 * int(day/tick) {
			m.now += tick
			p.fault = f
			e := p.run(moment(&m))
			entries += len(e.entries)
			if e.repaired {
				at = append(at, m.now)
			}
		}
		for i := range at {
			if i >= c.hour && at[i]-at[i-c.hour] < hour || i >= c.day && at[i]-at[i-c.day] < day {
				t.Errorf("%s: repaired too often, at %s", f, clock(at[i]))
			}
		}
		if want := 30 * c.day; len(at) != want {
			t.Errorf("%s: repaired %d times in 30 days, want %d", f, len(at), want)
		}
		t.Logf("%s: %d repairs, %d entries in 30 days", f, len(at), entries)
		if entries > 30*24*6 {
			t.Errorf("%s: %d entries", f, entries)
		}
	}
}
