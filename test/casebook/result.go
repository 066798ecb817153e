package casebook

import (
	"fmt"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Healing is how a broken box ended, in the words of the table.
type Healing string

// How a box can end.
const (
	Healed       Healing = "yes"
	WithConsent  Healing = "with consent"
	LeftToPerson Healing = "left to a person" // as it should be
	NotHealed    Healing = "no"               // as it should not be
	NothingToDo  Healing = "-"                // it was healthy
)

// Result is what one case did on one suite.
type Result struct {
	Case, Title string
	Suite       box.Suite
	LockedOut   bool // a client was not let in before the repair
	InAlone     bool // a client is let in after heal without consent
	In          bool // a client is let in at the end
	Baselines   []Baseline
	Named       bool     // check named the verdict and the cause
	Healed      Healing  // how the box ended
	Harmed      []string // promises that were broken
	Wrong       []string // everything else that was not as the case says
	Err         error    // the case could not be played to its end
	Took        time.Duration
	Log         string // what was seen on the way
}

// OK tells whether everything was as the case says.
func (r Result) OK() bool { return r.Err == nil && len(r.Wrong) == 0 && len(r.Harmed) == 0 }

// Explain says what is wrong and shows what was seen on the way; it is empty
// where nothing is wrong.
func (r Result) Explain() string {
	if r.OK() {
		return ""
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s on %s (%s):\n", r.Case, r.Suite, r.Title)
	for _, line := range r.Wrong {
		fmt.Fprintf(&s, "  wrong:  %s\n", line)
	}
	for _, line := range r.Harmed {
		fmt.Fprintf(&s, "  harmed: %s\n", line)
	}
	if r.Err != nil {
		fmt.Fprintf(&s, "  broke off: %v\n", r.Err)
	}
	s.WriteString("what was seen:\n")
	for line := range strings.Lines(r.Log) {
		s.WriteString("  " + line)
	}
	return s.String()
}
