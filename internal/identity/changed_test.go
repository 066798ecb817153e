package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// Where a key came from, by the times of files.
func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		box    string
		facts  Facts
		made   time.Time
		want   ledger.Origin
		detail string
	}{
		{"installed by hand", server(), day(100), ledger.Package, ""},
		{"made by somebody, later", server(), day(50), ledger.Unknown, ""},
		{"no time is known", server(), time.Time{}, ledger.Unknown, ""},
		{"cloud-init, for the second instance", with(image(300), instances(300, 5)), day(5 - minute), ledger.CloudInit, "iid-2"},
		{"two days after cloud-init", with(image(300), instances(300, 5)), day(3), ledger.Unknown, ""},
		{"for an instance that is not the current one", with(image(300), instances(300, 5)), day(300 - minute), ledger.Unknown, ""},
		{"an agent of the provider", with(image(300), google(365, 4)), day(4 - minute), ledger.Agent, "Google's guest agent"},
		{"an agent that leaves host keys alone", with(image(300), google(365, 4), agentOff), day(4 - minute), ledger.Unknown, ""},
		{"a cloned image", with(image(10)), day(200), ledger.Image, ""},
		{"the same in a container", with(image(10), func(f *Facts) { f.Container = "lxc" }), day(200), ledger.Unknown, ""},
	} {
		if got, detail := c.facts.Origin(c.made); got != c.want || detail != c.detail {
			t.Errorf("%s: %q %q, want %q %q", c.box, got, detail, c.want, c.detail)
		}
	}
}

// history is a ledger: each key as type, name, and how many days ago it was first
// seen and was replaced, which is -1 for the current one.
func history(keys ...any) func(*Facts) {
	return func(f *Facts) {
		for i := 0; i < len(keys); i += 4 {
			e := ledger.Entry{Type: keys[i].(string), SHA256: "SHA256:" + keys[i+1].(string), First: day(float64(keys[i+2].(int)))}
			if gone := keys[i+3].(int); gone >= 0 {
				e.Gone = day(float64(gone))
			}
			f.History.Keys = append(f.History.Keys, e)
		}
	}
}

func TestJudgeChanged(t *testing.T) {
	notice := []string{"notice identity-changed"}
	for _, c := range []judgeCase{
		{"nothing has changed", with(history("ssh-ed25519", "a", 90, -1)), nil, ""},
		{"one key, five days ago", with(history("ssh-ed25519", "a", 90, 5, "ssh-ed25519", "b", 5, -1)), notice, "the ED25519 host key changed on 2026-11-17"},
		{"two keys", with(history("ssh-rsa", "a", 90, 5, "ssh-ed25519", "x", 90, 5, "ssh-rsa", "b", 5, -1, "ssh-ed25519", "y", 5, -1)),
			notice, "the host keys changed on 2026-11-17"},
		{"long ago", with(history("ssh-ed25519", "a", 90, 40, "ssh-ed25519", "b", 40, -1)), nil, ""},
		{"a type was given up", with(history("ssh-rsa", "a", 90, 5, "ssh-ed25519", "b", 90, -1)), nil, ""},
		{"a key that came back at once", with(history("ssh-rsa", "a", 90, 5, "ssh-rsa", "a", 5, -1)), nil, ""},
		{"the ledger is damaged", with(func(f *Facts) { f.Ledger.State = ledger.Damaged }), []string{"notice identity-record-unusable"}, "damaged"},
		{"it is a later version's", with(func(f *Facts) { f.Ledger.State = ledger.Newer }), []string{"notice identity-record-unusable"}, "newer"},
		{"it cannot be read", with(func(f *Facts) { f.Ledger.State = ledger.Unread }), []string{"notice identity-record-unusable"}, "cannot be read"},
		{"there is none", with(func(f *Facts) { f.Ledger.State = ledger.Absent }), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) { c.try(t) })
	}
	f := with(named("box", ""), history("ssh-ed25519", "a", 90, 5, "ssh-ed25519", "b", 5, -1), func(f *Facts) { f.Ports = []int{22} })
	got, _ := Changed(f)
	if c := got.Remedy.Commands(); len(c) != 1 || c[0] != "ssh-keygen -R box" {
		t.Errorf("the commands are %q", c)
	}
	if len(got.Evidence) != 2 || !strings.Contains(got.Evidence[1].Text, "SHA256:a") {
		t.Errorf("%+v", got.Evidence)
	}
}

func TestWordsAboutTheLedger(t *testing.T) {
	for _, f := range []string{LedgerNotWritten(errors.New("cannot write \x1b[2J")).Evidence[0].Text, LedgerSetAside("/x").Evidence[0].Text} {
		if strings.ContainsAny(f, "\x1b") || f == "" {
			t.Errorf("%q", f)
		}
	}
}
