package bundle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// logLines and logDays bound what is asked of the journal.
	logLines = 1500
	logDays  = 14
	// commandLimit is what host keeps of the output of a command, in bytes.
	commandLimit = 1 << 20
	// logTail is how much of the end of a log file is read, in bytes.
	logTail = 512 << 10
	// toolTimeout bounds one small program.
	toolTimeout = 8 * time.Second
)

// tool finds a program by its name.
func tool(h *host.Host, name string) string {
	for _, dir := range []string{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"} {
		if there, err := h.Files.Exists(dir + name); err == nil && there {
			return dir + name
		}
	}
	return ""
}

// journal reads what sshd's units and programs said, and systemd about them.
func (f From) journal(ctx context.Context, h *host.Host) []Entry {
	match := []string{
		"_COMM=sshd", "+", "_COMM=sshd-session", "+", "_COMM=sshd-auth",
		"+", "_UID=0", "SYSLOG_IDENTIFIER=sshd", "+", "_UID=0", "SYSLOG_IDENTIFIER=sshd-session",
	}
	for _, u := range []string{f.Unit, f.Socket} {
		if u != "" {
			match = append(match, "+", "_SYSTEMD_UNIT="+u, "+", "_PID=1", "UNIT="+u)
		}
	}
	return []Entry{journalctl(ctx, h, "journal-sshd.txt", match...)}
}

// journalctl asks for the newest lines first, so that what is cut off at the end
// is the oldest, and turns them round.
func journalctl(ctx context.Context, h *host.Host, name string, match ...string) Entry {
	e := Entry{Name: name, Newest: true, Kind: Log}
	program := tool(h, "journalctl")
	c := host.Command{Path: program, Timeout: toolTimeout, Args: append([]string{
		"--no-pager", "-q", "-r", "-o", "short-iso", "-n", fmt.Sprint(logLines), fmt.Sprintf("--since=-%dd", logDays),
	}, match...)}
	e.Source = c.String()
	if program == "" {
		e.Source, e.Missing = "journalctl", "there is no journalctl here"
		return e
	}
	res := h.Run(ctx, c)
	e.Data = []byte(turned(string(res.Stdout)))
	switch {
	case errors.Is(res.Err, context.DeadlineExceeded):
		e.Data, e.Missing = nil, fmt.Sprintf("no answer within %s", toolTimeout)
	case res.Err != nil:
		e.Data, e.Missing = nil, res.Err.Error()
	case len(res.Stdout) >= commandLimit:
		e.Cut = "older lines were cut off"
	case len(e.Data) == 0 && len(res.Stderr) > 0:
		e.Missing = firstLine(string(res.Stderr))
	case len(e.Data) == 0:
		e.Missing = fmt.Sprintf("the journal holds nothing of the last %d days", logDays)
		if h.UID != 0 {
			e.Missing = "the journal shows nothing to this user"
		}
	}
	return e
}

// turned puts messages in the order of time again. Further lines of a message
// are indented.
func turned(text string) string {
	var messages []string
	for l := range strings.Lines(text) {
		if !strings.HasSuffix(l, "\n") {
			l += "\n"
		}
		if n := len(messages); n > 0 && (l[0] == ' ' || l[0] == '\t') {
			messages[n-1] += l
			continue
		}
		messages = append(messages, l)
	}
	slices.Reverse(messages)
	return strings.Join(messages, "")
}

// kernelLog keeps the lines of the kernel that have to do with sshd, with memory
// that ran out, and with disks that fail.
func kernelLog(ctx context.Context, h *host.Host) []Entry {
	e := journalctl(ctx, h, "journal-kernel.txt", "-b", "_TRANSPORT=kernel", "+", "_TRANSPORT=audit")
	if e.Missing != "" {
		said := e.Missing
		if e = dmesg(ctx, h); e.Missing != "" {
			e.Missing = said + "; " + e.Missing
		}
	}
	var kept strings.Builder
	for l := range strings.Lines(string(e.Data)) {
		if wanted(l) {
			kept.WriteString(l)
		}
	}
	if e.Missing == "" && kept.Len() == 0 {
		e.Missing = "the kernel said nothing about sshd, memory or disks since the machine was started"
	}
	e.Data = []byte(kept.String())
	return []Entry{e}
}

func dmesg(ctx context.Context, h *host.Host) Entry {
	e := Entry{Name: "journal-kernel.txt", Source: "dmesg", Newest: true, Kind: Log}
	program := tool(h, "dmesg")
	if program == "" {
		e.Missing = "there is no dmesg here"
		return e
	}
	res := h.Run(ctx, host.Command{Path: program, Timeout: toolTimeout})
	if e.Data = res.Stdout; !res.OK() {
		e.Missing = "cannot run dmesg: " + firstLine(string(res.Stderr))
	}
	return e
}

func wanted(l string) bool {
	for _, w := range []string{"ssh", "Out of memory", "oom-kill", "oom_reaper", "I/O error", "EXT4-fs", "XFS (", "BTRFS", "Remounting filesystem read-only", "apparmor=\"DENIED\"", "avc:  denied", "pids controller", "segfault"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

// authLog reads what syslog keeps of sshd, where no journal is.
func authLog(_ context.Context, h *host.Host) []Entry {
	for _, path := range []string{"/var/log/auth.log", "/var/log/secure", "/var/log/messages", "/var/log/syslog"} {
		data, err := h.Files.Tail(path, logTail)
		if host.IsAbsent(err) {
			continue
		}
		e := Entry{Name: "log-auth.txt", Source: path, Newest: true, Kind: Log}
		if err != nil {
			e.Missing = why(err)
			return []Entry{e}
		}
		var kept strings.Builder
		for l := range strings.Lines(string(data)) {
			if strings.Contains(l, "sshd") {
				kept.WriteString(l)
			}
		}
		if e.Data = []byte(kept.String()); len(e.Data) == 0 {
			e.Missing = "nothing about sshd in it"
		}
		return []Entry{e}
	}
	return []Entry{{Name: "log-auth.txt", Source: "/var/log", Missing: "there is no auth.log, secure, messages or syslog"}}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
