package handshake

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func file(kind, sha256 string) Key {
	return Key{Path: "/etc/ssh/" + sha256, Type: kind, SHA256: sha256}
}

func TestJudgeKeys(t *testing.T) {
	const here = "127.0.0.1:22"
	r, c, e := file(typeRSA, "r"), file(typeECDSA, "c"), file(typeEd25519, "e")
	all := everything()
	rsa, ecdsa, ed := proved(typeRSA, "r", all), proved(typeECDSA, "c", all), proved(typeEd25519, "e", all)
	tests := []struct {
		name    string
		targets []Target
		types   []string
		disk    []Key
		want    []string
	}{
		{"all as on disk", []Target{at(here, rsa, ecdsa, ed)}, allTypes(), []Key{r, c, e}, nil},
		{"second key of a type", []Target{at(here, rsa, ecdsa, ed)}, allTypes(), []Key{file(typeRSA, "r2"), r, c, e}, nil},
		{"another key of the type", []Target{at(here, rsa, ecdsa, proved(typeEd25519, "old", all))}, allTypes(), []Key{r, c, e},
			[]string{"warning found hostkey-not-served /etc/ssh/e"}},
		{"another key at the second address", []Target{at(here, rsa, ecdsa, ed), at("[::1]:22", proved(typeEd25519, "old", all))}, allTypes(), []Key{r, c, e},
			[]string{"warning found hostkey-not-served /etc/ssh/e"}},
		{"new type not loaded yet", []Target{at(here, proved(typeRSA, "r", offering("rsa-sha2-512")))}, allTypes(), []Key{r, e},
			[]string{"warning found hostkey-not-loaded /etc/ssh/e"}},
		{"type that was not expected", []Target{at(here, proved(typeRSA, "r", offering("rsa-sha2-512")))}, []string{typeRSA}, []Key{r, e}, nil},
		{"gone from disk", []Target{at(here, rsa, ecdsa, ed)}, allTypes(), []Key{r, c},
			[]string{"warning found hostkey-only-in-memory ssh-ed25519"}},
		{"all gone", []Target{at(here, ed)}, allTypes(), nil, []string{
			"warning found hostkey-only-in-memory ecdsa-sha2-nistp256", "warning found hostkey-only-in-memory ssh-ed25519",
			"warning found hostkey-only-in-memory ssh-rsa"}},
		{"not seen", []Target{at(here, rsa, ed)}, allTypes(), []Key{r, c, e}, []string{"notice unknown hostkey-unproven /etc/ssh/c"}},
		{"hybrid of 10.4", []Target{at(here, proved(typeEd25519, "e", offering("ssh-ed25519", "ssh-mldsa44-ed25519")))},
			[]string{typeEd25519, "ssh-mldsa44-ed25519"}, []Key{e, file("ssh-mldsa44-ed25519", "m")},
			[]string{"notice unknown hostkey-unproven /etc/ssh/m"}},
		{"certificates are no types", []Target{at(here, proved(typeEd25519, "e", offering("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519")))},
			[]string{typeEd25519}, []Key{e}, nil},
		{"nothing was seen", []Target{at(here, ended(Refused, EndRefused, ""))}, allTypes(), []Key{r, c, e},
			[]string{"broken found handshake-refused 127.0.0.1:22"}},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range Judge(Facts{Types: tt.types, Targets: tt.targets}, tt.disk, true) {
			got = append(got, strings.Join([]string{f.Severity.String(), string(f.Status), f.Code, f.Subject}, " "))
			if len(f.Evidence) == 0 || f.Evidence[0].Text == "" {
				t.Errorf("%s: %s without evidence", tt.name, f.Code)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
		for _, f := range Judge(Facts{Types: tt.types, Targets: tt.targets}, nil, false) {
			if strings.HasPrefix(f.Code, "hostkey-") {
				t.Errorf("%s: %s although the disk is unknown", tt.name, f.Code)
			}
		}
	}
}

// A key that is gone from disk hangs under the finding about the file.
func TestOnlyInMemoryHangsUnderMissingFile(t *testing.T) {
	missing := diag.Rule{Code: "hostkey-missing", Stage: diag.HostKeys, Severity: diag.Broken}
	r := diag.Report{Findings: append(
		Judge(Facts{Targets: []Target{at("127.0.0.1:22", proved(typeEd25519, "e", offering("ssh-ed25519")))}}, nil, true),
		missing.New("/etc/ssh/x", "x"))}
	r.Conclude()
	if open := r.Open(); r.Cause != "hostkey-missing" || len(open) != 1 || r.Findings[1].Because != "hostkey-missing" {
		t.Errorf("cause %q, %+v", r.Cause, r.Findings)
	}
}

func TestJudgeOtherServer(t *testing.T) {
	const here = "10.0.0.5:22"
	other := func(y Try) Try {
		y.Banner = "SSH-2.0-dropbear_2022.83"
		return y
	}
	theirs := other(proved(typeEd25519, "theirs", offering("ssh-ed25519")))
	ours := other(proved(typeEd25519, "e", offering("ssh-ed25519")))
	closed := other(ended(Banner, EndClosed, ""))
	disk := []Key{file(typeEd25519, "e")}
	tests := []struct {
		name  string
		try   Try
		known bool
		want  []string
	}{
		{"keys of its own", theirs, true, []string{"broken found other-ssh-server-answers"}},
		{"with our key", ours, true, []string{"notice found other-ssh-server-answers"}},
		{"disk not readable", theirs, false, []string{"warning unknown other-ssh-server-answers"}},
		{"nothing proven", closed, true, []string{"broken found handshake-failed", "warning found other-ssh-server-answers"}},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range Judge(Facts{Types: []string{typeEd25519}, Targets: []Target{at(here, tt.try)}}, disk, tt.known) {
			got = append(got, strings.Join([]string{f.Severity.String(), string(f.Status), f.Code}, " "))
			if f.Code == ruleOtherServer.Code && !strings.HasSuffix(f.Summary, "another SSH server: dropbear_2022.83") {
				t.Errorf("%s: %s", tt.name, f.Summary)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
