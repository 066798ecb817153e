package history

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// at is a moment of one boot that began at ten o'clock.
func at(up time.Duration) Moment {
	return Moment{Wall: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).Add(up), Up: up, Boot: "a"}
}

// A time of five minutes, as the timer counts.
const tick = 5 * time.Minute

// How long ago something was, with clocks that go wrong.
func TestHowLongAgo(t *testing.T) {
	year := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	epoch := time.Unix(60, 0)
	for name, c := range map[string]struct {
		then, now Moment
		want      time.Duration
	}{
		"one boot, a good clock":             {Moment{year, time.Hour, "a"}, Moment{year.Add(tick), time.Hour + tick, "a"}, tick},
		"one boot, the clock was set on":     {Moment{epoch, time.Minute, "a"}, Moment{year, 2 * time.Minute, "a"}, time.Minute},
		"one boot, the clock was set back":   {Moment{year, time.Minute, "a"}, Moment{epoch, 2 * time.Minute, "a"}, time.Minute},
		"one boot, asleep for a night":       {Moment{year, time.Minute, "a"}, Moment{year.Add(8 * time.Hour), 8*time.Hour + time.Minute, "a"}, 8 * time.Hour},
		"another boot, a good clock":         {Moment{year, 9 * time.Hour, "a"}, Moment{year.Add(tick), time.Minute, "b"}, tick},
		"another boot, at 1970":              {Moment{year, time.Hour, "a"}, Moment{epoch, time.Minute, "b"}, time.Minute},
		"another boot, both at 1970":         {Moment{epoch, time.Minute, "a"}, Moment{epoch.Add(time.Minute), 2 * time.Minute, "b"}, 2 * time.Minute},
		"another boot, the clock went back":  {Moment{year, time.Hour, "a"}, Moment{year.Add(-time.Hour), 3 * time.Minute, "b"}, 3 * time.Minute},
		"boots without an id: the clock":     {Moment{year, time.Hour, ""}, Moment{year.Add(tick), time.Minute, ""}, tick},
		"one boot, less up than before: odd": {Moment{year, time.Hour, "a"}, Moment{year.Add(tick), time.Minute, "a"}, tick},
	} {
		if got := c.now.Since(c.then); got != c.want {
			t.Errorf("%s: %s ago, want %s", name, got, c.want)
		}
	}
}

func heals(keys bool, ups ...time.Duration) Memory {
	var m Memory
	for _, up := range ups {
		m.Heals = append(m.Heals, Heal{At: at(up), Code: "hostkey-missing", Keys: keys})
	}
	return m
}

func minutes(n ...int) []time.Duration {
	var out []time.Duration
	for _, m := range n {
		out = append(out, time.Duration(m)*time.Minute)
	}
	return out
}

// When is it left alone, and for how long.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		m         Memory
		now       int // minutes
		all, keys bool
		wait      int // minutes
	}{
		"nothing yet":                      {Memory{}, 100, false, false, 0},
		"three in an hour":                 {heals(false, minutes(10, 20, 30)...), 40, false, false, 0},
		"four in an hour":                  {heals(false, minutes(10, 20, 30, 40)...), 41, true, true, 29},
		"four, the first an hour ago":      {heals(false, minutes(10, 20, 30, 40)...), 70, false, false, 0},
		"five, as after a cut-off run":     {heals(false, minutes(10, 20, 30, 35, 40)...), 71, true, true, 9},
		"new keys once":                    {heals(true, 0), 10, false, false, 0},
		"new keys twice in an hour":        {heals(true, minutes(0, 10)...), 20, false, true, 40},
		"new keys twice, other repairs":    {Memory{Heals: append(heals(true, minutes(0, 10)...).Heals, heals(false, minutes(15)...).Heals...)}, 20, false, true, 40},
		"new keys four times in a day":     {heals(true, minutes(0, 100, 200, 300)...), 400, false, true, 24*60 - 400},
		"twelve in a day":                  {heals(false, minutes(0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100)...), 1200, true, true, 240},
		"twelve, the first a day ago":      {heals(false, minutes(0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100)...), 1440, false, false, 0},
		"both limits: the longer one told": {heals(true, minutes(0, 1, 2, 3)...), 4, true, true, 24*60 - 4},
	} {
		d := c.m.Decide(at(time.Duration(c.now) * time.Minute))
		if d.All != c.all || d.Keys != c.keys || d.Wait != time.Duration(c.wait)*time.Minute {
			t.Errorf("%s: all %v, keys %v, wait %s", name, d.All, d.Keys, d.Wait)
		}
		if got := len(Judge(d)) == 1; got != (c.wait > 0) {
			t.Errorf("%s: reported: %v", name, got)
		}
	}
}

