package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// A made-up key of a type: long enough for a fingerprint, and no more.
func made(kind, name string) fingerprint.Key {
	wire := string([]byte{0, 0, 0, byte(len(kind))}) + kind + string([]byte{0, 0, 0, byte(len(name))}) + name
	k, _ := fingerprint.Read(base64.StdEncoding.EncodeToString([]byte(wire)))
	return k
}

// machine is what a look saw of a server with an RSA and an Ed25519 key.
type machine struct {
	f checkup.Facts
	r diag.Report
}

func newMachine(change ...func(*machine)) machine {
	m := machine{}
	m.f.Conf = sshdconf.Facts{Known: true}
	m.f.Expect = []listen.Expect{{Addr: netip.MustParseAddrPort("0.0.0.0:22")}}
	m.f.Identity = identity.Facts{
		Now:    time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		Names:  identity.Names{Host: "box", Full: "box.example.org", Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.7")}},
		Ledger: ledger.File{State: ledger.Absent},
	}
	m.r.Endpoints = []diag.Endpoint{{Address: "127.0.0.1", Port: 22, Reached: "hostkey"}}
	m.f.Handshake.Types = []string{"ssh-rsa", "ssh-ed25519"}
	onDisk("ssh-rsa", "a", true)(&m)
	onDisk("ssh-ed25519", "b", true)(&m)
	for _, c := range change {
		c(&m)
	}
	return m
}

func onDisk(kind, name string, served bool) func(*machine) {
	return func(m *machine) {
		k := made(kind, name)
		m.r.HostKeys = append(m.r.HostKeys, diag.HostKey{
			Path: "/etc/ssh/ssh_host_" + strings.TrimPrefix(kind, "ssh-") + "_key", Type: kind, SHA256: k.SHA256(), Public: k.Public, Served: served,
		})
		if served {
			serves(kind, name)(m)
		}
	}
}

func serves(kind, name string) func(*machine) {
	return func(m *machine) {
		k := made(kind, name)
		m.f.Handshake.Targets = append(m.f.Handshake.Targets, handshake.Target{
			Addr:  netip.MustParseAddrPort("127.0.0.1:22"),
			Tries: []handshake.Try{{Reached: handshake.HostKey, Proof: &handshake.Proof{Type: kind, SHA256: k.SHA256(), Public: k.Public}}},
		})
	}
}

func nothing(m *machine) { m.r, m.f.Handshake = diag.Report{}, handshake.Facts{} }

func replaced(kind, old string) func(*machine) {
	return func(m *machine) {
		k := made(kind, old)
		m.f.Identity.Ledger = ledger.File{State: ledger.Whole, Ledger: ledger.Ledger{Schema: 1, Keys: []ledger.Entry{{
			Type: kind, SHA256: k.SHA256(), Public: k.Public, First: m.f.Identity.Now.AddDate(0, 0, -50),
			Last: m.f.Identity.Now.AddDate(0, 0, -40), Gone: m.f.Identity.Now.AddDate(0, 0, -7),
		}}}}
	}
}

func (m machine) card() card { return newCard(m.f, m.r, true) }

func TestVerdictOfTheIdentity(t *testing.T) {
	unread := func(m *machine) {
		nothing(m)
		m.f.Keys.Keys = []hostkeys.Key{{Path: "/etc/ssh/k", State: hostkeys.Unread}}
	}
	for box, c := range map[string]struct {
		m     machine
		want  diag.Verdict
		whole bool
	}{
		"served as on disk":           {newMachine(), diag.Healthy, true},
		"sshd does not answer":        {newMachine(func(m *machine) { m.f.Handshake = handshake.Facts{} }, clearServed), diag.Unknown, true},
		"one key is not served":       {newMachine(onDisk("ssh-x", "c", false), func(m *machine) { m.f.Handshake.Types = append(m.f.Handshake.Types, "ssh-x") }), diag.Degraded, true},
		"one is switched off":         {newMachine(onDisk("ssh-x", "c", false)), diag.Healthy, true},
		"one is in memory only":       {newMachine(serves("ssh-x", "c")), diag.Degraded, true},
		"one is in an agent":          {newMachine(serves("ssh-x", "c"), func(m *machine) { m.f.Keys.Agent = true }), diag.Healthy, true},
		"nothing can be seen at all":  {newMachine(unread), diag.Unknown, false},
		"one is offered and unproven": {newMachine(offers("ssh-y")), diag.Healthy, false},
	} {
		got := c.m.card()
		if got.Verdict != c.want || got.whole != c.whole {
			t.Errorf("%s: %s, whole %v; want %s, %v", box, got.Verdict, got.whole, c.want, c.whole)
		}
	}
}

func clearServed(m *machine) {
	for i := range m.r.HostKeys {
		m.r.HostKeys[i].Served = false
	}
}

func offers(kind string) func(*machine) {
	return func(m *machine) {
		m.f.Handshake.Targets[0].Tries[0].Offer = &handshake.Offer{HostKey: []string{"ssh-rsa", "ssh-ed25519", kind}}
	}
}

func TestAnswers(t *testing.T) {
	old := replaced("ssh-ed25519", "old")
	now, past := made("ssh-ed25519", "b"), made("ssh-ed25519", "old")
	for _, c := range []struct {
		box, typed string
		m          machine
		answer     string
		verdict    diag.Verdict
		last       string
	}{
		{"its key", now.SHA256(), newMachine(), "yes", diag.Healthy, "YES: this server, this key."},
		{"its key in MD5", now.MD5(), newMachine(), "yes", diag.Healthy, "YES: "},
		{"its key of before", past.SHA256(), newMachine(old), "old", diag.Degraded, "OLD: not the key of this server since 2026-11-15."},
		{"another one", "SHA256:AAAAAAAAAAAA", newMachine(old), "no", diag.Degraded, "NO: that was not this server. Do not type your password."},
		{"only the case differs", strings.ToUpper(now.SHA256()), newMachine(), "no", diag.Degraded, "NO, as typed. Look at it again: upper and lower case count."},
		{"its first character is missing", "SHA256:" + now.SHA256()[8:], newMachine(), "no", diag.Degraded, "NO, as typed: mistyped, or not this server."},
		{"its first pair is missing", "MD5:" + now.MD5()[7:], newMachine(), "no", diag.Degraded, "NO, as typed: mistyped, or not this server."},
		{"a key that could not be seen", "SHA256:AAAAAAAAAAAA", newMachine(offers("ssh-y")), "unknown", diag.Unknown, "COULD NOT TELL."},
		{"its key, beside one that could not be seen", now.SHA256(), newMachine(offers("ssh-y")), "yes", diag.Healthy, "YES: "},
		{"nothing is known", "SHA256:AAAAAAAAAAAA", newMachine(nothing), "unknown", diag.Unknown, "COULD NOT TELL."},
	} {
		typed, err := fingerprint.ParseTyped(c.typed)
		if err != nil {
			t.Fatal(err)
		}
		card := c.m.card()
		card.Asked = card.answer(typed)
		if card.Asked.Answer != c.answer || card.Asked.verdict() != c.verdict {
			t.Errorf("%s: %+v", c.box, card.Asked)
		}
		var out bytes.Buffer
		if err := card.printAnswer(&out, false); err != nil {
			t.Fatal(err)
		}
		lines := onScreen(t, c.box, out.String())
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, c.last) {
			t.Errorf("%s: the end says %q, want %q", c.box, last, c.last)
		}
	}
}

