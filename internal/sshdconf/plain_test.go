package sshdconf

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func TestNotText(t *testing.T) {
	for text, want := range map[string]string{
		"UsePAM yes\n":                   "",
		"\xef\xbb\xbfUsePAM yes\n":       "",
		"# caf\xe9\n":                    "",
		"\xff\xfeU\x00s\x00e\x00":        "UTF-16 text",
		"\xfe\xff\x00U\x00s\x00e":        "UTF-16 text",
		"UsePAM yes\x00\nPermitTTY no\n": "text with NUL bytes in it",
	} {
		if got := notText([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Such a file is never edited, whatever line sshd complains about.
func TestFilesThatAreNoTextAreForAPerson(t *testing.T) {
	for _, kind := range []string{"UTF-16 text", "text with NUL bytes in it"} {
		p := Problem{Kind: UnknownOption, File: "/etc/ssh/sshd_config", Line: 1, Content: "NoSuchOption yes", NotText: kind, Text: "x"}
		found := Judge(Facts{Binary: "/usr/sbin/sshd", MainFile: "/etc/ssh/sshd_config", Problems: []Problem{p}})
		if len(found) != 1 || found[0].Remedy.Consent != diag.Manual || !strings.Contains(found[0].Summary, kind) {
			t.Errorf("%s: %+v", kind, found)
		}
	}
}

// Without a line of its own a complaint leads to the line of the keyword.
func TestComplaintsWithoutALine(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/ssh/sshd_config":          "Include /etc/ssh/sshd_config.d/*.conf\n",
		"/etc/ssh/sshd_config.d/a.conf": "# site\nAuthenticationMethods publickey\nListenAddress 192.0.2.1\nListenAddress gone.invalid\n",
	})
	f := Facts{MainFile: "/etc/ssh/sshd_config", Problems: []Problem{
		{Kind: AuthMethods}, {Kind: BadAddress, Word: "gone.invalid"}, {Kind: CommandNoUser, Word: "AuthorizedKeysCommand"},
	}}
	f.readLines(h)
	var got []int
	for _, p := range f.Problems {
		got = append(got, p.At.Line)
	}
	if !slices.Equal(got, []int{2, 4, 0}) {
		t.Errorf("lines %v", got)
	}
}
