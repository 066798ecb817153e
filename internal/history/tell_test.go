package history

import (
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func broken(code string) diag.Report {
	r := diag.Report{Findings: []diag.Finding{found(code, diag.Broken, diag.Found)}}
	r.Conclude()
	return r
}

func switchedOff() diag.Report {
	r := broken("unit-masked")
	r.Findings[0].Intent, r.Findings[0].Status = true, diag.NeedsConsent
	return r
}

// What is told of a run of states, five minutes apart: one letter each. A, B:
// broken by that; M: masked; H: healthy; I: interrupted. The answer has the
// letter where the state was told, a dot where not.
func TestWhatIsNews(t *testing.T) {
	day := strings.Repeat("A", 24*12)
	for _, c := range []struct{ what, states, told string }{
		{"healthy for ever", "HHHHHH", "......"},
		{"one problem, and its end", "HAAAAHH", ".A...H."},
		{"another cause", "HAABBAH", ".A.B.AH"},
		{"somebody's decision", "HMMMMHMM", ".M...HM."},
		{"a shutdown says nothing of the machine", "HAIAAH", ".AI..H"},
		{"each day again", day + "AAH", "A" + strings.Repeat(".", 24*12-1) + "A.H"},
		{"a decision is not told each day", strings.Repeat("M", 24*12) + "MMM", "M" + strings.Repeat(".", 24*12+2)},
		{"back and forth: six an hour, and the last of them", "AHAHAHAHAHAHAAAA", "AHAHAH......A..."},
	} {
		var m Memory
		var told strings.Builder
		for i, s := range c.states {
			r := map[rune]diag.Report{
				'A': broken("a"), 'B': broken("b"), 'M': switchedOff(),
				'H': {Verdict: diag.Healthy}, 'I': diag.Unfinished("1", "heal", diag.Interrupted),
			}[s]
			now := at(time.Duration(i) * tick)
			var news Telling
			news, m = m.Tell(m.After(r, now), r, now)
			if !news.State {
				s = '.'
			}
			told.WriteRune(s)
			if news.Over != (s == 'H') {
				t.Errorf("%s: at %d it tells that it is over: %v", c.what, i, news.Over)
			}
		}
		if told.String() != c.told {
			t.Errorf("%s:\n%s told as\n%s want\n%s", c.what, c.states, told.String(), c.told)
		}
	}
}

// The words of a problem change, its cause does not: no news.
func TestANumberInASentenceIsNoNews(t *testing.T) {
	var m Memory
	for i, summary := range []string{"python3 (pid 12) has port 22", "python3 (pid 99) has port 22"} {
		r := broken("port-taken")
		r.Findings[0].Summary = summary
		var news Telling
		if news, m = m.Tell(m, r, at(time.Duration(i)*tick)); news.State != (i == 0) {
			t.Errorf("%q: told %v", summary, news.State)
		}
	}
}

// A decision beside a fault is a fault.
func TestDecidedBy(t *testing.T) {
	both := switchedOff()
	both.Findings = append(both.Findings, found("hostkey-missing", diag.Warning, diag.Found))
	dark := switchedOff()
	dark.Findings = append(dark.Findings, found("x", diag.Warning, diag.CouldNotTell))
	noticed := switchedOff()
	noticed.Findings = append(noticed.Findings, found("n", diag.Notice, diag.Found))
	stopped := switchedOff()
	stopped.Findings = append(stopped.Findings, found("privsep-dir-missing", diag.Broken, diag.Found))
	for what, c := range map[string]struct {
		r    diag.Report
		want bool
	}{
		"masked": {switchedOff(), true}, "masked, and its directory gone": {stopped, true}, "only its directory gone": {broken("privsep-dir-missing"), false},
		"masked, and a notice": {noticed, true}, "masked, and a fault": {both, false},
		"masked, and something unknown": {dark, false}, "healthy": {diag.Report{Verdict: diag.Healthy}, false},
	} {
		if by, got := DecidedBy(c.r); got != c.want || got && by.Code != "unit-masked" {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// After a person's heal the counts are gone, and the end of what was told is told.
func TestForget(t *testing.T) {
	m := heals(true, minutes(0, 10)...)
	r := broken("a")
	_, m = m.Tell(m, r, at(20*time.Minute))
	m = m.Forget()
	if m.Decide(at(21*time.Minute)).Reached || len(m.Heals) > 0 {
		t.Errorf("%+v", m)
	}
	if news, _ := m.Tell(m, diag.Report{Verdict: diag.Healthy}, at(25*time.Minute)); !news.Over {
		t.Error("nobody is told that it is over")
	}
}
