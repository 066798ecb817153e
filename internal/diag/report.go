package diag

import "slices"

// Verdict is the answer in one word.
type Verdict string

// The verdicts, as they stand in JSON.
const (
	Healthy  Verdict = "healthy"
	Degraded Verdict = "degraded"
	Down     Verdict = "broken"
	Unknown  Verdict = "unknown"
)

// Repair is one remedy that heal applied or, in a dry run, would apply.
type Repair struct {
	Code    string
	Subject string
	Summary string
	// Result is done, failed, undone or planned.
	Result string
	Backup string
	// Detail says why a repair failed or was undone.
	Detail string
	// Notes are lines about what the steps did.
	Notes []string
}

// HostKey is one private host key of the box, by its public half.
type HostKey struct {
	Path   string
	Type   string
	Bits   int
	SHA256 string
	// Public is the key in base64, as in the second word of a .pub file.
	Public string
	// Served: the server proved over loopback that it holds this key.
	Served bool
	// New: made by this run.
	New bool
}

// Endpoint is one address at which sshd should answer.
type Endpoint struct {
	Address string
	Port    int
	// Owner is the program that holds the port, with its pid and unit.
	Owner string
	// Reached is how far a connection came: refused, connected, banner,
	// kexinit, hostkey.
	Reached string
	Banner  string
	Error   string
}

// Passed says of a stage without findings what was seen there.
type Passed struct {
	Stage Stage
	Text  string
	// Not: the stage has no finding of its own and is not in order either,
	// because of what failed before it.
	Not bool
}

// Report is the whole answer of one look, or of one heal.
type Report struct {
	Version string
	Command string
	// Root is where the disk is mounted that the report is about; empty for the
	// running system. The paths of the report are those of that disk.
	Root      string
	Verdict   Verdict
	Changed   bool
	Cause     string
	Findings  []Finding
	Repairs   []Repair
	HostKeys  []HostKey
	Endpoints []Endpoint
	// Forget holds what to type on a client that knew another identity of this
	// machine, when that has changed.
	Forget []string
	// Passed holds what was seen at the stages that were looked at, in order.
	Passed []Passed
	// CutOff says why the look was not finished: what it saw by then says nothing
	// about the box, so the report has no findings. Empty for a whole look.
	CutOff CutOff
	// LeftAlone says why an unattended run has not repaired what it otherwise
	// would have, or why that is no failure; empty where it held nothing back.
	LeftAlone string
}

// CutOff is why a look ended before its end.
type CutOff string

// The reasons, as they stand in JSON.
const (
	Interrupted CutOff = "interrupted"
	OutOfTime   CutOff = "out of time"
)

// Unfinished is the report of a look that was cut off.
func Unfinished(version, command string, why CutOff) Report {
	return Report{Version: version, Command: command, Verdict: Unknown, CutOff: why}
}

// Conclude orders the findings by cause, hangs consequences under it and sets
// the verdict. It is pure: the same findings always give the same report.
//
// The cause is the first broken finding in causal order that is not a symptom;
// where every broken finding is a symptom, the first of them; where nothing is
// broken, the first warning.
func (r *Report) Conclude() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(a.Stage) - int(b.Stage) })
	for i := range r.Findings {
		r.Findings[i].Because, r.Findings[i].CauseOf = "", nil
	}
	r.Verdict, r.Cause = Healthy, ""
	cause := r.findCause()
	if cause < 0 {
		if slices.ContainsFunc(r.Findings, couldNotTell) {
			r.Verdict = Unknown
		}
		return
	}
	r.Cause = r.Findings[cause].Code
	r.Verdict = Degraded
	if r.Findings[cause].Severity == Broken {
		r.Verdict = Down
	}
	r.hang()
}

func couldNotTell(f Finding) bool {
	return f.Status == CouldNotTell && f.Severity > Notice
}

func (r *Report) findCause() int {
	first := func(match func(Finding) bool) int {
		return slices.IndexFunc(r.Findings, func(f Finding) bool {
			return standsFirm(f) && match(f)
		})
	}
	if i := first(func(f Finding) bool { return f.Severity == Broken && !f.Symptom }); i >= 0 {
		return i
	}
	if i := first(func(f Finding) bool { return f.Severity == Broken }); i >= 0 {
		return i
	}
	if i := first(func(f Finding) bool { return f.Severity == Warning && !f.Symptom }); i >= 0 {
		return i
	}
	return first(func(f Finding) bool { return f.Severity == Warning })
}

// hang puts each symptom under the first cause that explains it, else under the
// cause of the first consequence that does: what a finding hangs under is never
// a consequence itself.
func (r *Report) hang() {
	for i := range r.Findings {
		if s := &r.Findings[i]; s.Symptom && standsFirm(*s) {
			s.Because = r.because(i)
		}
	}
	for i := range r.Findings {
		c := &r.Findings[i]
		for _, s := range r.Findings {
			if c.Because == "" && s.Because == c.Code && !slices.Contains(c.CauseOf, s.Code) {
				c.CauseOf = append(c.CauseOf, s.Code)
			}
		}
	}
}

// because is the code of what brought about a symptom, empty where nothing did.
func (r *Report) because(i int) string {
	s, through := r.Findings[i], ""
	for j, c := range r.Findings {
		switch {
		case i == j || !explains(c, s):
		case c.Because == "":
			return c.Code
		case through == "":
			through = c.Because
		}
	}
	return through
}

// standsFirm tells whether a finding is there and known to be.
func standsFirm(f Finding) bool { return f.Status != CouldNotTell && f.Status != Repaired }

func explains(c, s Finding) bool {
	if c.Code == s.Code || !standsFirm(c) || c.Severity < s.Severity {
		return false
	}
	if c.Explains != nil && !slices.Contains(c.Explains, s.Code) {
		return false
	}
	// A symptom explains only what comes after it. A cause explains symptoms at
	// any stage: a port that is taken is seen at the listen stage and makes the
	// service fail before it.
	return !c.Symptom || c.Stage < s.Stage
}

// Open returns the findings that still stand and are not consequences.
func (r *Report) Open() []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if f.Because == "" && f.Status != Repaired {
			out = append(out, f)
		}
	}
	return out
}