func TestFlappingNamesTheTimes(t *testing.T) {
	f := Judge(heals(true, minutes(0, 10)...).Decide(at(20 * time.Minute)))[0]
	if f.Summary != "given new host keys 2 times in an hour; left alone until 2026-11-22 11:00 UTC" || f.Subject != "hostkey-missing" {
		t.Errorf("%q about %q", f.Summary, f.Subject)
	}
	if len(f.Evidence) != 2 || f.Evidence[1].Text != "2026-11-22 10:10 UTC hostkey-missing, new host keys" {
		t.Errorf("%+v", f.Evidence)
	}
}

func found(code string, s diag.Severity, status diag.Status) diag.Finding {
	return diag.Finding{Code: code, Severity: s, Status: status}
}

// A repair that does not help is tried again less and less often, however long
// that goes on.
func TestRetriesBackOff(t *testing.T) {
	var m Memory
	var tried []int
	fault := found("port-taken", diag.Broken, diag.Found)
	for up := time.Duration(0); up < 6*time.Hour; up += tick {
		r := diag.Report{Verdict: diag.Down, Cause: "port-taken", Findings: []diag.Finding{fault}}
		if !m.Decide(at(up)).Leaves(fault, false) {
			tried = append(tried, int(up/time.Minute))
			r.Findings[0].Status = diag.Failed
			r.Repairs = []diag.Repair{{Code: "port-taken", Result: "done"}}
		}
		m = m.After(r, at(up))
	}
	if want := []int{0, 5, 15, 35, 75, 135, 195, 255, 315}; !slices.Equal(tried, want) {
		t.Errorf("tried at minutes %v, want %v", tried, want)
	}
	if len(m.Heals) > 0 {
		t.Errorf("what did not help counts as a repair: %+v", m.Heals)
	}
	if m = m.After(diag.Report{Verdict: diag.Healthy}, at(7*time.Hour)); len(m.Tries) > 0 {
		t.Errorf("it is still remembered when it is over: %+v", m.Tries)
	}
}

// The run of a first boot does not wait for the next one, and keeps to the limits.
func TestAtOnce(t *testing.T) {
	fault := found("unit-stopped", diag.Broken, diag.Found)
	failed := diag.Report{Verdict: diag.Down, Cause: "unit-stopped", Findings: []diag.Finding{fault}}
	failed.Findings[0].Status = diag.Failed
	failed.Repairs = []diag.Repair{{Code: "unit-stopped", Result: "done"}}
	var m Memory
	d := m.After(failed, at(0)).Decide(at(time.Minute))
	if !d.Leaves(fault, false) || d.AtOnce().Leaves(fault, false) {
		t.Error("what failed a minute ago is tried again by the timer, or not by a first boot")
	}
	if !(Decision{All: true}).AtOnce().Leaves(fault, false) || !(Decision{Keys: true}).AtOnce().Leaves(fault, true) {
		t.Error("a first boot goes beyond the limits")
	}
}

