package watch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// The priorities of syslog(3) that are used.
const (
	Err     = 3
	Warning = 4
	Notice  = 5
)

// Entry is one entry for the journal.
type Entry struct {
	ID       string
	Priority int
	Message  string
	Fields   []host.Field
}

// Entries puts a finished run into journal entries: one for each repair, one for
// each new host key, and one for how the box stands then, as far as they are news.
// A healthy box that needed nothing has none. It is pure.
func Entries(r diag.Report, exit int, told history.Telling) []Entry {
	var out []Entry
	for _, p := range r.Repairs {
		if p.Result != "planned" && (told.State || !slices.Contains(told.Known, p.Code)) {
			out = append(out, repair(p))
		}
	}
	for _, k := range r.HostKeys {
		if k.New {
			out = append(out, newKey(k))
		}
	}
	out = append(out, standing(r, told, len(out) > 0)...)
	for i := range out {
		out[i].Fields = append(out[i].Fields,
			field("COMMAND", r.Command), field("VERDICT", string(r.Verdict)),
			field("EXIT", strconv.Itoa(exit)), field("VERSION", r.Version))
	}
	return out
}

// standing is how the box stands at the end of the run.
func standing(r diag.Report, told history.Telling, changed bool) []Entry {
	switch {
	case r.Verdict == diag.Healthy && changed:
		return []Entry{{ID: IDHealthy, Priority: Notice, Message: "healed: " + served(r)}}
	case r.Verdict == diag.Healthy && told.Over:
		return []Entry{{ID: IDHealthy, Priority: Notice, Message: "healthy again: " + served(r)}}
	case r.Verdict == diag.Healthy || !told.State:
		return nil
	}
	var out []Entry
	if r.Cause != history.CodeFlapping {
		out = append(out, outcome(r))
	}
	for _, f := range r.Findings {
		if f.Code == history.CodeFlapping {
			out = append(out, flapping(f))
		}
	}
	return out
}

// flapping says when it was repaired, and how long it is left alone.
func flapping(f diag.Finding) Entry {
	times := ""
	for _, e := range f.Evidence {
		times += "; " + e.Text
	}
	return Entry{
		ID: IDFlapping, Priority: Err,
		Message: clean("something breaks it again and again: " + f.Summary + times + "; when that is found, run: sshd-doctor heal"),
		Fields: []host.Field{
			field("CODE", f.Code), field("SUBJECT", f.Subject), field("STAGE", f.Stage.String()),
			field("SEVERITY", f.Severity.String()), field("STATUS", string(f.Status)),
		},
	}
}

// Failure is the entry for a run that came to no report.
func Failure(command, version, message string, exit int) Entry {
	return Entry{ID: IDNoRun, Priority: Warning, Message: clean(message), Fields: []host.Field{
		field("COMMAND", command), field("EXIT", strconv.Itoa(exit)), field("VERSION", version),
	}}
}

func repair(p diag.Repair) Entry {
	e := Entry{ID: IDRepaired, Priority: Notice, Message: "repaired: " + p.Summary, Fields: []host.Field{
		field("CODE", p.Code), field("SUBJECT", p.Subject), field("RESULT", p.Result),
	}}
	if p.Backup != "" {
		e.Fields = append(e.Fields, field("BACKUP", p.Backup))
	}
	if p.Result != "done" {
		e.ID, e.Priority = IDRepairFailed, Err
		e.Message = fmt.Sprintf("could not repair: %s: %s", p.Summary, p.Detail)
	}
	e.Message = clean(e.Message)
	return e
}

func newKey(k diag.HostKey) Entry {
	return Entry{
		ID: IDNewHostKey, Priority: Notice,
		Message: clean(fmt.Sprintf("new host key %s: %s %s; clients that know the old one will warn", k.Path, k.Type, k.SHA256)),
		Fields:  []host.Field{field("SUBJECT", k.Path), field("KEY_TYPE", k.Type), field("KEY_SHA256", k.SHA256)},
	}
}

// outcome is the one entry about how the box stands at the end.
func outcome(r diag.Report) Entry {
	open := r.Open()
	cause := r.Cause
	if by, decided := history.DecidedBy(r); decided {
		cause = by.Code
	}
	i := slices.IndexFunc(open, func(f diag.Finding) bool { return f.Code == cause && cause != "" })
	switch {
	case r.CutOff == diag.Interrupted:
		// Somebody ended it, or the machine goes down.
		return Entry{ID: IDNoRun, Priority: Notice, Message: "interrupted"}
	case r.CutOff != "":
		return Entry{ID: IDNoRun, Priority: Warning, Message: clean("cut off: " + string(r.CutOff))}
	case r.Verdict == diag.Unknown || i < 0:
		return Entry{
			ID: IDUnknown, Priority: Warning, Message: clean("could not tell whether anybody can log in: " + doubts(r)),
			Fields: []host.Field{field("CODES", codes(r))},
		}
	}
	f := open[i]
	e := Entry{
		ID: IDProblem, Priority: Warning, Message: clean(f.Summary + "; " + next(f)),
		Fields: []host.Field{
			field("CODE", f.Code), field("SUBJECT", f.Subject), field("STAGE", f.Stage.String()),
			field("SEVERITY", f.Severity.String()), field("STATUS", string(f.Status)), field("CODES", codes(r)),
		},
	}
	switch {
	case r.LeftAlone == history.Decided:
		e.ID, e.Priority = IDDecided, Notice
		e.Message = clean("left as somebody decided: " + f.Summary + "; " + next(f))
	case f.Severity == diag.Broken:
		e.Priority = Err
	}
	return e
}

// next is what a person has to type.
func next(f diag.Finding) string {
	look := "run: sshd-doctor"
	if f.Status == diag.NeedsConsent || f.Remedy != nil && f.Remedy.Consent == diag.Asks {
		look = "to agree to a repair, run: sshd-doctor heal --allow " + f.Code
	}
	return look + " (sshd-doctor explain " + f.Code + ")"
}

func served(r diag.Report) string {
	n := 0
	for _, k := range r.HostKeys {
		if k.Served {
			n++
		}
	}
	return fmt.Sprintf("%d host keys proven at %d addresses", n, len(r.Endpoints))
}

func doubts(r diag.Report) string {
	for _, f := range r.Findings {
		if f.Status == diag.CouldNotTell {
			return f.Summary
		}
	}
	return "no check says why"
}

// codes lists the codes of all findings, with blanks between them.
func codes(r diag.Report) string {
	var out []string
	for _, f := range r.Findings {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return strings.Join(out, " ")
}

func field(name, value string) host.Field {
	return host.Field{Name: "SSHD_DOCTOR_" + name, Value: value}
}

// clean keeps to one line of printable ASCII: what is quoted may come from
// anywhere, and ends on somebody's terminal.
func clean(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, s)), " ")
}
