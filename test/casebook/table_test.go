package casebook

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

func TestTable(t *testing.T) {
	results := []Result{
		{Case: "a", Title: "first", Suite: box.Trixie, Named: true, Healed: Healed, Took: 1500 * time.Millisecond},
		{Case: "a", Title: "first", Suite: box.Bookworm, Healed: NotHealed, Wrong: []string{"x"}, Harmed: []string{"y", "z"}},
		{Case: "b", Title: "second", Suite: box.Bookworm, Healed: NotHealed, Err: errors.New("broke off")},
	}
	var s strings.Builder
	if err := WriteTable(&s, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| case | bookworm: named | healed | harmed | s | trixie: named |",
		"| a<br>first | **no** | no ! | **2** | 0.0 | yes | yes | - | 1.5 |",
		"| b<br>second | **no** | no ! | - | 0.0 | | | | |",
		"| bookworm | 2 | 0 | 0 | 0 | 0 | 0 | 2 | 1 | 0 |",
		"| trixie | 1 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2 |",
	} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("no %q in:\n%s", want, s.String())
		}
	}
}

func TestBaselinesStandBesideTheDoctor(t *testing.T) {
	other := func(in bool, harmed ...string) []Baseline {
		return []Baseline{{Name: "restart", In: in, Harmed: harmed}}
	}
	results := []Result{
		{Case: "a", Suite: box.Trixie, Healed: Healed, LockedOut: true, InAlone: true, In: true, Baselines: other(false)},
		{Case: "b", Suite: box.Trixie, Healed: WithConsent, LockedOut: true, In: true, Baselines: other(true, "x", "y")},
		{Case: "c", Suite: box.Trixie, Healed: NothingToDo, InAlone: true, In: true, Baselines: other(true, "restarted")},
		{Case: "d", Suite: box.Trixie, LockedOut: true, Baselines: []Baseline{{Name: "restart", In: true, Err: errors.New("broke off")}}},
	}
	var s strings.Builder
	if err := WriteTable(&s, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| case | trixie: named | healed | harmed | s | restart |\n|---|---|---|---|---|---|\n",
		"| a<br> | **no** | yes | - | 0.0 | out |",
		"| b<br> | **no** | with consent | - | 0.0 | in, **2** |",
		"| d<br> | **no** |  | - | 0.0 | ? |",
		"| trixie | 3 | `sshd-doctor heal`, nobody agrees | 1 | 0 | 0 |",
		"| trixie | 3 | `sshd-doctor heal`, somebody agrees | 2 | 0 | 0 |",
		"| trixie | 3 | `restart` | 1 | 2 | 1 |",
	} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("no %q in:\n%s", want, s.String())
		}
	}
}

func TestExplainIsSilentWhenAllIsWell(t *testing.T) {
	if text := (Result{Log: "much"}).Explain(); text != "" {
		t.Errorf("it says %q", text)
	}
	text := Result{Case: "a", Suite: box.Trixie, Wrong: []string{"one"}, Harmed: []string{"two"}, Log: "seen\n"}.Explain()
	for _, want := range []string{"a on trixie", "wrong:  one", "harmed: two", "  seen"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
}
