// Package heal turns a report into a healthy box: it repairs one cause, looks
// again, and goes on until nothing is left that it may repair.
package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// mostRounds bounds a heal: no box has that many faults that hide one another.
	mostRounds = 24
	// mostTries bounds how often one finding is repaired, in case two repairs
	// bring about each other's fault.
	mostTries = 3
)

// Healer repairs a box.
type Healer struct {
	Host *host.Host
	// Look collects and judges anew.
	Look func(context.Context) diag.Report
	// Agree decides on remedies that ask. It is asked once for each finding.
	Agree func(diag.Finding) bool
	// Named are the codes that the caller agreed to by name: of those a notice is
	// repaired too.
	Named []string
	// Leave tells of a finding that it is not to be repaired now; nil for none.
	Leave func(diag.Finding) bool
	// Tell is told before a repair begins and when it has ended; nil for silence.
	Tell func(Event)
	// DryRun plans the first repairs and changes nothing.
	DryRun bool
	// Lock keeps other runs away from the first change on. It is not taken on a
	// box that needs no repair, so nothing is written there. alone tells that no
	// other run can have changed anything since Run began.
	Lock func() (release func(), alone bool, err error)
	// Prepare, when set, is told what will be repaired without a question, so
	// that slow work can begin in the background. Steps are applied with the
	// context that it returns; done is called when the repairs are over.
	Prepare func(context.Context, []diag.Finding) (with context.Context, done func())
}

// Event is one moment of a heal.
type Event struct {
	Finding diag.Finding
	// Done is false before a repair and true after it.
	Done bool
	// Repair is what became of it, when it is done.
	Repair diag.Repair
}

// run is the state of one heal.
type run struct {
	Healer
	repairs []diag.Repair
	tried   map[string]attempts
	// helped counts the repairs after which their finding was gone.
	helped   int
	answered map[string]bool
	changed  bool
	// newKeys are the fingerprints of the host keys that were made.
	newKeys []string
	// undo takes back the repairs of the last round, by finding.
	undo map[string][]func(context.Context) error
	// edits are those changes of the configuration that can be taken back, in the
	// order in which they were made.
	edits []edit
	// index finds the record of a repair again.
	index map[string]int
	// late are the repairs that systemd was still at when nobody waited any longer.
	late map[int]bool
}

// edit is one change of the configuration: its repair, and the way back.
type edit struct {
	repair int
	undo   func(context.Context) error
}

// attempts are the repairs of one finding so far.
type attempts struct {
	times int
	// helped is how many repairs had helped when its own was last over.
	helped int
}

// Run heals and returns the last report, with what was done in it. The error is
// that of Lock.
func (h Healer) Run(ctx context.Context) (diag.Report, error) {
	r := &run{
		Healer: h, tried: map[string]attempts{}, answered: map[string]bool{},
		undo: map[string][]func(context.Context) error{}, index: map[string]int{},
		late: map[int]bool{},
	}
	report := h.Look(ctx)
	if h.DryRun {
		r.plan(report)
		return r.finish(report), nil
	}
	if len(r.pick(report)) == 0 {
		return r.finish(report), nil
	}
	release, alone, err := h.Lock()
	if err != nil {
		return report, err
	}
	defer release()
	if !alone {
		// What was seen before the lock may be another run's work in progress.
		report = h.Look(ctx)
	}
	if h.Prepare != nil {
		with, done := h.Prepare(ctx, r.certain(report))
		defer done()
		ctx = with
	}
	for range mostRounds {
		batch := r.pick(report)
		if len(batch) == 0 || ctx.Err() != nil {
			break
		}
		clear(r.undo)
		for _, f := range batch {
			if ctx.Err() == nil {
				r.repair(ctx, f)
			}
		}
		if next, ok := r.next(batch, report); ok && ctx.Err() == nil {
			r.repair(ctx, next)
			batch = append(batch, next)
		}
		report = h.Look(ctx)
		r.count(batch, report)
		if ctx.Err() == nil && r.takeBack(ctx, report) {
			report = h.Look(ctx)
		}
	}
	if ctx.Err() == nil && r.inVain(ctx, report) {
		report = h.Look(ctx)
	}
	return r.finish(report), nil
}

// pick chooses what to repair now: every finding of one code, because three
// missing keys are one cause. Quick remedies come first; a slow one must not
// keep anybody waiting who could get in already.
func (r *run) pick(report diag.Report) []diag.Finding {
	for _, slow := range []bool{false, true} {
		for _, broken := range []bool{true, false} {
			if batch := r.pickBatch(report, slow, broken); len(batch) > 0 {
				return batch
			}
		}
	}
	return nil
}

