package heal

import (
	"errors"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

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

// A start that failed leaves another finding than it began with, which asks for
// the same start. That is not tried, before something else has helped.
func TestWhatWasInVainIsNotTriedUnderAnotherName(t *testing.T) {
	for helps, want := range map[bool]string{false: "start", true: "start keys start"} {
		b := newBox()
		start := func(code string) {
			b.fault(code, func(f *diag.Finding) {
				f.Symptom, f.Remedy.Summary = true, "start it"
				f.Remedy.Steps = []diag.Step{step{box: b, name: "start", does: func() error {
					b.faults["stopped"] = false
					if b.faults["keys"] || !helps {
						b.faults["gave-up"] = true
						return errors.New("cannot start")
					}
					b.faults["gave-up"] = false
					return nil
				}}}
			})
		}
		start("stopped")
		start("gave-up")
		b.faults["gave-up"] = false
		if helps {
			b.fault("keys", func(f *diag.Finding) { f.Stage, f.Severity = diag.HostKeys, diag.Warning })
		}
		b.run(t, b.healer())
		if got := strings.Join(b.steps(), " "); got != want {
			t.Errorf("with something else that helps %v: %q, want %q", helps, got, want)
		}
	}
}
