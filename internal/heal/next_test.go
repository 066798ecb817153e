package heal

import (
	"errors"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// A server without keys: it is started as soon as it has some, without a look in
// between, unless something else is wrong or a person has to agree.
func TestTheNextThingIsDoneAtOnce(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(b *box)
		want   string
	}{
		{"one cause", func(*box) {}, "look lock look keys start look release"},
		{"a start that somebody has to agree to", func(b *box) {
			b.with("start", func(f *diag.Finding) { f.Remedy.Consent = diag.Asks })
		}, "look lock look keys look start look release"},
		{"a cause that somebody has to agree to", func(b *box) {
			b.with("keys", func(f *diag.Finding) { f.Remedy.Consent = diag.Asks })
		}, "look lock look keys look start look release"},
		{"a remedy that has to wait for a look", func(b *box) {
			b.with("start", func(f *diag.Finding) { f.Remedy.Next = false })
		}, "look lock look keys look start look release"},
		{"another fault beside it", func(b *box) {
			b.fault("other", func(f *diag.Finding) { f.Stage, f.Remedy.Slow = diag.Listen, true })
		}, "look lock look keys look other start look release"},
		{"a lesser fault beside it", func(b *box) { b.fault("lesser", warning) },
			"look lock look keys start look lesser look release"},
		{"a repair that failed", func(b *box) {
			b.with("keys", func(f *diag.Finding) {
				f.Remedy.Steps = []diag.Step{step{box: b, name: "keys", does: func() error { return errors.New("no") }}}
			})
		}, "look lock look keys look release"},
	} {
		b := newBox()
		b.fault("keys", func(f *diag.Finding) { f.Stage = diag.HostKeys })
		b.fault("start", func(f *diag.Finding) {
			f.Stage, f.Symptom, f.Remedy.Next = diag.Service, true, true
		})
		c.change(b)
		h := b.healer()
		h.Agree = func(diag.Finding) bool { b.log = append(b.log, "asked"); return true }
		r := b.run(t, h)
		got := strings.ReplaceAll(strings.Join(b.log, " "), "asked ", "")
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if failed := strings.Contains(c.what, "failed"); !failed && r.Verdict != diag.Healthy {
			t.Errorf("%s: %s", c.what, r.Verdict)
		}
	}
}

// with changes a fault that is already in the box.
func (b *box) with(code string, change func(*diag.Finding)) {
	f := b.find[code]
	change(&f)
	b.find[code] = f
}
