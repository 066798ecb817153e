package casebook

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Options say how cases are played.
type Options struct {
	Binary    string    // the sshd-doctor under test
	BreakOnly bool      // only break the box and see what the client sees
	Keep      bool      // keep what a failed box changed
	Units     string    // directory of units: heal runs as sshd-doctor.service; "" for the command
	Baselines bool      // try in further boxes what people do without a doctor
	Progress  io.Writer // told when a root has to be built; may be nil
}

// caseDeadline bounds one case on one suite.
const caseDeadline = 2 * time.Minute

// Run plays one case on one suite, in a fresh box.
func Run(ctx context.Context, c Case, suite box.Suite, opts Options) Result {
	r := Result{Case: c.Name, Title: c.Title, Suite: suite, Healed: NotHealed}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, caseDeadline)
	defer cancel()
	t, err := begin(ctx, c, suite, opts, &r)
	if err != nil {
		r.Err = err
		return r
	}
	if t.units {
		r.Err = installUnits(ctx, t.box, opts.Units)
	}
	if r.Err == nil {
		r.Err = t.play(opts.BreakOnly)
	}
	if !r.OK() {
		t.logJournal()
		if opts.Keep {
			t.box.Keep()
		}
	}
	if err := t.end(); err != nil && r.Err == nil {
		r.Err = err
	}
	if kept := t.box.Kept(); kept != "" {
		t.logf("kept", "%s", kept)
	}
	r.Log = t.log.String()
	r.Took = time.Since(began)
	return r
}

// begin boots a fresh box for a case. Who begins has to end it.
func begin(ctx context.Context, c Case, suite box.Suite, opts Options, r *Result) (*trial, error) {
	b, err := box.Start(ctx, suite, box.Options{Binary: opts.Binary, Progress: opts.Progress})
	if err != nil {
		return nil, err
	}
	return &trial{ctx: ctx, box: b, plan: c.Plans[suite], result: r, units: opts.Units != ""}, nil
}

func (t *trial) end() error {
	if t.session != nil {
		t.session.Close()
	}
	return t.box.Stop()
}

// play goes through the case. An error means that it could not be played;
// everything that is merely not as it should be goes into the result.
func (t *trial) play(breakOnly bool) error {
	for _, act := range []func() error{t.openSession, t.breakBox, t.tryClient} {
		if err := act(); err != nil {
			return err
		}
	}
	if breakOnly {
		return t.askSession()
	}
	t.result.LockedOut = !t.works
	acts := []func() error{t.beforeRepair, t.check, t.heal, t.consent, t.prove, t.askSession, t.reboot}
	if t.units && t.plan.Consent != nil {
		// A unit never gets anybody's consent: the rest is not for it.
		t.plan.Consent = nil
		acts = []func() error{t.beforeRepair, t.check, t.heal, t.askSession}
	}
	for _, act := range acts {
		if err := act(); err != nil {
			return err
		}
	}
	t.conclude()
	return nil
}

// conclude puts the outcome of a case that was played to its end in one word.
func (t *trial) conclude() {
	last := t.plan.Heal
	if t.plan.Consent != nil {
		last = *t.plan.Consent
	}
	switch {
	case t.missed:
		t.result.Healed = NotHealed
	case t.plan.Verdict == "healthy":
		t.result.Healed = NothingToDo
	case last.Exit != 0:
		t.result.Healed = LeftToPerson
	case t.plan.Consent != nil:
		t.result.Healed = WithConsent
	default:
		t.result.Healed = Healed
	}
}

// logJournal ends the log with the last lines of the box's journal.
func (t *trial) logJournal() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	text, err := t.box.Journal(ctx, "ssh*")
	if err != nil {
		text = fmt.Sprint(err)
	}
	t.logf("journal of SSH", "%s", lastLines(text, 30))
}
