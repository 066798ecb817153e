package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// mostRefused bounds how many refusals are read, newest first; unfiltered how
	// many lines of sshd are, where journalctl cannot search for text.
	mostRefused = 200
	unfiltered  = 2000
	// offerLimit caps one message with an offer in it, in bytes: OpenSSH cuts its
	// own at 1024 (log.c, MSGBUFSIZ).
	offerLimit = 2048
	// refusedTimeout bounds the whole question in time. journalctl goes back from
	// the end by an index, so that only a day full of sshd's lines takes long; what
	// was found until then counts.
	refusedTimeout = 2 * time.Second
	// refusedPattern is in the beginning of such a line, OpenSSH 6.x and later.
	refusedPattern = "^(Unable to negotiate with |fatal: no matching )"
)

// Refused returns what sshd logged since then about clients with which it had
// nothing in common, oldest first, in messages that are longer than usual. Whether
// it is that, the caller has to read. Lines and an error may come together: then
// they are not all.
func Refused(ctx context.Context, h *host.Host, since time.Time) ([]Line, error) {
	program := journalctl(h)
	if program == "" {
		return nil, errNoJournal
	}
	ask := func(more ...string) host.Result {
		args := append([]string{
			"--no-pager", "-q", "-r", "-o", "json", "--output-fields=" + outputFields,
			fmt.Sprintf("--since=@%d", since.Unix()),
		}, more...)
		return h.Run(ctx, host.Command{
			Path: program, Timeout: refusedTimeout,
			Args: append(args, "_UID=0", "_COMM=sshd", "+", "_UID=0", "_COMM=sshd-session"),
		})
	}
	res := ask("-n", fmt.Sprint(mostRefused), "-g", refusedPattern)
	if res.Err == nil && !res.OK() && strings.Contains(string(res.Stderr), "pattern matching") {
		res = ask("-n", fmt.Sprint(unfiltered))
	}
	return refusedIn(res)
}

func refusedIn(res host.Result) ([]Line, error) {
	lines, err := parseCut(bytes.NewReader(res.Stdout), offerLimit)
	var out []Line
	for _, l := range lines {
		if l.From == FromProgram && strings.Contains(l.Message, "no matching ") {
			out = append([]Line{l}, out...)
		}
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(res.Stderr)), "\n")
	switch {
	case errors.Is(res.Err, context.DeadlineExceeded):
		err = fmt.Errorf("cannot read all of the last day's log in %s", refusedTimeout)
	case res.Err != nil:
		err = res.Err
	case said != "":
		// No match at all is status 1 and no word.
		err = fmt.Errorf("cannot read the journal: %s", printable(said))
	}
	return out, err
}
