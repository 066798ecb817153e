package casebook

import (
	"slices"
	"strings"
)

// beforeRepair is what happens between the client's try and the repair.
func (t *trial) beforeRepair() error {
	if err := t.script("then", t.plan.Then); err != nil {
		return err
	}
	if err := t.box.Settle(t.ctx); err != nil {
		return err
	}
	var err error
	t.before, err = t.look()
	return err
}

// check runs "sshd-doctor check" and wants it to name the cause and to leave
// no trace.
func (t *trial) check() error {
	v, err := t.see("check")
	if err != nil {
		return err
	}
	t.result.Named = t.named(v)
	t.words(v.result.Exit)
	after, err := t.look()
	if err != nil {
		return err
	}
	t.harmed("check leaves no trace", t.traces(t.before, after))
	if v.report.Changed {
		t.wrong("check says that it changed something")
	}
	t.before = after
	return nil
}

// words runs check for a person, who has to get the same exit code.
func (t *trial) words(exit int) {
	r, err := t.box.Exec(t.ctx, nil, "sshd-doctor", "check")
	if err != nil {
		r.Stderr = err.Error()
	}
	t.logf("sshd-doctor check", "exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
	if r.Exit != exit {
		t.wrong("check exits with %d as JSON and with %d as text", exit, r.Exit)
	}
}

// named compares a report with what the case says about the cause.
func (t *trial) named(v visit) bool {
	wrong := len(t.result.Wrong)
	if want := exitOf(t.plan.Verdict); v.result.Exit != want {
		t.wrong("check should exit with %d, and exits with %d", want, v.result.Exit)
	}
	if v.bad == nil {
		if v.report.Verdict != t.plan.Verdict {
			t.wrong("check should say %s, and says %s", t.plan.Verdict, v.report.Verdict)
		}
		if v.report.Cause != t.plan.Cause {
			t.wrong("check should name the cause %q, and names %q", t.plan.Cause, v.report.Cause)
		}
		for _, code := range t.plan.Findings {
			if !v.report.has(code) {
				t.wrong("check should list %q", code)
			}
		}
	}
	for _, text := range t.plan.Says {
		if v.bad == nil && !v.report.says(text) {
			t.wrong("check should say %q", text)
		}
	}
	return len(t.result.Wrong) == wrong
}

// heal runs "sshd-doctor heal" with nobody's consent.
func (t *trial) heal() error {
	err := t.step("heal without consent", t.plan.Heal, false)
	t.result.InAlone, t.result.In = t.works, t.works
	return err
}

// consent runs it again with somebody's consent, where the case has that.
func (t *trial) consent() error {
	if t.plan.Consent == nil {
		return nil
	}
	err := t.step("heal with consent", *t.plan.Consent, true)
	t.result.In = t.works
	return err
}

// step runs heal twice and compares what it did with the case and with the
// promises.
func (t *trial) step(what string, s Step, agreed bool) error {
	wrong, worked := len(t.result.Wrong), t.works
	v, err := t.see(append([]string{"heal"}, s.Args...)...)
	if err != nil {
		return err
	}
	t.judgeStep(what, s, v)
	if err := t.wantClient("after "+what, s.Client); err != nil {
		return err
	}
	after, err := t.look()
	if err != nil {
		return err
	}
	t.promises(what, after, worked, agreed)
	if s.Untouched || t.plan.Verdict == "healthy" || (v.bad == nil && !v.report.Changed) {
		t.harmed(what+" changes nothing", t.changes(t.unrecorded(t.before), t.unrecorded(after)))
	}
	t.before = after
	t.missed = t.missed || len(t.result.Wrong) > wrong
	return t.again(what, s)
}

// judgeStep compares exit code and report with the case.
func (t *trial) judgeStep(what string, s Step, v visit) {
	if v.result.Exit != s.Exit {
		t.wrong("%s should exit with %d, and exits with %d", what, s.Exit, v.result.Exit)
	}
	if v.bad != nil {
		return
	}
	cause := s.Leaves
	if cause == "" && s.Exit != 0 {
		cause = t.plan.Cause
	}
	if v.report.Cause != cause {
		t.wrong("%s should leave the cause %q, and leaves %q", what, cause, v.report.Cause)
	}
	if s.Exit == 0 && v.report.Verdict != "healthy" {
		t.wrong("%s should end healthy, and ends %s", what, v.report.Verdict)
	}
	for _, code := range s.Repairs {
		if !slices.Contains(v.report.done(), code) {
			t.wrong("%s should repair %s, and repairs %v", what, code, v.report.done())
		}
	}
}

// again wants a second run to change nothing.
func (t *trial) again(what string, s Step) error {
	v, err := t.see(append([]string{"heal"}, s.Args...)...)
	if err != nil {
		return err
	}
	after, err := t.look()
	if err != nil {
		return err
	}
	changes := t.changes(t.before, after)
	if done := v.report.done(); v.report.Changed && len(done) > 0 {
		changes = append(changes, "it says that it changed something: "+strings.Join(done, " "))
	}
	if v.result.Exit != s.Exit {
		t.wrong("the second run of %s exits with %d", what, v.result.Exit)
	}
	t.harmed("a second run of "+what+" changes nothing", changes)
	t.before = after
	return nil
}

// see runs the doctor and logs what it says.
func (t *trial) see(args ...string) (visit, error) {
	how := see
	if t.units && len(args) == 1 && (args[0] == "heal" || args[0] == "check") {
		how = seeUnit
	}
	v, err := how(t.ctx, t.box, args...)
	if err != nil {
		return v, err
	}
	t.logf(v.args, "exit %d after %v\n%s%s", v.result.Exit, v.result.Took.Round(1e6), v.result.Stdout, v.result.Stderr)
	if v.bad != nil {
		t.wrong("%s: %v", v.args, v.bad)
	}
	t.harmed("nothing is left running", strays(t.box))
	return v, nil
}
