package casebook

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Every case is played by the tests, on a suite that it names; one that expects
// different things of its suites, on all of them; and no suite goes short.
func TestChosen(t *testing.T) {
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	played := map[string]int{}
	suites := map[box.Suite]int{}
	for _, trial := range Chosen(cases) {
		if _, ok := trial.Case.Plans[trial.Suite]; !ok {
			t.Errorf("%s is not for %s", trial.Case.Name, trial.Suite)
		}
		played[trial.Case.Name]++
		suites[trial.Suite]++
	}
	for _, c := range cases {
		want := 1
		if !c.same() {
			want = len(c.Suites)
		}
		if played[c.Name] != want {
			t.Errorf("%s is played %d times, not %d", c.Name, played[c.Name], want)
		}
	}
	for _, suite := range box.Suites() {
		if suites[suite] < len(cases)/4 {
			t.Errorf("%s is played %d times of %d cases", suite, suites[suite], len(cases))
		}
	}
	t.Logf("%d cases, %v", len(cases), suites)
}

func TestCasesThatExpectDifferentThings(t *testing.T) {
	plan := Plan{Verdict: "healthy"}
	other := Plan{Verdict: "broken"}
	for _, c := range []struct {
		plans map[box.Suite]Plan
		want  bool
	}{
		{map[box.Suite]Plan{box.Bullseye: plan, box.Trixie: plan}, true},
		{map[box.Suite]Plan{box.Bullseye: plan, box.Trixie: other}, false},
	} {
		got := Case{Suites: []box.Suite{box.Bullseye, box.Trixie}, Plans: c.plans}.same()
		if got != c.want {
			t.Errorf("%v: %v", c.plans, got)
		}
	}
}
