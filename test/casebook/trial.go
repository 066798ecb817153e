package casebook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// trial is one case being played on one suite.
type trial struct {
	ctx     context.Context
	box     *box.Box
	plan    Plan
	result  *Result
	session *box.Session
	units   bool // heal runs as its unit
	log     strings.Builder

	good   tree // private keys that the break left as they were
	before view // the broken box, before the doctor
	missed bool // a repair did not do what the case says
	works  bool // the client got in at the last try
}

// view is everything that is watched of a box at one moment.
type view struct {
	tree  tree
	units units
}

func (t *trial) look() (view, error) {
	var v view
	var err error
	if v.tree, err = takeTree(t.box.Root(), t.plan.Keys); err != nil {
		return v, fmt.Errorf("cannot look at the files of the box: %w", err)
	}
	v.units, err = takeUnits(t.ctx, t.box)
	return v, err
}

func (t *trial) wrong(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(t.result.Wrong, text) {
		t.result.Wrong = append(t.result.Wrong, text)
	}
}

// harmed notes broken promises; there may be none.
func (t *trial) harmed(what string, lines []string) {
	for _, line := range lines {
		if text := what + ": " + line; !slices.Contains(t.result.Harmed, text) {
			t.result.Harmed = append(t.result.Harmed, text)
		}
	}
}

// logf adds a headed paragraph to the log.
func (t *trial) logf(head, format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	fmt.Fprintf(&t.log, "--- %s\n%s\n", head, text)
}

// lastLines cuts a text down to its end.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
