package sshdconf

import (
	"fmt"
	"strings"
	"testing"
)

// What sshd quotes out of a file that is none of its own is not shown; where it
// stands is.
func TestWhatIsQuotedOfAForeignFile(t *testing.T) {
	for _, c := range []struct {
		name, text, said string
		shown            bool
	}{
		{"/etc/ssh/sshd_config.d/x.conf", "HUNTER yes\n", "Bad configuration option: HUNTER", true},
		{"/etc/app/ashadow", "hunter:abJnggxhB/yWI:19000:0:99999:7:::\n", "Bad configuration option: hunter:abJnggxhB/yWI:19000:0:99999:7:::", false},
		{"/etc/ssh/sshd_config.d/copy", "hunter:*:19000:0:99999:7:::\n", "Bad configuration option: hunter:*:19000:0:99999:7:::", false},
		{"/etc/ssh/tail", "b3BlbnNzaC1rZXktdjEA\nhunter=\n", "Bad configuration option: hunter=", false},
		{"/etc/ssh/.pgpass", "db:5432:app:joe:hunter\n", "Bad configuration option: db:5432:app:joe:hunter", false},
		{"/etc/app/any.conf", "Ciphers hunter\n", "Bad SSH2 cipher spec 'hunter'.", false},
	} {
		f := Facts{MainFile: "/etc/ssh/sshd_config", Problems: []Problem{parseProblem(fmt.Sprintf("%s: line 1: %s", c.name, c.said), complaints())}}
		p := &f.Problems[0]
		p.Content = strings.TrimSuffix(c.text, "\n")
		p.keepPrivate(f.MainFile, []byte(c.text))
		said := fmt.Sprintf("%+v", Judge(f)[0].Summary) + fmt.Sprintf("%+v", Judge(f)[0].Evidence)
		if r := Judge(f)[0].Remedy; r != nil {
			said += r.Summary + r.Reason
		}
		if strings.Contains(strings.ToLower(said), "hunter") != c.shown || !strings.Contains(said, c.name) || !strings.Contains(said, "line 1") {
			t.Errorf("%s: %s", c.name, said)
		}
	}
}
