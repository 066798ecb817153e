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
	return Healer{Host: &host.Host{}, Look: b.look, Lock: func() (func(), error) {
		b.log = append(b.log, "lock")
		return func() { b.log = append(b.log, "release") }, nil
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
	if results(r) != "mask undone" || r.Repairs[0].Detail == "" || r.Repairs[0].Backup != "/etc/x.off" || !r.Changed {
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
		f.Remedy.Steps = []diag.Step{step{box: b, name: "line", undo: undo, does: func() error { b.faults["line"] = false; return nil }}}
	})
	b.fault("other", func(f *diag.Finding) {
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

// A start that failed because keys were missing is tried again when they are
// there. Nothing else is tried twice.
func TestASymptomIsTriedAgainWhenSomethingElseHelped(t *testing.T) {
	b := newBox()
	b.fault("service", func(f *diag.Finding) {
		f.Symptom = true
		f.Remedy.Steps = []diag.Step{step{box: b, name: "start", does: func() error {
			if b.faults["keys"] {
				return errors.New("cannot start")
			}
			b.faults["service"] = false
			return nil
		}}}
	})
	b.fault("keys", func(f *diag.Finding) { f.Stage, f.Severity = diag.HostKeys, diag.Warning })
	r := b.run(t, b.healer())
	if got := strings.Join(b.steps(), " "); got != "start keys start" {
		t.Error(got)
	}
	if results(r) != "service failed, keys done, service done" || r.Verdict != diag.Healthy {
		t.Errorf("%s, %s", results(r), r.Verdict)
	}
}

func TestACauseIsTriedOnce(t *testing.T) {
	b := newBox()
	b.fault("stubborn", func(f *diag.Finding) {
		f.Remedy.Steps = []diag.Step{step{box: b, name: "stubborn", does: func() error { return nil }}}
	})
	b.fault("a", warning)
	b.fault("b", func(f *diag.Finding) { warning(f); slow(f) })
	r := b.run(t, b.healer())
	if got := strings.Join(b.steps(), " "); got != "stubborn a b" {
		t.Error(got)
	}
	if r.Findings[0].Status != diag.Failed {
		t.Errorf("%+v", r.Findings)
	}
}

// Two restarts that report success and help nobody: sshd is not restarted for
// ever.
func TestRepairsThatDoNotHelpEnd(t *testing.T) {
	b := newBox()
	for _, code := range []string{"one", "two", "three"} {
		b.fault(code, func(f *diag.Finding) {
			f.Symptom = true
			f.Remedy.Steps = []diag.Step{step{box: b, name: code, does: func() error { return nil }}}
		})
	}
	b.run(t, b.healer())
	if got := strings.Join(b.steps(), " "); got != "one two three" {
		t.Error(got)
	}
}

// Two repairs that bring about each other's fault.
func TestRepairsThatFightEnd(t *testing.T) {
	b := newBox()
	swap := func(from, to string) func(*diag.Finding) {
		return func(f *diag.Finding) {
			f.Symptom = true
			f.Remedy.Steps = []diag.Step{step{box: b, name: from, does: func() error {
				b.faults[from], b.faults[to] = false, true
				return nil
			}}}
		}
	}
	b.fault("one", swap("one", "two"))
	b.fault("two", swap("two", "one"))
	b.faults["two"] = false
	r := b.run(t, b.healer())
	if n := len(b.steps()); n > 2*mostTries {
		t.Errorf("%d repairs: %q", n, b.steps())
	}
	if r.Verdict == diag.Healthy {
		t.Error("it is not healthy")
	}
}

func TestALockThatIsHeld(t *testing.T) {
	b := newBox()
	b.fault("keys", nil)
	h := b.healer()
	h.Lock = func() (func(), error) { return nil, ErrLocked }
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
	h.Lock = func() (func(), error) {
		b.faults["keys"] = false
		return func() { b.log = append(b.log, "release") }, nil
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
