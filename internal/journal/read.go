package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// mostLines bounds each question to the journal.
	mostLines = 200
	// readTimeout bounds it in time.
	readTimeout = 3 * time.Second
	// hearing is how long journald may take to write down what was just said.
	hearing = 150 * time.Millisecond
	// auditTail is how much of the end of auditd's log is read, in bytes.
	auditTail = 64 << 10
)

// outputFields are those that parseEntry reads.
const outputFields = "MESSAGE,SYSLOG_IDENTIFIER,_PID,_UID,_COMM,_TRANSPORT,_SYSTEMD_UNIT,UNIT," +
	"_SYSTEMD_INVOCATION_ID,INVOCATION_ID"

// errNoJournal: this box keeps no journal that could be read.
var errNoJournal = errors.New("journalctl is not there")

// journalctl is where the program is; empty where it is not.
func journalctl(h *host.Host) string {
	for _, p := range []string{"/usr/bin/journalctl", "/bin/journalctl"} {
		if there, _ := h.Files.Exists(p); there {
			return p
		}
	}
	return ""
}

// query asks for the newest entries of this boot that match, and returns them
// oldest first.
func query(ctx context.Context, h *host.Host, args ...string) ([]Line, error) {
	program := journalctl(h)
	if program == "" {
		return nil, errNoJournal
	}
	// Newest first: what is cut off at the end is the oldest.
	base := []string{"--no-pager", "-q", h.Files.ThisBoot(), "-r", "-o", "json", "--output-fields=" + outputFields,
		"-n", fmt.Sprint(mostLines)}
	res := h.Run(ctx, host.Command{Path: program, Args: append(base, args...), Timeout: readTimeout})
	lines, err := parseExport(bytes.NewReader(res.Stdout))
	switch {
	case res.Err != nil:
		err = res.Err
	case len(lines) > 0:
		// The last line may be cut off; what was read is as good as ever.
		err = nil
	case err == nil && !res.OK():
		err = fmt.Errorf("cannot read the journal: %s", res.Said())
	}
	slices.Reverse(lines)
	return lines, err
}

// matches says whose lines are wanted, as journalctl takes it: fields side by
// side must all hold, a plus sign begins another set.
func matches(n Need) []string {
	out := ofPrograms("sshd", "sshd-session", "sshd-auth")
	if n.Unit != "" {
		out = append(out, "+", "_SYSTEMD_UNIT="+n.Unit, "+", "_PID=1", "UNIT="+n.Unit)
	}
	if n.SocketUnit != "" {
		out = append(out, "+", "_PID=1", "UNIT="+n.SocketUnit)
	}
	if n.KeysMissing {
		out = append(append(out, "+"), ofPrograms("ssh-keygen")...)
	}
	return out
}

// ofPrograms matches what these programs said as root. journald looks up the name
// of a process after it has spoken, and finds none where that has ended by then,
// as sshd does with its last word: so what it calls itself counts as well (sender
// judges that).
func ofPrograms(names ...string) []string {
	var out []string
	for _, field := range []string{"_COMM=", "SYSLOG_IDENTIFIER="} {
		for _, name := range names {
			if len(out) > 0 {
				out = append(out, "+")
			}
			out = append(out, "_UID=0", field+name)
		}
	}
	return out
}

// read fills in what was said.
func (f *Facts) read(ctx context.Context, h *host.Host) {
	var all sync.WaitGroup
	all.Go(func() { f.readLines(ctx, h) })
	all.Go(func() { f.readKernel(ctx, h) })
	all.Wait()
}

func (f *Facts) readLines(ctx context.Context, h *host.Host) {
	var err error
	f.Lines, err = query(ctx, h, matches(f.Need)...)
	if (f.Need.CutOff || f.Need.BrokenOff) && err == nil && !f.heard() {
		// journald writes a moment after sshd has spoken.
		select {
		case <-time.After(hearing):
		case <-ctx.Done():
		}
		f.Lines, err = query(ctx, h, matches(f.Need)...)
	}
	if err == nil && f.Unit.Active() && len(f.Lines) >= mostLines && f.Lines[0].Time.After(f.Unit.Started) {
		var start []Line
		start, err = query(ctx, h, fmt.Sprintf("--since=@%d", f.Unit.Started.Unix()-1),
			fmt.Sprintf("--until=@%d", f.Unit.Started.Unix()+10), "_SYSTEMD_UNIT="+f.Need.Unit)
		f.Lines = append(start, f.Lines...)
	}
	if err != nil {
		f.Err = err.Error()
	}
}

// heard tells whether sshd said anything about the connections of this look.
func (f *Facts) heard() bool {
	return slices.ContainsFunc(f.Lines, func(l Line) bool {
		return l.From == FromProgram && f.Need.during(l)
	})
}

// readKernel reads what the kernel stopped: by audit records in the journal, by
// its own log, and by auditd's file where that keeps them to itself.
func (f *Facts) readKernel(ctx context.Context, h *host.Host) {
	lines, err := query(ctx, h, "_TRANSPORT=audit", "+", "_TRANSPORT=kernel")
	if err != nil {
		f.KernelErr = err.Error()
	}
	for _, l := range lines {
		if l.From == FromKernel && aboutSshd(l.Message) {
			f.Kernel = append(f.Kernel, l)
		}
	}
	tail, err := h.Files.Tail("/var/log/audit/audit.log", auditTail)
	if err != nil {
		return
	}
	f.Kernel = append(f.Kernel, parseAudit(string(tail))...)
}

// aboutSshd keeps what has to do with sshd, and what has no program in it.
func aboutSshd(message string) bool {
	return strings.Contains(message, "ssh") || strings.Contains(message, "pids controller")
}

// parseAudit reads lines of auditd: type=AVC msg=audit(SECONDS.MILLIS:SERIAL):
// text. Others, and the first, which may be cut off, are left out.
func parseAudit(text string) []Line {
	var out []Line
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		kind, rest, ok := strings.Cut(line, " msg=audit(")
		if !ok || !strings.HasPrefix(kind, "type=") || !aboutSshd(rest) {
			continue
		}
		stamp, said, ok := strings.Cut(rest, "):")
		var sec, ms, serial int64
		if n, err := fmt.Sscanf(stamp, "%d.%d:%d", &sec, &ms, &serial); !ok || err != nil || n != 3 || sec < 0 || ms < 0 || ms > 999 {
			continue
		}
		if len(out) >= mostLines {
			out = out[1:]
		}
		out = append(out, Line{
			Time: time.Unix(sec, ms*int64(time.Millisecond)), From: FromKernel, Ident: "audit",
			Message: printable(strings.TrimPrefix(kind, "type=") + " " + strings.TrimSpace(said)),
		})
	}
	return out
}
