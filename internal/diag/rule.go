// Package diag is the vocabulary that all checks share: what can be wrong
// (Rule), what was seen (Finding), what may be done about it (Remedy), and the
// whole answer (Report). It knows nothing about the operating system.
package diag

// Stage is a place in the causal order in which a connection comes about.
// A fault at one stage shows up as symptoms at every later one.
type Stage int

// The stages, in causal order.
const (
	Install Stage = iota
	Config
	HostKeys
	Service
	Listen
	Handshake
	Negotiation
	Identity
)

// Stages lists every stage in causal order.
func Stages() []Stage {
	return []Stage{Install, Config, HostKeys, Service, Listen, Handshake, Negotiation, Identity}
}

func (s Stage) String() string {
	switch s {
	case Install:
		return "install"
	case Config:
		return "config"
	case HostKeys:
		return "hostkeys"
	case Service:
		return "service"
	case Listen:
		return "listen"
	case Handshake:
		return "handshake"
	case Negotiation:
		return "negotiation"
	case Identity:
		return "identity"
	}
	return "unknown"
}

// Severity says what a finding means for somebody who wants to log in.
type Severity int

// Severities, mildest first.
const (
	// Notice leaves the verdict healthy.
	Notice Severity = iota
	// Warning means that people get in today, but something is wrong.
	Warning
	// Broken means that somebody who should get through key exchange cannot.
	Broken
)

func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Broken:
		return "broken"
	}
	return "notice"
}

// Rule is one problem that the program knows: static, one literal each, with a
// stable code and a page in docs/codes.
type Rule struct {
	// Code is stable for ever: other programs are written against it.
	Code string
	// Stage is where the fault sits, not where it shows.
	Stage Stage
	// Severity is the usual one; a finding may carry a milder one.
	Severity Severity
	// Symptom marks what can be a consequence of a fault at an earlier stage.
	// A rule that is not a symptom is always a cause of its own.
	Symptom bool
	// Intent marks what nobody does by accident: a person, or a tool in somebody's
	// name, must have decided it.
	Intent bool
	// Title names the fault in a few words.
	Title string
}

// New makes a finding of this rule with the rule's own severity.
func (r Rule) New(subject, summary string, evidence ...Evidence) Finding {
	return Finding{
		Code: r.Code, Stage: r.Stage, Severity: r.Severity, Symptom: r.Symptom, Intent: r.Intent,
		Status: Found, Title: r.Title, Subject: subject, Summary: summary, Evidence: evidence,
	}
}

// Unknown makes a finding that says: this could not be told.
func (r Rule) Unknown(subject, summary string, evidence ...Evidence) Finding {
	f := r.New(subject, summary, evidence...)
	f.Status = CouldNotTell
	return f
}
