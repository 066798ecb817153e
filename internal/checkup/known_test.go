package checkup

import (
	"encoding/base64"
	"net/netip"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// keyNamed is a made-up key of a made-up type.
func keyNamed(name string) fingerprint.Key {
	wire := "\x00\x00\x00\x01x\x00\x00\x00" + string([]byte{byte(len(name))}) + name
	k, _ := fingerprint.Read(base64.StdEncoding.EncodeToString([]byte(wire)))
	return k
}

// glance is a look of root at a server whose configuration is known, after so
// many days, with keys on disk and keys that it proves.
func glance(day int, disk, proven []string) Look {
	var l Look
	l.Facts.Conf = sshdconf.Facts{Known: true}
	l.Facts.Identity = identity.Facts{Now: time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC)}
	for _, name := range disk {
		k := keyNamed(name)
		l.Report.HostKeys = append(l.Report.HostKeys, diag.HostKey{Path: "/" + name, Type: k.Type, SHA256: k.SHA256(), Public: k.Public})
	}
	for _, name := range proven {
		k := keyNamed(name)
		l.Facts.Handshake.Targets = append(l.Facts.Handshake.Targets, handshake.Target{
			Addr: netip.MustParseAddrPort("127.0.0.1:22"),
			Tries: []handshake.Try{{Reached: handshake.HostKey, Proof: &handshake.Proof{
				Type: k.Type, SHA256: k.SHA256(), Public: k.Public,
			}}},
		})
	}
	return l
}

func (l Look) with(change func(*Look)) Look {
	change(&l)
	return l
}

// A second look at a server of which the ledger knows the key a: which keys are
// current then, and which are gone.
func TestKnown(t *testing.T) {
	a, b := []string{"a"}, []string{"b"}
	for _, c := range []struct {
		box           string
		look          Look
		current, gone string
		news          bool
	}{
		{"the same", glance(2, a, a), "a", "", false},
		{"another one in its place", glance(2, b, b), "b", "a", true},
		{"another one on disk, not loaded yet", glance(2, b, a), "ab", "", true},
		{"not on disk any more, and served from memory", glance(2, nil, a), "a", "", false},
		{"sshd does not answer, and the file is gone", glance(2, nil, nil), "a", "", false},
		{"sshd does not answer, and there is another file", glance(2, b, nil), "ab", "", true},
		{"its configuration is broken", glance(2, b, b).with(func(l *Look) { l.Facts.Conf.Known = false }), "ab", "", true},
		{"not root", glance(2, nil, b).with(func(l *Look) { l.Facts.UID = 1000 }), "ab", "", true},
		{"keys in an agent", glance(2, nil, b).with(func(l *Look) { l.Facts.Keys.Agent = true }), "ab", "", true},
		{"a file that cannot be read", glance(2, b, b).with(func(l *Look) {
			l.Facts.Keys.Keys = []hostkeys.Key{{Path: "/k", State: hostkeys.Unread}}
		}), "ab", "", true},
		{"a key that is offered and was not proven", glance(2, b, b).with(func(l *Look) {
			l.Facts.Handshake.Targets[0].Tries[0].Offer = &handshake.Offer{HostKey: []string{"x", "y"}}
		}), "ab", "", true},
		{"another program answers on sshd's port", glance(2, a, b).with(func(l *Look) {
			l.Report.Findings = []diag.Finding{{Code: handshake.CodeOtherServer}}
		}), "a", "", false},
		{"the private half is lost", glance(2, nil, nil).with(func(l *Look) {
			k := keyNamed("c")
			l.Facts.Keys.Keys = []hostkeys.Key{{Path: "/c", State: hostkeys.NoFile, Pub: hostkeys.Pub{
				State: hostkeys.PubParsed, Identity: hostkeys.Identity{Type: k.Type, SHA256: k.SHA256(), Public: k.Public},
			}}}
		}), "a", "c", true},
	} {
		before, _ := Known(ledger.Ledger{}, glance(1, a, a))
		l, news := Known(before, c.look)
		var current, gone string
		for _, e := range l.Keys {
			for _, name := range []string{"a", "b", "c"} {
				switch {
				case keyNamed(name).SHA256() != e.SHA256:
				case e.Current():
					current += name
				default:
					gone += name
				}
			}
		}
		if current != c.current || gone != c.gone || news != c.news {
			t.Errorf("%s: current %q, gone %q, news %v; want %q, %q, %v", c.box, current, gone, news, c.current, c.gone, c.news)
		}
		if _, again := Known(l, c.look); again {
			t.Errorf("%s: the same look is news again", c.box)
		}
	}
}

// Heal knows which keys it made, and what clients have to type.
func TestRemember(t *testing.T) {
	first, last := glance(1, []string{"a"}, []string{"a"}), glance(2, []string{"b"}, []string{"b"})
	last.Report.HostKeys[0].New = true
	last.Facts.Identity.Names = identity.Names{Host: "box"}
	last.Facts.Expect = nil
	known, _ := Known(ledger.Ledger{}, first, last)
	r := last.Report
	Remember(&r, last.Facts, known)
	if !finds(r, identity.CodeChanged) {
		t.Errorf("%+v", r.Findings)
	}
	if e, ok := known.Current(keyNamed("b").SHA256()); !ok || e.Origin != ledger.Doctor {
		t.Errorf("%+v", e)
	}
	Remember(&r, last.Facts, known)
	if len(r.Findings) != 1 {
		t.Errorf("said twice: %+v", r.Findings)
	}
}
