package heal

import (
	"fmt"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// A start that takes longer than it is waited for has failed only where nobody
// gets in afterwards.
func TestALateStartIsNoFailureOnceItIsUp(t *testing.T) {
	for name, c := range map[string]struct {
		up   bool
		err  error
		want string
	}{
		"up by the next look": {true, fmt.Errorf("cannot start it: %w", host.ErrNotDone), "unit-stopped done"},
		"not up":              {false, fmt.Errorf("cannot start it: %w", host.ErrNotDone), "unit-stopped failed"},
		"failed, and up":      {true, fmt.Errorf("cannot start it: job canceled"), "unit-stopped failed"},
	} {
		b := newBox()
		b.fault("unit-stopped", func(f *diag.Finding) {
			f.Remedy.Steps = []diag.Step{step{box: b, name: "start", does: func() error {
				b.faults["unit-stopped"] = !c.up
				return c.err
			}}}
		})
		r := b.run(t, b.healer())
		if results(r) != c.want {
			t.Errorf("%s: %s, want %s", name, results(r), c.want)
		}
		if done := r.Repairs[0].Result == "done"; done != r.Changed {
			t.Errorf("%s: changed %v", name, r.Changed)
		}
		if (r.Repairs[0].Result == "failed") != (r.Repairs[0].Detail != "") {
			t.Errorf("%s: %+v", name, r.Repairs[0])
		}
	}
}

// What stood in the way of a key comes before the files that belonged to it.
func TestTheFirstBackupIsTold(t *testing.T) {
	b := newBox()
	b.fault("hostkey-damaged", func(f *diag.Finding) {
		mends := f.Remedy.Steps[0].(step)
		mends.back = "/etc/ssh/key.pub.old"
		f.Remedy.Steps = []diag.Step{
			step{box: b, name: "aside", does: func() error { return nil }, back: "/etc/ssh/key.bad"}, mends,
		}
	})
	if r := b.run(t, b.healer()); r.Repairs[0].Backup != "/etc/ssh/key.bad" {
		t.Errorf("%+v", r.Repairs)
	}
}
