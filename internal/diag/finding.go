package diag

import "context"

// Status says what became of a finding.
type Status string

// The states of a finding, as they stand in JSON.
const (
	Found        Status = "found"
	Repaired     Status = "repaired"
	NeedsConsent Status = "needs-consent"
	Failed       Status = "failed"
	CouldNotTell Status = "unknown"
)

// Evidence is where something was read and what it said.
type Evidence struct {
	Source string
	Text   string
}

// Finding is one occurrence of a Rule.
type Finding struct {
	Code     string
	Stage    Stage
	Severity Severity
	Status   Status
	Symptom  bool
	Intent   bool
	Title    string
	// Subject is what the finding is about: a path, a unit, an address.
	Subject string
	// Summary is one line of what was seen.
	Summary  string
	Evidence []Evidence
	Remedy   *Remedy
	// Latent says when a fault that harms nobody today will: "at the next start
	// of sshd, at a reboot at the latest". Empty when it harms now.
	Latent string
	// Because is the code of the cause of which this is a consequence.
	Because string
	// CauseOf lists the codes of the consequences of this finding.
	CauseOf []string
	// Explains narrows what this cause can have brought about: when it is not
	// nil, only symptoms with these codes hang under it.
	Explains []string
}

// Key tells findings apart: one code, one subject.
func (f Finding) Key() string { return f.Code + "\x00" + f.Subject }

// With returns the finding with a remedy.
func (f Finding) With(r Remedy) Finding {
	f.Remedy = &r
	return f
}

// As returns the finding with another severity.
func (f Finding) As(s Severity) Finding {
	f.Severity = s
	return f
}

// Consent is what must be given before a remedy may be applied.
type Consent int

// The consent classes of a remedy.
const (
	// None: done by heal everywhere.
	None Consent = iota
	// Asks: overrides a decision that somebody may have taken.
	Asks
	// Manual: shown, never done.
	Manual
)

func (c Consent) String() string {
	switch c {
	case Asks:
		return "asks"
	case Manual:
		return "manual"
	}
	return "none"
}

// Remedy is data: it can be printed, shown in JSON, refused and applied.
type Remedy struct {
	// Summary says in one line what would be done.
	Summary string
	Consent Consent
	// Reason says why consent is needed, when it is.
	Reason string
	// Slow remedies wait until no quick one is left, so that the first
	// connection does not wait for them.
	Slow bool
	// Next: where the finding is a consequence, nothing has to be looked at
	// between the repair of its cause and this remedy: it is what anybody would do
	// next, and does no harm where it does not help.
	Next bool
	// Steps are carried out in order. A manual remedy has none.
	Steps []Step
	// Manual holds the commands to show when there are no steps, or when the steps
	// did not help.
	Manual []string
}

// Commands returns the remedy as commands that a person could type.
func (r Remedy) Commands() []string {
	if len(r.Steps) == 0 {
		return r.Manual
	}
	var out []string
	for _, s := range r.Steps {
		if c := s.Command(); c != "" {
			out = append(out, c)
		}
	}
	return out
}

// Step is one change to the box, as data. How it is carried out is known to the
// check that proposes it (host.Step).
type Step interface {
	// Command is what a person would type for the same effect.
	Command() string
}

// Change is what a step did.
type Change struct {
	// Note is one line about what was done, empty when the command says it all.
	Note string
	// Backup is where the old state was kept, if there was one.
	Backup string
	// NewKey is the fingerprint of a host key that was made.
	NewKey string
	// Undo takes the change back; nil when there is nothing to take back.
	Undo func(context.Context) error
}
