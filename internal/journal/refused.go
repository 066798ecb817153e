package journal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// glanceLines and newestLines bound how many of sshd's lines are read from the
	// end of the journal, whatever they say. journalctl goes back by an index, so
	// that the size of the journal does not matter: 200 lines take it 17 ms of a
	// processor in a journal of a gigabyte as in one of eight megabytes, 2000 lines
	// 100 ms (systemd 252, measured).
	glanceLines, newestLines = 100, 1500
	// mostRefused bounds how many refusals a search brings back.
	mostRefused = 200
	// searchTime bounds the search through all of the time asked for: a server that
	// is under attack logs a quarter of a million lines a day, and those take
	// journalctl six seconds.
	searchTime = 1500 * time.Millisecond
	// glanceTime bounds the glance: nobody is to wait for it.
	glanceTime = 300 * time.Millisecond
	// offerLimit caps one message with an offer in it, in bytes: OpenSSH cuts its
	// own at 1024 (log.c, MSGBUFSIZ).
	offerLimit = 2048
	// refusedPattern is in the beginning of such a line, OpenSSH 6.x and later.
	refusedPattern = "^(Unable to negotiate with |fatal: no matching )"
)

// Refusals are sshd's lines about clients with which it had nothing in common,
// oldest first, in messages that are longer than usual. Whether they are that, the
// caller has to read.
type Refusals struct {
	Lines []Line
	// Back is from when on all of sshd's lines were looked at.
	Back time.Time
	// Whole: that is as far back as was asked for.
	Whole bool
}

// Glance looks at the newest lines that sshd has logged since then.
func Glance(ctx context.Context, h *host.Host, since time.Time) (Refusals, error) {
	return askRefused(ctx, h, since, glanceTime, glanceLines)
}

// Refused looks at all of sshd's lines since then, as far as that can be done in a
// second or two; at the newest in any case.
func Refused(ctx context.Context, h *host.Host, since time.Time) (Refusals, error) {
	var found, near Refusals
	var searched, read error
	var both sync.WaitGroup
	// journalctl may have been built without the search.
	both.Go(func() { found, searched = askRefused(ctx, h, since, searchTime, mostRefused, "-g", refusedPattern) })
	both.Go(func() { near, read = askRefused(ctx, h, since, searchTime, newestLines) })
	both.Wait()
	if searched == nil && found.Whole {
		return found, nil
	}
	if len(found.Lines) > len(near.Lines) {
		return found, nil
	}
	return near, read
}

// askRefused reads the newest of sshd's lines.
func askRefused(ctx context.Context, h *host.Host, since time.Time, within time.Duration, most int, more ...string) (Refusals, error) {
	program := journalctl(h)
	if program == "" {
		return Refusals{}, errNoJournal
	}
	args := append([]string{
		"--no-pager", "-q", "-r", "-o", "json", "--output-fields=" + outputFields,
		"-n", fmt.Sprint(most), fmt.Sprintf("--since=@%d", since.Unix()),
	}, more...)
	res := h.Run(ctx, host.Command{
		Path: program, Timeout: within, Behind: true,
		Args: append(args, ofPrograms("sshd", "sshd-session")...),
	})
	return refusalsOf(res, since, most)
}

// refusalsOf reads the answer. One that was cut off, by its size or because time
// was up, is as good as ever, as far as it goes.
func refusalsOf(res host.Result, since time.Time, most int) (Refusals, error) {
	lines, cut := parseCut(bytes.NewReader(res.Stdout), offerLimit)
	slices.Reverse(lines)
	r := Refusals{Lines: refusalsIn(lines), Back: since, Whole: cut == nil && res.Err == nil && len(lines) < most}
	if len(lines) > 0 {
		if !r.Whole {
			r.Back = lines[0].Time
		}
		return r, nil
	}
	switch {
	case res.Err != nil:
		return r, res.Err
	case cut != nil:
		return r, cut
	case res.Said() != "":
		// No match at all is status 1 and no word.
		return r, fmt.Errorf("cannot read the journal: %s", res.Said())
	}
	return r, nil
}

func refusalsIn(lines []Line) []Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool {
		return l.From != FromProgram || !strings.Contains(l.Message, "no matching ")
	})
}
