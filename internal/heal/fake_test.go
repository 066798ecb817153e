package heal

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// box is a machine made of faults. Looking reports those that are there and not
// hidden by another one; a repair step changes the set.
type box struct {
	faults map[string]bool
	// hidden: the fault shows only when none of these is there.
	hidden map[string][]string
	find   map[string]diag.Finding
	order  []string
	// log is what happened, in order: looks, steps, questions, undoing.
	log []string
}

func newBox() *box {
	return &box{faults: map[string]bool{}, hidden: map[string][]string{}, find: map[string]diag.Finding{}}
}

// fault puts a fault into the box. Its remedy has one step that repairs it.
func (b *box) fault(code string, change func(*diag.Finding)) {
	f := diag.Rule{Code: code, Stage: diag.Config, Severity: diag.Broken, Title: code}.New(code, code)
	if i := strings.IndexByte(code, ':'); i > 0 {
		f.Code, f.Subject = code[:i], code[i+1:]
	}
	f.Remedy = &diag.Remedy{Summary: "repair " + code, Steps: []diag.Step{step{box: b, name: code, does: func() error {
		b.faults[code] = false
		return nil
	}}}}
	if change != nil {
		change(&f)
	}
	b.faults[code], b.find[code] = true, f
	b.order = append(b.order, code)
}

func (b *box) look(ctx context.Context) diag.Report {
	b.log = append(b.log, "look")
	var r diag.Report
	for _, code := range b.order {
		if !b.faults[code] || slices.ContainsFunc(b.hidden[code], func(h string) bool { return b.faults[h] }) {
			continue
		}
		f := b.find[code]
		if ctx.Err() != nil {
			f.Status = diag.CouldNotTell
		}
		r.Findings = append(r.Findings, f)
	}
	r.Conclude()
	return r
}

// step is a step of a remedy that does what the test says.
type step struct {
	box  *box
	name string
	does func() error
	undo func(context.Context) error
	back string
}

func (s step) Command() string { return "do " + s.name }

func (s step) Apply(_ context.Context, _ *host.Host) (diag.Change, error) {
	s.box.log = append(s.box.log, s.name)
	err := s.does()
	return diag.Change{Undo: s.undo, Backup: s.back}, err
}

func (b *box) steps() []string {
	return slices.DeleteFunc(slices.Clone(b.log), func(l string) bool { return l == "look" || l == "lock" || l == "release" })
}

func (b *box) healer() Healer {
	return Healer{Host: &host.Host{}, Look: b.look, Lock: func() (func(), bool, error) {
		b.log = append(b.log, "lock")
		return func() { b.log = append(b.log, "release") }, false, nil
	}}
}

func (b *box) run(t *testing.T, h Healer) diag.Report {
	t.Helper()
	r, err := h.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func asks(f *diag.Finding)    { f.Remedy.Consent = diag.Asks }
func slow(f *diag.Finding)    { f.Remedy.Slow = true }
func warning(f *diag.Finding) { f.Severity = diag.Warning }

func results(r diag.Report) string {
	var out []string
	for _, rep := range r.Repairs {
		out = append(out, strings.TrimSuffix(rep.Code+":"+rep.Subject, ":"+rep.Code)+" "+rep.Result)
	}
	return strings.Join(out, ", ")
}