func (r *run) pickBatch(report diag.Report, slow, broken bool) []diag.Finding {
	var batch []diag.Finding
	for _, f := range report.Open() {
		if (f.Severity == diag.Broken) != broken || !r.may(f) || f.Remedy.Slow != slow {
			continue
		}
		if len(batch) > 0 && (batch[0].Code != f.Code || f.Remedy.Consent != diag.None) {
			continue
		}
		if !r.agreed(f) {
			continue
		}
		batch = append(batch, f)
	}
	return batch
}

// next is the consequence whose remedy follows the repair of its cause at once: a
// server without host keys is started as soon as it has some, because the look
// in between would cost whoever waits as much time as all the rest. It is so only
// where the cause is the one thing that is known to be wrong, and its repair
// needed nobody's consent and went well.
func (r *run) next(batch []diag.Finding, report diag.Report) (diag.Finding, bool) {
	cause := batch[0].Code
	for _, f := range report.Open() {
		if f.Severity == diag.Broken && f.Code != cause {
			return diag.Finding{}, false
		}
	}
	for _, f := range batch {
		if f.Remedy.Consent != diag.None || r.repairs[r.index[f.Key()]].Result != "done" {
			return diag.Finding{}, false
		}
	}
	for _, f := range report.Findings {
		if f.Because == cause && r.may(f) && f.Remedy.Next && f.Remedy.Consent == diag.None {
			return f, true
		}
	}
	return diag.Finding{}, false
}

func (r *run) may(f diag.Finding) bool {
	wanted := f.Severity > diag.Notice || slices.Contains(r.Named, f.Code)
	return wanted && f.Status != diag.CouldNotTell && f.Remedy != nil &&
		len(f.Remedy.Steps) > 0 && f.Remedy.Consent != diag.Manual && r.untried(f) &&
		(r.Leave == nil || !r.Leave(f))
}

// untried tells whether it makes sense to repair a finding: once, and a symptom
// again after another repair has helped, because what kept its own from helping
// may be gone.
func (r *run) untried(f diag.Finding) bool {
	a := r.tried[f.Key()]
	if in, vain := r.tried[inVain(f)]; vain && r.helped == in.helped {
		return false
	}
	return a.times == 0 || f.Symptom && r.helped > a.helped && a.times < mostTries
}

// inVain is under what a repair that failed is remembered: what one finding could
// not start, another one that asks for the same start cannot either.
func inVain(f diag.Finding) string { return "in vain: " + f.Remedy.Summary }

// count takes down what the last look says of the repairs before it.
func (r *run) count(batch []diag.Finding, report diag.Report) {
	for _, f := range batch {
		if !slices.ContainsFunc(report.Findings, func(still diag.Finding) bool { return still.Key() == f.Key() }) {
			r.helped++
		}
	}
	for _, f := range batch {
		r.tried[f.Key()] = attempts{times: r.tried[f.Key()].times + 1, helped: r.helped}
		if i, done := r.index[f.Key()]; done && r.repairs[i].Result == "failed" {
			r.tried[inVain(f)] = attempts{helped: r.helped}
		}
	}
}

// certain returns the findings that will be repaired without a question.
func (r *run) certain(report diag.Report) []diag.Finding {
	var out []diag.Finding
	for _, f := range report.Open() {
		if r.may(f) && f.Remedy.Consent == diag.None {
			out = append(out, f)
		}
	}
	return out
}

func (r *run) agreed(f diag.Finding) bool {
	if f.Remedy.Consent == diag.None {
		return true
	}
	yes, known := r.answered[f.Key()]
	if !known {
		yes = r.Agree != nil && r.Agree(f)
		r.answered[f.Key()] = yes
	}
	return yes
}

func (r *run) repair(ctx context.Context, f diag.Finding) {
	r.tell(Event{Finding: f})
	rep := diag.Repair{Code: f.Code, Subject: f.Subject, Summary: f.Remedy.Summary, Result: "done"}
	for _, s := range f.Remedy.Steps {
		if ctx.Err() != nil {
			rep.Result, rep.Detail = "failed", "interrupted"
			break
		}
		change, err := r.apply(ctx, s)
		if rep.Backup == "" {
			// The first is that of the file itself, others are of what belonged to it.
			rep.Backup = change.Backup
		}
		if change.NewKey != "" {
			r.newKeys = append(r.newKeys, change.NewKey)
		}
		if change.Note != "" {
			rep.Notes = append(rep.Notes, change.Note)
		}
		if change.Undo != nil {
			r.undo[f.Key()] = append(r.undo[f.Key()], change.Undo)
			if f.Stage == diag.Config {
				r.edits = append(r.edits, edit{len(r.repairs), change.Undo})
			}
		}
		r.changed = r.changed || err == nil || change.Undo != nil || change.Backup != ""
		if err != nil {
			rep.Result, rep.Detail = "failed", err.Error()
			r.late[len(r.repairs)] = errors.Is(err, host.ErrNotDone)
			if ctx.Err() != nil {
				rep.Detail = "interrupted before it was over"
			}
			break
		}
	}
	r.index[f.Key()] = len(r.repairs)
	r.repairs = append(r.repairs, rep)
	r.tell(Event{Finding: f, Done: true, Repair: rep})
}

