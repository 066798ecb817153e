package casebook

import (
	"context"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Baseline is what a box already has for somebody who cannot get in, and what
// it did: the doctor is compared with it.
type Baseline struct {
	Name   string   // for the head of its column
	In     bool     // a client is let in afterwards
	Harmed []string // promises of the doctor that it broke
	Err    error    // it could not be tried
}

// remedy is one such thing that people do.
type remedy struct{ name, script string }

// remedies are the two that are recommended everywhere. What they answer is not
// looked at: both say that all is well where it is not.
func remedies() []remedy {
	return []remedy{
		{"ssh-keygen -A", "ssh-keygen -A; systemctl reset-failed ssh; systemctl restart ssh"},
		{"dpkg-reconfigure", "DEBIAN_FRONTEND=noninteractive dpkg-reconfigure openssh-server"},
	}
}

// tryRemedies plays one case once more for each, up to the point where the
// doctor would come.
func tryRemedies(ctx context.Context, c Case, suite box.Suite, opts Options) []Baseline {
	var out []Baseline
	for _, r := range remedies() {
		out = append(out, tryRemedy(ctx, c, suite, opts, r))
	}
	return out
}

func tryRemedy(ctx context.Context, c Case, suite box.Suite, opts Options, r remedy) Baseline {
	out := Baseline{Name: r.name}
	var result Result
	ctx, cancel := context.WithTimeout(ctx, caseDeadline)
	defer cancel()
	t, err := begin(ctx, c, suite, opts, &result)
	if err != nil {
		out.Err = err
		return out
	}
	for _, act := range []func() error{
		t.openSession, t.breakBox, t.tryClient, t.beforeRepair,
		func() error { return t.instead(r) }, t.askSession,
	} {
		if out.Err = act(); out.Err != nil {
			break
		}
	}
	out.In, out.Harmed = t.works, result.Harmed
	if err := t.end(); err != nil && out.Err == nil {
		out.Err = err
	}
	return out
}

// instead does what a person without the doctor would, and watches it as if it
// were the doctor, with nobody's consent to anything.
func (t *trial) instead(r remedy) error {
	worked := t.works
	if _, err := t.box.Exec(t.ctx, nil, "timeout", "60", "sh", "-c", r.script); err != nil {
		return err
	}
	// A unit that is restarted for ever never settles, which is an outcome too.
	if err := t.box.Settle(t.ctx); err != nil {
		time.Sleep(time.Second)
	}
	if err := t.wantClient("after "+r.name, Sights{box.OK}); err != nil {
		return err
	}
	after, err := t.look()
	if err != nil {
		return err
	}
	t.promises(r.name, after, worked, false)
	return nil
}
