package heal

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Interrupted: what runs is finished, nothing new is begun, and nothing is
// judged or taken back by a look that could not see.
func TestInterrupted(t *testing.T) {
	b := newBox()
	ctx, cancel := context.WithCancel(t.Context())
	undo := func(context.Context) error { b.log = append(b.log, "back"); return nil }
	b.fault("line", func(f *diag.Finding) {
		asks(f)
		f.Remedy.Steps = []diag.Step{
			step{box: b, name: "one", undo: undo, does: func() error { cancel(); return nil }},
			step{box: b, name: "two", does: func() error { return nil }},
		}
	})
	b.fault("keys", nil)
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	r, err := h.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.log, " "); got != "look lock look one look release" {
		t.Error(got)
	}
	if results(r) != "line failed" || r.Repairs[0].Detail != "interrupted" || !r.Changed {
		t.Errorf("%+v", r.Repairs)
	}
	if r.Verdict != diag.Unknown {
		t.Errorf("verdict %s of a look that could not see", r.Verdict)
	}
}

func TestInterruptedInABatch(t *testing.T) {
	b := newBox()
	ctx, cancel := context.WithCancel(t.Context())
	b.fault("key:1", func(f *diag.Finding) {
		f.Remedy.Steps = []diag.Step{step{box: b, name: "key:1", does: func() error { cancel(); return nil }}}
	})
	b.fault("key:2", nil)
	r, err := b.healer().Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.steps(), " "); got != "key:1" || results(r) != "key:1 done" {
		t.Errorf("%s, %s", got, results(r))
	}
}

// An interrupted look may see half of it; nothing is taken back on its word.
func TestNothingIsTakenBackWhenInterrupted(t *testing.T) {
	b := newBox()
	ctx, cancel := context.WithCancel(t.Context())
	b.fault("line", func(f *diag.Finding) {
		asks(f)
		f.Remedy.Steps = []diag.Step{step{
			box: b, name: "line", does: func() error { cancel(); return nil },
			undo: func(context.Context) error { b.log = append(b.log, "back"); return nil },
		}}
	})
	h := b.healer()
	h.Agree = func(diag.Finding) bool { return true }
	h.Look = func(context.Context) diag.Report { return b.look(t.Context()) }
	if r, err := h.Run(ctx); err != nil || slices.Contains(b.log, "back") || results(r) != "line done" {
		t.Errorf("%v, %q, %s", err, b.log, results(r))
	}
}

func TestInterruptedBeforeItBegan(t *testing.T) {
	b := newBox()
	b.fault("keys", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := b.healer().Run(ctx)
	if err != nil || len(b.steps()) > 0 || r.Changed {
		t.Errorf("%q, %v", b.log, err)
	}
}
