package checkup

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

func narrowing(keyword, file string, line int) OfferLine {
	return OfferLine{Keyword: keyword, Place: sshdconf.Place{File: file, Line: line, Content: " " + keyword + " x"}}
}

// A list that nobody speaks: the report names its line, and what to type, once.
func TestAttachOfferLines(t *testing.T) {
	kex, ciphers := narrowing("KexAlgorithms", "/etc/ssh/a.conf", 3), narrowing("Ciphers", "/etc/ssh/b.conf", 7)
	keys := narrowing("HostKeyAlgorithms", "/etc/ssh/c.conf", 1)
	before := diag.Remedy{Summary: "as before", Consent: diag.Manual}
	for _, c := range []struct {
		what, code string
		lines      []OfferLine
		again      bool
		want       string
	}{
		{"one line", handshake.CodeNoKex, []OfferLine{kex}, false, "/etc/ssh/a.conf:3 KexAlgorithms x; offer | change line 3 of /etc/ssh/a.conf | nano +3 /etc/ssh/a.conf; sshd -t && systemctl restart ssh"},
		{"two lines", handshake.CodeNoKex, []OfferLine{kex, ciphers, keys}, false, "/etc/ssh/a.conf:3 KexAlgorithms x; /etc/ssh/b.conf:7 Ciphers x; offer | change the lines named above | nano +3 /etc/ssh/a.conf; nano +7 /etc/ssh/b.conf; sshd -t && systemctl restart ssh"},
		{"the line of the other list", handshake.CodeNoHostKey, []OfferLine{kex, keys}, false, "/etc/ssh/c.conf:1 HostKeyAlgorithms x; offer | change line 1 of /etc/ssh/c.conf | nano +1 /etc/ssh/c.conf; sshd -t && systemctl restart ssh"},
		{"no line in a file", handshake.CodeNoKex, nil, false, "offer | as before | "},
		{"a second address", handshake.CodeNoKex, []OfferLine{kex}, true, "/etc/ssh/a.conf:3 KexAlgorithms x; offer"},
	} {
		found := diag.Rule{Code: c.code}.New("127.0.0.1:22", "none", diag.Evidence{Source: "offer"}).With(before)
		attachOfferLines(Facts{OfferLines: c.lines}, &found, c.again)
		var seen []string
		for _, e := range found.Evidence {
			seen = append(seen, strings.TrimSpace(e.Source+" "+e.Text))
		}
		got := strings.Join(seen, "; ")
		if r := found.Remedy; r != nil {
			got += " | " + r.Summary + " | " + strings.Join(r.Commands(), "; ")
			if r.Consent != diag.Manual {
				t.Errorf("%s: no algorithm is ever switched on: consent %s", c.what, r.Consent)
			}
		}
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.what, got, c.want)
		}
	}
}
