package checkup

import (
	"slices"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
)

// cutOff is what the log holds on a box on which connections are cut off.
func cutOff(messages ...string) journal.Facts {
	since := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f := journal.Facts{Need: journal.Need{
		Unit: "ssh.service", Binary: "/usr/sbin/sshd", UnitUp: true, CutOff: true, Since: since,
	}}
	for _, m := range messages {
		f.Lines = append(f.Lines, journal.Line{Time: since, From: journal.FromProgram, Ident: "sshd", PID: 7, Message: m})
	}
	return f
}

func found(stage diag.Stage, code, text string, symptom bool) diag.Finding {
	r := diag.Rule{Code: code, Stage: stage, Severity: diag.Broken, Symptom: symptom}
	return r.New(code, text, diag.Evidence{Source: "x", Text: text})
}

// conclude is what the report says when the log is added to other findings.
func conclude(said journal.Facts, others ...diag.Finding) diag.Report {
	r := diag.Report{Findings: others}
	addSaid(Facts{Journal: said}, &r)
	r.Conclude()
	return r
}

func TestSaidExplains(t *testing.T) {
	closed := found(diag.Handshake, "handshake-closed", "closed", true)
	for _, tt := range []struct {
		name   string
		said   journal.Facts
		others []diag.Finding
		cause  string
		// open are the findings that stand on their own.
		open []string
	}{
		{"a complaint that is not about the configuration",
			cutOff("PRNG is not seeded"),
			[]diag.Finding{found(diag.Config, "config-rejected", "PRNG is not seeded", false), closed},
			"crypto-engine-breaks-keys", []string{"crypto-engine-breaks-keys"}},
		{"a complaint about the configuration beside it",
			cutOff("PRNG is not seeded"),
			[]diag.Finding{found(diag.Config, "config-unknown-option", "Bad configuration option: X", false), closed},
			"config-unknown-option", []string{"config-unknown-option", "crypto-engine-breaks-keys"}},
		{"good keys that are refused",
			cutOff(`Unable to shield host key "/etc/ssh/ssh_host_ed25519_key": error in libcrypto`),
			[]diag.Finding{found(diag.HostKeys, "hostkey-refused", "refused", false), closed},
			"crypto-engine-breaks-keys", []string{"crypto-engine-breaks-keys"}},
		{"what the install check has seen",
			cutOff("fatal: rexec of /usr/lib/openssh/sshd-session failed: No such file or directory"),
			[]diag.Finding{found(diag.Install, "sshd-session-missing", "gone", false), closed},
			"sshd-session-missing", []string{"sshd-session-missing"}},
		{"what the install check has not seen",
			cutOff("fatal: rexec of /usr/lib/openssh/sshd-session failed: No such file or directory"),
			[]diag.Finding{closed},
			"sshd-session-missing", []string{"sshd-session-missing"}},
	} {
		r := conclude(tt.said, tt.others...)
		var open []string
		for _, f := range r.Open() {
			open = append(open, f.Code)
		}
		if r.Cause != tt.cause || !slices.Equal(open, tt.open) {
			t.Errorf("%s: cause %q, open %q", tt.name, r.Cause, open)
		}
	}
}

// Where this machine is refused and others are let in, nothing is known.
func TestRefusedHereOnly(t *testing.T) {
	said := cutOff("refused connect from 127.0.0.1 (127.0.0.1)")
	said.Wrappers.Linked = true
	said.Wrappers.Rules = []journal.HostsRule{
		{File: "/etc/hosts.allow", First: 1, Last: 1, Text: "sshd: 10.", Clients: []string{"10."}},
		{File: "/etc/hosts.deny", First: 1, Last: 1, Text: "ALL: ALL", Clients: []string{"ALL"}, Deny: true},
	}
	r := conclude(said, found(diag.Handshake, "handshake-closed", "closed", true))
	if r.Verdict != diag.Unknown || r.Cause != "" {
		t.Errorf("verdict %s, cause %q", r.Verdict, r.Cause)
	}
	said.Wrappers.Rules = said.Wrappers.Rules[1:]
	r = conclude(said, found(diag.Handshake, "handshake-closed", "closed", true))
	if r.Verdict != diag.Down || r.Cause != journal.CodeWrappers {
		t.Errorf("everybody is refused: verdict %s, cause %q", r.Verdict, r.Cause)
	}
}

// A fault that nobody knows is told in sshd's own words.
func TestUnknownIsQuoted(t *testing.T) {
	closed := found(diag.Handshake, "handshake-closed", "closed", true)
	last := func(r diag.Report) string {
		e := r.Findings[len(r.Findings)-1].Evidence
		return e[len(e)-1].Text
	}
	said := cutOff("fatal: nobody has heard of this")
	if got := last(conclude(said, closed)); got != "fatal: nobody has heard of this" {
		t.Errorf("the last evidence is %q", got)
	}
	if got := last(conclude(said, found(diag.HostKeys, "hostkey-missing", "gone", false), closed)); got != "closed" {
		t.Errorf("beside a cause the last evidence is %q", got)
	}
}
