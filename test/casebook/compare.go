package casebook

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

const baselineWords = "The last columns of each suite are what a box has without a doctor, tried on\n" +
	"boxes that were broken in the same way: `ssh-keygen -A; systemctl reset-failed\n" +
	"ssh; systemctl restart ssh`, and `dpkg-reconfigure openssh-server`. *in*: a\n" +
	"client is let in afterwards; *out*: it is not; a number: so many of the doctor's\n" +
	"promises were broken; restarting a sshd that works is one, and overwriting a\n" +
	"file of which nothing is left another (with dpkg that can be ucf's own record).\n\n"

// baselineNames are the columns that the results have beside the doctor's.
func baselineNames(results []Result) []string {
	for _, r := range results {
		if len(r.Baselines) > 0 {
			var names []string
			for _, b := range r.Baselines {
				names = append(names, b.Name)
			}
			return names
		}
	}
	return nil
}

func baselineCells(r *Result, names []string) string {
	var s strings.Builder
	for i := range names {
		if r == nil || i >= len(r.Baselines) {
			s.WriteString(" |")
			continue
		}
		b := r.Baselines[i]
		word := map[bool]string{true: "in", false: "out"}[b.In]
		if b.Err != nil {
			word = "?"
		}
		if len(b.Harmed) > 0 {
			word += fmt.Sprintf(", **%d**", len(b.Harmed))
		}
		fmt.Fprintf(&s, " %s |", word)
	}
	return s.String()
}

// tally counts what one way of repair did on one suite.
type tally struct{ in, harmed, disturbed int }

// compared sums up who let the locked-out clients in, and at which price. A
// healthy box that was changed counts as harmed.
func compared(suites []box.Suite, results []Result, names []string) string {
	var s strings.Builder
	s.WriteString("| suite | clients locked out | way | let in | boxes harmed | of which healthy before |\n|---|---|---|---|---|---|\n")
	for _, suite := range suites {
		out := 0
		alone, agreed, others := tally{}, tally{}, make([]tally, len(names))
		for _, r := range results {
			if r.Suite != suite {
				continue
			}
			out += one(r.LockedOut)
			alone.count(r, r.InAlone, r.Harmed)
			agreed.count(r, r.In, r.Harmed)
			for i, b := range r.Baselines[:min(len(r.Baselines), len(names))] {
				others[i].count(r, b.In && b.Err == nil, b.Harmed)
			}
		}
		row := func(way string, t tally) {
			fmt.Fprintf(&s, "| %s | %d | %s | %d | %d | %d |\n", suite, out, way, t.in, t.harmed, t.disturbed)
		}
		row("`sshd-doctor heal`, nobody agrees", alone)
		row("`sshd-doctor heal`, somebody agrees", agreed)
		for i, name := range names {
			row("`"+name+"`", others[i])
		}
	}
	return s.String()
}

func (t *tally) count(r Result, in bool, harmed []string) {
	t.in += one(r.LockedOut && in)
	t.harmed += one(len(harmed) > 0)
	t.disturbed += one(len(harmed) > 0 && r.Healed == NothingToDo)
}