func (r *run) apply(ctx context.Context, s diag.Step) (diag.Change, error) {
	step, ok := s.(host.Step)
	if !ok {
		return diag.Change{}, fmt.Errorf("cannot carry out %q: no program for it", s.Command())
	}
	return step.Apply(ctx, r.Host)
}

func (r *run) tell(e Event) {
	if r.Tell != nil {
		r.Tell(e)
	}
}

// takeBack undoes repairs that asked for consent and did not help: the same
// finding still stands. It tells whether it changed anything.
func (r *run) takeBack(ctx context.Context, report diag.Report) bool {
	any := false
	for _, f := range report.Findings {
		steps := r.undo[f.Key()]
		i, ours := r.index[f.Key()]
		if !ours || len(steps) == 0 || f.Because != "" || f.Status == diag.CouldNotTell ||
			f.Remedy == nil || f.Remedy.Consent != diag.Asks {
			continue
		}
		delete(r.undo, f.Key())
		rep := &r.repairs[i]
		rep.Result = "undone"
		if rep.Detail == "" {
			rep.Detail = "it did not help"
		}
		for _, step := range slices.Backward(steps) {
			if err := step(ctx); err != nil {
				rep.Result = "failed"
				rep.Detail += ", and could not be taken back: " + err.Error()
			}
		}
		if rep.Result == "undone" {
			// What was kept aside is back in its place.
			rep.Backup, rep.Notes = "", nil
		}
		any = true
	}
	return any
}

// inVain takes back every edit of this run where sshd rejects its configuration
// in the end all the same: nobody got in by them, and what its owner now writes
// may belong to a line that was set aside. It tells whether it changed anything.
func (r *run) inVain(ctx context.Context, report diag.Report) bool {
	if !slices.ContainsFunc(report.Open(), func(f diag.Finding) bool {
		return f.Stage == diag.Config && f.Severity == diag.Broken && f.Status != diag.CouldNotTell
	}) {
		return false
	}
	any := false
	for _, e := range slices.Backward(r.edits) {
		rep := &r.repairs[e.repair]
		if rep.Result != "done" {
			continue
		}
		rep.Result, rep.Detail = "undone", "sshd does not accept its configuration all the same"
		if err := e.undo(ctx); err != nil {
			rep.Result, rep.Detail = "failed", "it could not be taken back: "+err.Error()
		}
		any = true
	}
	return any
}

// plan lists what would be done first; what comes after it can only be told
// when it is done.
func (r *run) plan(report diag.Report) {
	for _, f := range report.Open() {
		if r.may(f) && r.agreed(f) {
			r.repairs = append(r.repairs, diag.Repair{
				Code: f.Code, Subject: f.Subject, Summary: f.Remedy.Summary, Result: "planned",
			})
		}
	}
}

// caughtUp settles the repairs that took longer than they were waited for: where
// people get in and their finding is gone, they did what they were to do.
func (r *run) caughtUp(report diag.Report) {
	if report.Verdict != diag.Healthy && report.Verdict != diag.Degraded {
		return
	}
	for key, i := range r.index {
		gone := !slices.ContainsFunc(report.Findings, func(f diag.Finding) bool { return f.Key() == key })
		if rep := &r.repairs[i]; gone && r.late[i] {
			rep.Notes, rep.Result, rep.Detail = append(rep.Notes, rep.Detail), "done", ""
			r.changed = true
		}
	}
}

func (r *run) finish(report diag.Report) diag.Report {
	r.caughtUp(report)
	report.Repairs = r.repairs
	report.Changed = r.changed
	for i := range report.HostKeys {
		report.HostKeys[i].New = slices.Contains(r.newKeys, report.HostKeys[i].SHA256)
	}
	for i := range report.Findings {
		f := &report.Findings[i]
		if f.Status != diag.Found || f.Severity == diag.Notice {
			continue
		}
		_, ours := r.index[f.Key()]
		switch {
		case ours:
			f.Status = diag.Failed
		case f.Remedy != nil && f.Remedy.Consent == diag.Asks && f.Because == "":
			f.Status = diag.NeedsConsent
		}
	}
	return report
}
