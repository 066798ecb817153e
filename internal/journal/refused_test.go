package journal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func refusedEntry(second int, uid, comm, message string) string {
	return fmt.Sprintf(`{"__REALTIME_TIMESTAMP":"%d000000","_PID":"7","_UID":%q,"_COMM":%q,"_TRANSPORT":"syslog","MESSAGE":%q}`+"\n",
		second, uid, comm, message)
}

const refusedLine = "Unable to negotiate with 192.0.2.1 port 1: no matching cipher found. Their offer: 3des-cbc [preauth]"

func TestRefusalsOf(t *testing.T) {
	since := time.Unix(100, 0)
	offer := strings.Repeat("x", 3000)
	for _, c := range []struct {
		what  string
		res   host.Result
		lines int
		back  int64
		whole bool
		err   string
	}{
		{what: "a quiet day", res: host.Result{Code: 1}, back: 100, whole: true},
		{
			what:  "newest first, and others' words between",
			res:   host.Result{Stdout: []byte(refusedEntry(300, "0", "sshd", refusedLine) + refusedEntry(200, "0", "sshd", "Accepted publickey") + refusedEntry(150, "0", "sshd-session", refusedLine))},
			lines: 2, back: 100, whole: true,
		},
		{
			what: "somebody who is not sshd", back: 100, whole: true,
			res: host.Result{Stdout: []byte(refusedEntry(300, "1000", "logger", refusedLine))},
		},
		{
			what: "as many as were asked for: there may be more", lines: 4, back: 101,
			res: host.Result{Stdout: []byte(strings.Repeat(refusedEntry(101, "0", "sshd", refusedLine), 4))},
		},
		{
			what: "cut off in the middle of a line", lines: 1, back: 300,
			res: host.Result{Stdout: []byte(refusedEntry(300, "0", "sshd", refusedLine) + `{"__REAL`)},
		},
		{
			what: "time was up", lines: 1, back: 300,
			res: host.Result{Stdout: []byte(refusedEntry(300, "0", "sshd", refusedLine)), Err: errors.New("cannot finish")},
		},
		{what: "time was up before the first line", res: host.Result{Err: errors.New("cannot finish")}, back: 100, err: "cannot finish"},
		{what: "no such option", res: host.Result{Code: 1, Stderr: []byte("Compiled without pattern matching support\n")}, back: 100, whole: true, err: "Compiled without"},
		{what: "a long offer", res: host.Result{Stdout: []byte(refusedEntry(300, "0", "sshd", refusedLine+offer))}, lines: 1, back: 100, whole: true},
	} {
		r, err := refusalsOf(c.res, since, 4)
		if len(r.Lines) != c.lines || r.Back.Unix() != c.back || r.Whole != c.whole {
			t.Errorf("%s: %d lines back to %d, whole %v", c.what, len(r.Lines), r.Back.Unix(), r.Whole)
		}
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", c.what, err)
		}
		for i, l := range r.Lines {
			if len(l.Message) > offerLimit || i > 0 && l.Time.Before(r.Lines[i-1].Time) {
				t.Errorf("%s: line %d: %d bytes, at %v", c.what, i, len(l.Message), l.Time)
			}
		}
	}
}
