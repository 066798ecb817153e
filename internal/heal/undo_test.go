package heal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// A repair that asked and did not help is taken back, last step first.
func TestWhatDidNotHelpIsTakenBack(t *testing.T) {
	b := newBox()
	back := func(name string) func(context.Context) error {
		return func(context.Context) error { b.log = append(b.log, "back-"+name); return nil }
	}
	nothing := func() error { return nil }
	b.fault("mask", func(f *diag.Finding) {
		asks(f)
		f.Remedy.Steps = []diag.Step{
			step{box: b, name: "one", does: nothing, undo: back("one"), back: "/etc/x.off"},
			step{box: b, name: "two", does: nothing},
			step{box: b, name: "three", does: nothing, undo: back("three")},
		}
	})
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r := b.run(t, h)
	if got := strings.Join(b.log, " "); got != "look lock look one two three look back-three back-one look release" {
		t.Error(got)
	}
	if results(r) != "mask undone" || r.Repairs[0].Detail == "" || r.Repairs[0].Backup != "" || !r.Changed {
		t.Errorf("%+v", r.Repairs)
	}
	if r.Findings[0].Status != diag.Failed {
		t.Errorf("%+v", r.Findings)
	}
}

func TestWhatFailedHalfWayIsTakenBackAndSaysWhy(t *testing.T) {
	b := newBox()
	undone := 0
	b.fault("mask", func(f *diag.Finding) {
		asks(f)
		f.Remedy.Steps = []diag.Step{
			step{box: b, name: "one", does: func() error { return nil }, undo: func(context.Context) error { undone++; return nil }},
			step{box: b, name: "two", does: func() error { return errors.New("cannot start it") }},
			step{box: b, name: "three", does: func() error { return nil }},
		}
	})
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r := b.run(t, h)
	if strings.Join(b.steps(), " ") != "one two" || undone != 1 || results(r) != "mask undone" {
		t.Errorf("%q, undone %d, %s", b.log, undone, results(r))
	}
	if !strings.Contains(r.Repairs[0].Detail, "cannot start it") {
		t.Errorf("detail %q", r.Repairs[0].Detail)
	}
}

func TestWhatCannotBeTakenBackIsToldOf(t *testing.T) {
	b := newBox()
	b.fault("x", func(f *diag.Finding) {
		asks(f)
		f.Remedy.Steps = []diag.Step{step{box: b, name: "one", does: func() error { return nil },
			undo: func(context.Context) error { return errors.New("disk full") }}}
	})
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r := b.run(t, h)
	if results(r) != "x failed" || !strings.Contains(r.Repairs[0].Detail, "disk full") {
		t.Errorf("%+v", r.Repairs)
	}
}

// What helped stays, though the same fault comes back later in the run; and what
// needed no consent stays anyway.
func TestWhatHelpedIsNotTakenBackLater(t *testing.T) {
	b := newBox()
	undo := func(context.Context) error { b.log = append(b.log, "back"); return nil }
	b.fault("line", func(f *diag.Finding) {
		asks(f)
		f.Stage = diag.Listen
		f.Remedy.Steps = []diag.Step{step{box: b, name: "line", undo: undo, does: func() error { b.faults["line"] = false; return nil }}}
	})
	b.fault("other", func(f *diag.Finding) {
		f.Stage = diag.Listen
		f.Remedy.Steps = []diag.Step{step{box: b, name: "other", undo: undo, does: func() error {
			b.faults["line"] = true // it comes back
			return nil
		}}}
	})
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r := b.run(t, h)
	if slices.Contains(b.log, "back") || results(r) != "line done, other done" {
		t.Errorf("%q, %s", b.log, results(r))
	}
}

// Two lines that sshd rejects, and behind them one that only its owner can
// correct: when it comes to light, the file is as its owner left it.
func TestEditsInVainAreTakenBack(t *testing.T) {
	b := newBox()
	for _, name := range []string{"first", "second"} {
		b.fault(name, func(f *diag.Finding) {
			asks(f)
			f.Remedy.Steps = []diag.Step{step{box: b, name: name, does: func() error { b.faults[name] = false; return nil },
				undo: func(context.Context) error {
					b.log, b.faults[name] = append(b.log, "back "+name), true
					return nil
				}}}
		})
	}
	b.fault("owner", func(f *diag.Finding) { f.Remedy = nil })
	b.hidden["owner"] = []string{"first", "second"}
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r := b.run(t, h)
	got := strings.Join(b.log, ", ")
	if !strings.HasSuffix(got, "second, look, back second, back first, look, release") || results(r) != "first undone, second undone" {
		t.Errorf("%s; %s", got, results(r))
	}
	if r.Verdict != diag.Down {
		t.Error(r.Verdict)
	}
}
