package casebook

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

//go:embed cases
var files embed.FS

// Case is one broken server, as its file describes it.
type Case struct {
	Name   string      // the file's name without .case
	Title  string      // one line for the table
	Origin string      // where the fault is described
	Suites []box.Suite // where the case applies
	Plans  map[box.Suite]Plan
}

// Plan is a case on one suite.
type Plan struct {
	Prepare, Break string // shell scripts
	Addr           string
	Port           int
	Client         Sights   // what a real client sees once the box is broken
	Verdict, Cause string   // what check has to say
	Then           string   // shell script between the client and the doctor
	Findings       []string // further codes that check has to list
	Says           []string // texts that a finding of check has to have
	Heal           Step
	Consent        *Step    // nil where no consent is needed
	Proof          string   // shell script that must succeed at the end
	Keys           []string // private keys outside /etc that must stay as they are
	Session        bool     // a session opened before the break is alive at the end
	Woken          []string // what a mere connection changes: units and paths
	Reboot         Sights   // what the client sees after a reboot; nil for no reboot
}

// Step is one run of "sshd-doctor heal" and what it has to do.
type Step struct {
	Args      []string // beyond heal --json
	Exit      int
	Client    Sights
	Leaves    string   // the cause that remains; "" for the one that check named
	Repairs   []string // codes that must be among the repairs that were done
	Untouched bool     // nothing at all may change
}

// Sights are the words of which a client may see any one: whether a connection
// that is cut off looks reset or closed is a race.
type Sights []box.Sight

// String is the form of a case file.
func (s Sights) String() string {
	var words []string
	for _, sight := range s {
		words = append(words, string(sight))
	}
	return strings.Join(words, " or ")
}

// Load reads every case that the package carries, sorted by name. No case at
// all is an error.
func Load() ([]Case, error) {
	names, err := fs.Glob(files, "cases/*.case")
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read case: %w", err)
		}
		c, err := Parse(strings.TrimSuffix(path.Base(name), ".case"), f)
		f.Close()
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("cannot find any case")
	}
	return cases, nil
}
