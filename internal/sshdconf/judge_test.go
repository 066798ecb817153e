package sshdconf

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// complaint facts: sshd said one thing about line 7 of its configuration.
func factsWith(line string) Facts {
	file := "/etc/ssh/sshd_config"
	return Facts{
		Binary: "/usr/sbin/sshd", Args: []string{"-p", "2222"}, MainFile: file,
		Problems: []Problem{{
			Kind: UnknownOption, File: file, Line: 7, Content: line,
			Text: file + ": line 7: Bad configuration option: X",
		}},
	}
}

func TestSshdAcceptsItsConfiguration(t *testing.T) {
	if got := Judge(settingsOf(t, "9.2")); len(got) != 0 {
		t.Errorf("findings %+v", got)
	}
}

func TestEachComplaintHasItsCode(t *testing.T) {
	for kind, code := range map[Kind]string{
		UnknownOption: "config-unknown-option", BadValue: "config-bad-value",
		BadArguments: "config-extra-or-missing-args", BadAlgorithm: "config-removed-algorithm",
		NotInMatch: "config-append-into-match", BadMatch: "config-bad-match-condition",
		Duplicate: "config-subsystem-duplicate", BadPort: "config-port-invalid-or-too-many",
		BadAddress: "listen-hostname-unresolvable", CommandNoUser: "config-command-without-user",
		AuthMethods: "config-authmethods-unsatisfiable", FileMissing: "config-file-missing",
		Other: "config-rejected", UnknownFlag: "config-rejected",
		// Keys, privilege separation and libraries are the business of others.
		NoHostKeys: "", PrivsepUser: "", PrivsepDir: "", PrivsepDirMode: "", Library: "", OpenSSLMismatch: "",
	} {
		text := "sshd said " + string(kind)
		got := Judge(Facts{MainFile: "/etc/ssh/sshd_config", Problems: []Problem{{Kind: kind, Text: text}}})
		switch {
		case code == "" && len(got) > 0:
			t.Errorf("%s: %s", kind, got[0].Code)
		case code != "" && (len(got) != 1 || got[0].Code != code):
			t.Errorf("%s: %+v, want %s", kind, got, code)
		case code != "":
			f := got[0]
			if f.Stage != diag.Config || f.Severity != diag.Broken || f.Symptom || f.Status != diag.Found {
				t.Errorf("%s: %+v", kind, f)
			}
			if f.Summary != text || f.Remedy == nil || f.Remedy.Consent != diag.Manual {
				t.Errorf("%s without a place: summary %q, remedy %+v", kind, f.Summary, f.Remedy)
			}
		}
	}
}

// Every complaint of every version comes out as a finding that quotes sshd, or
// is left to another check; none is passed over.
func TestNoComplaintIsPassedOver(t *testing.T) {
	others := []Kind{NoHostKeys, PrivsepUser, PrivsepDir, PrivsepDirMode, Library, OpenSSLMismatch}
	for _, s := range readComplaints(t) {
		problems := parseStderr(s.text()).problems
		found := Judge(Facts{MainFile: "/etc/ssh/sshd_config", Problems: problems})
		for _, p := range problems {
			quoted := slices.ContainsFunc(found, func(f diag.Finding) bool {
				return slices.ContainsFunc(f.Evidence, func(e diag.Evidence) bool { return e.Text == p.Text })
			})
			if !quoted && !slices.Contains(others, p.Kind) {
				t.Errorf("%s/%s: nobody speaks of %q", s.name, s.versions, p.Text)
			}
		}
		if !strings.Contains(s.versions, "exit 0") && len(problems) == 0 {
			t.Errorf("%s/%s: sshd failed and nothing was understood", s.name, s.versions)
		}
	}
}

func TestRemediesOfLines(t *testing.T) {
	for _, c := range []struct {
		what, line string
		kind       Kind
		consent    diag.Consent
		says       string
	}{
		{"nothing about access", "NoSuchOption yes", UnknownOption, diag.Asks, "set line 7 of /etc/ssh/sshd_config aside"},
		{"a typo in an access line", "PermitRootLogn no", UnknownOption, diag.Asks, `with "PermitRootLogin no" in its place`},
		{"no strictest value", "AllowUser bob", UnknownOption, diag.Manual, "it decides who may log in"},
		{"two lines in one", "UseDNS noPermitRootLogin no", BadValue, diag.Manual, "it decides who may log in"},
		{"the condition of a Match", "Match Users bob", BadMatch, diag.Manual, "it decides who may log in"},
		{"not allowed in Match", "UseDNS no", NotInMatch, diag.Asks, "set line 7 of"},
		{"about access and not allowed in Match", "PermitUserEnvironment no", NotInMatch, diag.Manual, "above the first Match"},
		{"the line could not be read", "", UnknownOption, diag.Manual, "correct the configuration"},
		{"it has only blanks", "  \t ", BadValue, diag.Manual, "correct the configuration"},
	} {
		f := factsWith(c.line)
		f.Problems[0].Kind = c.kind
		got := Judge(f)
		if len(got) != 1 || got[0].Subject != "/etc/ssh/sshd_config:7" {
			t.Fatalf("%s: %+v", c.what, got)
		}
		r := got[0].Remedy
		if r.Consent != c.consent || !strings.Contains(r.Summary, c.says) {
			t.Errorf("%s: %s, %q", c.what, r.Consent, r.Summary)
		}
		if (r.Consent == diag.Manual) != (len(r.Steps) == 0) || len(r.Commands()) == 0 {
			t.Errorf("%s: steps %+v, commands %q", c.what, r.Steps, r.Commands())
		}
		if r.Consent == diag.Asks && r.Reason == "" {
			t.Errorf("%s: it asks and does not say why", c.what)
		}
	}
}

func TestSummaryOfALine(t *testing.T) {
	for line, want := range map[string]string{
		"NoSuchOption yes":           "line 7 of /etc/ssh/sshd_config: NoSuchOption yes",
		"\tNoSuchOption\tyes  \r":    "line 7 of /etc/ssh/sshd_config: NoSuchOption yes",
		"No\x1b[31mSuch gr\u00fcn":   "line 7 of /etc/ssh/sshd_config: No?[31mSuch gr?n",
		"":                           "/etc/ssh/sshd_config: line 7: Bad configuration option: X",
		strings.Repeat("long ", 900): "line 7 of /etc/ssh/sshd_config: " + strings.Repeat("long ", 60),
	} {
		if got := Judge(factsWith(line))[0].Summary; got != want {
			t.Errorf("%.40q: %q, want %q", line, got, want)
		}
	}
}

func TestSshdCouldNotBeAsked(t *testing.T) {
	got := Judge(Facts{Binary: "/usr/sbin/sshd", Asked: "/usr/sbin/sshd -T -d", Err: "cannot finish it"})
	if len(got) != 1 || got[0].Code != "config-unknown" || got[0].Status != diag.CouldNotTell {
		t.Errorf("findings %+v", got)
	}
	// What sshd did say counts for more than that a second question failed.
	f := factsWith("NoSuchOption yes")
	f.Err = "cannot finish it"
	if got := Judge(f); len(got) != 1 || got[0].Code != "config-unknown-option" {
		t.Errorf("findings %+v", got)
	}
}