// onScreen wants a text to fit a console of 80x25 with a prompt below.
func onScreen(t *testing.T, what, text string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 24 || !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: %d lines", what, len(lines))
	}
	for _, l := range lines {
		if len(l) > 78 || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: %q", what, l)
		}
	}
	return lines
}

func TestTheKeysFitAConsole(t *testing.T) {
	three := []func(*machine){onDisk("ecdsa-sha2-nistp521", "c", true), replaced("ssh-rsa", "old")}
	four := append(three, onDisk("ssh-mldsa44-ed25519", "d", false))
	for box, m := range map[string]machine{
		"two keys": newMachine(), "three keys": newMachine(three...), "four keys": newMachine(four...), "none": newMachine(nothing),
		"many names and ports": newMachine(append(three, router)...), "one in memory": newMachine(serves("ssh-x", "z")),
	} {
		c := m.card()
		for what, show := range map[string]func(*bytes.Buffer) error{
			"the keys":     func(b *bytes.Buffer) error { return c.print(b, false) },
			"in short":     func(b *bytes.Buffer) error { return c.print(b, true) },
			"the pictures": func(b *bytes.Buffer) error { return c.printPictures(b, true) },
			"to forget":    func(b *bytes.Buffer) error { return c.printForget(b, true) },
			"recorded":     func(b *bytes.Buffer) error { return c.printRecorded(b) },
		} {
			var out bytes.Buffer
			if err := show(&out); err != nil {
				t.Fatal(err)
			}
			onScreen(t, box+", "+what, out.String())
		}
		if len(c.KnownHosts) != c.served() {
			t.Errorf("%s: %d lines of known_hosts for %d keys that were proven", box, len(c.KnownHosts), c.served())
		}
	}
}

// router has many addresses, and sshd listens on three ports.
func router(m *machine) {
	for i := range 16 {
		m.f.Identity.Names.Addrs = append(m.f.Identity.Names.Addrs, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
	}
	for _, port := range []string{"2200", "2222"} {
		m.f.Expect = append(m.f.Expect, listen.Expect{Addr: netip.MustParseAddrPort("0.0.0.0:" + port)})
	}
}

// What a terminal has no room for is there in a pipe, and is not forgotten.
func TestEveryNameIsForgotten(t *testing.T) {
	c := newMachine(router).card()
	var short, whole bytes.Buffer
	if err := errors.Join(c.printForget(&short, true), c.printForget(&whole, false)); err != nil {
		t.Fatal(err)
	}
	for _, command := range c.Forget {
		if !strings.Contains(whole.String(), "  "+command+"\n") {
			t.Errorf("%s is missing", command)
		}
	}
	if n := strings.Count(short.String(), "ssh-keygen -R"); len(c.Forget) != 19*3 || !strings.Contains(short.String(), fmt.Sprintf("... and %d more", 19*3-n)) {
		t.Errorf("%d of %d commands:\n%s", n, len(c.Forget), short.String())
	}
}

// Another configuration is another server: the record says nothing about it.
func TestTheRecordIsOfThisServer(t *testing.T) {
	m := newMachine(replaced("ssh-ed25519", "old"))
	if c := newCard(m.f, m.r, false); len(c.Past) != 0 || len(c.Keys) != 2 {
		t.Errorf("%+v", c)
	}
	if c := m.card(); len(c.Past) != 1 || c.Past[0].Until != "2026-11-15T12:00:00Z" {
		t.Errorf("%+v", c.Past)
	}
}
