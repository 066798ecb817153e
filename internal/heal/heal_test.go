package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestAHealthyBoxIsLookedAtAndNothingElse(t *testing.T) {
	b := newBox()
	r := b.run(t, b.healer())
	if strings.Join(b.log, " ") != "look" || r.Changed || len(r.Repairs) > 0 {
		t.Errorf("%q, changed %v, repairs %+v", b.log, r.Changed, r.Repairs)
	}
}

// Nothing that heal may do: no lock, so nothing is written.
func TestABoxThatOnlyAPersonCanMend(t *testing.T) {
	for what, change := range map[string]func(*diag.Finding){
		"a manual remedy":     func(f *diag.Finding) { f.Remedy = &diag.Remedy{Consent: diag.Manual, Manual: []string{"x"}} },
		"no remedy":           func(f *diag.Finding) { f.Remedy = nil },
		"a remedy of nothing": func(f *diag.Finding) { f.Remedy.Steps = nil },
		"consent is missing":  asks,
		"a notice":            func(f *diag.Finding) { f.Severity = diag.Notice },
		"could not be told":   func(f *diag.Finding) { f.Status = diag.CouldNotTell },
	} {
		b := newBox()
		b.fault("x", change)
		r := b.run(t, b.healer())
		if strings.Join(b.log, " ") != "look" || r.Changed {
			t.Errorf("%s: %q", what, b.log)
		}
		want := diag.Found
		switch what {
		case "consent is missing":
			want = diag.NeedsConsent
		case "could not be told":
			want = diag.CouldNotTell
		}
		if got := r.Findings[0].Status; got != want {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func TestOneFaultHidesAnother(t *testing.T) {
	b := newBox()
	b.fault("config", nil)
	b.fault("keys", nil)
	b.hidden["keys"] = []string{"config"}
	r := b.run(t, b.healer())
	if got := strings.Join(b.log, " "); got != "look lock look config look keys look release" {
		t.Error(got)
	}
	if results(r) != "config done, keys done" || !r.Changed || r.Verdict != diag.Healthy {
		t.Errorf("%s, %s", results(r), r.Verdict)
	}
}

// Three missing keys are one cause; other codes wait for the next look.
func TestFindingsOfOneCodeAreRepairedTogether(t *testing.T) {
	b := newBox()
	b.fault("key:rsa", nil)
	b.fault("mode:/etc", nil)
	b.fault("key:ecdsa", nil)
	b.fault("key:ed25519", nil)
	b.run(t, b.healer())
	if got := strings.Join(b.log, " "); got != "look lock look key:rsa key:ecdsa key:ed25519 look mode:/etc look release" {
		t.Error(got)
	}
}

func TestOrderOfRepairs(t *testing.T) {
	b := newBox()
	b.fault("slow-broken", slow)
	b.fault("quick-warning", warning)
	b.fault("slow-warning", func(f *diag.Finding) { slow(f); warning(f) })
	b.fault("quick-broken", nil)
	b.run(t, b.healer())
	if got := strings.Join(b.steps(), " "); got != "quick-broken quick-warning slow-broken slow-warning" {
		t.Error(got)
	}
}

// Those that ask are done one at a time, each answered once.
func TestConsentIsAskedOnceForEachFinding(t *testing.T) {
	b := newBox()
	b.fault("line:1", asks)
	b.fault("line:2", asks)
	b.fault("line:3", asks)
	b.fault("free", nil)
	asked := map[string]int{}
	h := b.healer()
	h.Agree = func(f diag.Finding) bool {
		asked[f.Subject]++
		b.log = append(b.log, "ask"+f.Subject)
		return f.Subject != "2"
	}
	r := b.run(t, h)
	for _, s := range []string{"1", "2", "3"} {
		if asked[s] != 1 {
			t.Errorf("asked %d times about %s", asked[s], s)
		}
	}
	if results(r) != "line:1 done, line:3 done, free done" {
		t.Error(results(r))
	}
	if len(r.Findings) != 1 || r.Findings[0].Status != diag.NeedsConsent || r.Verdict != diag.Down {
		t.Errorf("%+v", r.Findings)
	}
	if i, j := slices.Index(b.log, "line:1"), slices.Index(b.log, "line:3"); i < 0 || slices.Index(b.log[i:j], "look") < 0 {
		t.Errorf("it did not look between two that ask: %q", b.log)
	}
}

func TestConsequencesAreNotRepaired(t *testing.T) {
	b := newBox()
	b.fault("keys", asks)
	b.fault("service", func(f *diag.Finding) { f.Symptom, f.Stage = true, diag.Service })
	r := b.run(t, b.healer())
	if strings.Join(b.log, " ") != "look" || r.Findings[1].Because != "keys" || r.Findings[1].Status != diag.Found {
		t.Errorf("%q, %+v", b.log, r.Findings)
	}
}

func TestALockThatIsHeld(t *testing.T) {
	b := newBox()
	b.fault("keys", nil)
	h := b.healer()
	h.Lock = func() (func(), bool, error) { return nil, false, ErrLocked }
	r, err := h.Run(t.Context())
	if !errors.Is(err, ErrLocked) || len(b.steps()) > 0 || r.Changed || len(r.Repairs) > 0 {
		t.Errorf("%v, %q, %+v", err, b.log, r.Repairs)
	}
}

// Another run may have finished the work while this one waited for nothing.
func TestItLooksAgainUnderTheLock(t *testing.T) {
	b := newBox()
	b.fault("keys", nil)
	h := b.healer()
	h.Lock = func() (func(), bool, error) {
		b.faults["keys"] = false
		return func() { b.log = append(b.log, "release") }, false, nil
	}
	r := b.run(t, h)
	if strings.Join(b.log, " ") != "look look release" || r.Changed || r.Verdict != diag.Healthy {
		t.Errorf("%q, %+v", b.log, r)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	b := newBox()
	b.fault("keys", nil)
	b.fault("line", asks)
	b.fault("mask", asks)
	h := b.healer()
	h.DryRun = true
	h.Agree = func(f diag.Finding) bool { return f.Code == "line" }
	h.Prepare = func(ctx context.Context, _ []diag.Finding) (context.Context, func()) {
		t.Error("it began to work")
		return ctx, func() {}
	}
	r := b.run(t, h)
	if strings.Join(b.log, " ") != "look" || r.Changed || results(r) != "keys planned, line planned" {
		t.Errorf("%q, changed %v, %s", b.log, r.Changed, results(r))
	}
	if r.Verdict != diag.Down || r.Cause != "keys" {
		t.Errorf("%s, %s", r.Verdict, r.Cause)
	}
}

type noProgram struct{}

func (noProgram) Command() string { return "frobnicate" }

func TestAStepThatNobodyCanCarryOut(t *testing.T) {
	b := newBox()
	b.fault("x", func(f *diag.Finding) { f.Remedy.Steps = []diag.Step{noProgram{}} })
	r := b.run(t, b.healer())
	if results(r) != "x failed" || !strings.Contains(r.Repairs[0].Detail, "frobnicate") || r.Changed {
		t.Errorf("%+v", r.Repairs)
	}
}

// A step that failed half-way and knows how to go back has changed something.
func TestAHalfDoneStepCounts(t *testing.T) {
	b := newBox()
	b.fault("x", func(f *diag.Finding) {
		f.Remedy.Steps = []diag.Step{step{box: b, name: "x", back: "/etc/x.off", does: func() error { return errors.New("no") }}}
	})
	if r := b.run(t, b.healer()); !r.Changed || r.Repairs[0].Backup != "/etc/x.off" {
		t.Errorf("changed %v, %+v", r.Changed, r.Repairs)
	}
}

func TestEventsAndKeysOfARun(t *testing.T) {
	b := newBox()
	b.fault("key", func(f *diag.Finding) {
		f.Remedy.Steps = []diag.Step{madeKey{b}}
	})
	h := b.healer()
	var events []string
	h.Tell = func(e Event) { events = append(events, fmt.Sprint(e.Finding.Code, " ", e.Done, " ", e.Repair.Result)) }
	look := h.Look
	h.Look = func(ctx context.Context) diag.Report {
		r := look(ctx)
		r.HostKeys = []diag.HostKey{{SHA256: "SHA256:old"}, {SHA256: "SHA256:new"}}
		return r
	}
	r := b.run(t, h)
	if strings.Join(events, ", ") != "key false , key true done" {
		t.Errorf("%q", events)
	}
	if r.HostKeys[0].New || !r.HostKeys[1].New {
		t.Errorf("%+v", r.HostKeys)
	}
}

type madeKey struct{ box *box }

func (madeKey) Command() string { return "ssh-keygen" }
func (s madeKey) Apply(context.Context, *host.Host) (diag.Change, error) {
	s.box.faults["key"] = false
	return diag.Change{NewKey: "SHA256:new"}, nil
}

// Slow work may begin at once, but only such as needs no question.
func TestWhatIsPrepared(t *testing.T) {
	b := newBox()
	b.fault("keys", slow)
	b.fault("line", asks)
	b.fault("person", func(f *diag.Finding) { f.Remedy.Consent = diag.Manual })
	h := b.healer()
	var told []string
	type mark struct{}
	h.Prepare = func(ctx context.Context, fs []diag.Finding) (context.Context, func()) {
		for _, f := range fs {
			told = append(told, f.Code)
		}
		return context.WithValue(ctx, mark{}, true), func() { b.log = append(b.log, "prepared") }
	}
	b.run(t, h)
	if strings.Join(told, " ") != "keys" {
		t.Errorf("prepared %q", told)
	}
	if n := len(b.log); b.log[n-2] != "prepared" || b.log[n-1] != "release" {
		t.Errorf("%q", b.log)
	}
}