// What a run leaves in the memory.
func TestAfterARun(t *testing.T) {
	done := diag.Repair{Code: "hostkey-missing", Result: "done"}
	newKey := diag.HostKey{New: true}
	for name, c := range map[string]struct {
		r    diag.Report
		want string // heals, then tries
	}{
		"healthy":          {diag.Report{Verdict: diag.Healthy}, ""},
		"repaired":         {diag.Report{Verdict: diag.Healthy, Repairs: []diag.Repair{done}}, "hostkey-missing"},
		"with a new key":   {diag.Report{Verdict: diag.Healthy, Repairs: []diag.Repair{done}, HostKeys: []diag.HostKey{newKey}}, "hostkey-missing+keys"},
		"only planned":     {diag.Report{Verdict: diag.Down, Repairs: []diag.Repair{{Code: "x", Result: "planned"}}}, ""},
		"repaired in vain": {diag.Report{Verdict: diag.Down, Repairs: []diag.Repair{done}, Findings: []diag.Finding{found("hostkey-missing", diag.Broken, diag.Failed)}}, "hostkey-missing?"},
		"a key was made, and something else fails": {diag.Report{
			Verdict: diag.Down, Repairs: []diag.Repair{done, {Code: "service-failed", Result: "failed"}}, HostKeys: []diag.HostKey{newKey},
		}, "hostkey-missing+keys service-failed?"},
		"a start failed, and then its cause was repaired": {diag.Report{
			Verdict: diag.Healthy, Repairs: []diag.Repair{{Code: "service-failed", Result: "failed"}, done},
		}, "hostkey-missing"},
		"cut off before anything":     {diag.Unfinished("1", "heal", diag.Interrupted), ""},
		"cut off after a repair":      {diag.Report{Verdict: diag.Unknown, CutOff: diag.OutOfTime, Repairs: []diag.Repair{done}}, "hostkey-missing+keys"},
		"a person has to see to it":   {diag.Report{Verdict: diag.Down, Findings: []diag.Finding{found("unit-masked", diag.Broken, diag.NeedsConsent)}}, ""},
		"it could not be told at all": {diag.Report{Verdict: diag.Unknown, Findings: []diag.Finding{found("x", diag.Broken, diag.CouldNotTell)}}, ""},
	} {
		var got []string
		m := Memory{}.After(c.r, at(0))
		for _, h := range m.Heals {
			if h.Keys {
				h.Code += "+keys"
			}
			got = append(got, h.Code)
		}
		for _, try := range m.Tries {
			got = append(got, try.Code+"?")
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A run that is killed each time has repaired each time, for all that is known.
func TestARunThatIsKilledCounts(t *testing.T) {
	m := Memory{}.Begin(at(0)).Begin(at(tick))
	if d := m.Decide(at(2 * tick)); !d.Keys || d.All {
		t.Errorf("%+v", d)
	}
	if f := Judge(m.Decide(at(2 * tick)))[0]; !strings.Contains(f.Evidence[0].Text, "cut off") {
		t.Errorf("%+v", f.Evidence)
	}
}

// For years, whatever happens: it does not grow.
func TestMemoryIsBounded(t *testing.T) {
	var m Memory
	for i := range 2000 {
		now := at(time.Duration(i) * tick)
		code := "fault-" + string(rune('a'+i%26))
		r := diag.Report{
			Verdict: diag.Down, Cause: code,
			Findings: []diag.Finding{found(code, diag.Broken, diag.Failed)},
			Repairs:  []diag.Repair{{Code: code, Result: "failed"}, {Code: "other", Result: "done"}},
		}
		for c := 'a'; c <= 'z'; c++ {
			r.Findings = append(r.Findings, found("fault-"+string(c), diag.Broken, diag.Found))
		}
		_, m = m.Tell(m.Begin(now).After(r, now), r, now)
	}
	m.Schema, m.Seq = Schema, 1
	if err := m.check(); err != nil || len(m.Heals) > mostHeals || len(m.Tries) > mostTries || len(m.News) > mostNews {
		t.Errorf("%v: %d heals, %d tries, %d news", err, len(m.Heals), len(m.Tries), len(m.News))
	}
}
