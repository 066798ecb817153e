package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// journalLines bounds what is read of a journal, however large it is: the
// journal is indexed by invocation, so the cost does not grow with it.
const journalLines = "40"

// journal reads what the unit's last invocation said, and systemd about it.
// journald cannot always tell to which invocation, or to which unit, a program
// belonged that ended at once (measured with systemd 247 and 252), so where only
// systemd's own lines are found, those of the unit since its last start are read,
// and those of root's processes that call themselves sshd: what an earlier one said
// has nothing to do with why it is down.
func journal(ctx context.Context, h *host.Host, u Unit) []string {
	if u.ID == "" {
		return nil
	}
	if u.InvocationID != "" {
		said := journalctl(ctx, h, "_SYSTEMD_INVOCATION_ID="+u.InvocationID, "+", "INVOCATION_ID="+u.InvocationID)
		if slices.ContainsFunc(said, func(l string) bool { return !isNoise(l) }) {
			return said
		}
	}
	if since := u.lastStart(); !since.IsZero() {
		text := newest(ctx, h, "json", append(ofUnit(u.ID), "--output-fields="+entryFields, "--since=@"+seconds(since))...)
		if said := entries(text, u.ID); len(said) > 0 {
			return said
		}
	}
	// The clock may have been set since.
	return journalctl(ctx, h, "-u", u.ID)
}

// lastStart is when the last program of the unit began that a start has tried, zero
// where nothing was ever started. Before an automatic restart, and when systemd has
// given up, a unit last became active after what it tried.
func (u Unit) lastStart() time.Time {
	const mostTried = 2 * time.Minute // longer than a start may take, unless told
	var began time.Time
	for _, e := range u.Exec {
		if e.Line != "ExecReload" && e.Began.After(began) {
			began = e.Began
		}
	}
	if began.Before(u.Since) && u.Since.Sub(began) < mostTried {
		return began
	}
	return u.Since
}

// ofUnit matches what a unit's processes said, and systemd about it; for a service
// all that sshd said: journalctl cannot be asked for what has no unit.
func ofUnit(id string) []string {
	out := []string{"_SYSTEMD_UNIT=" + id, "+", "_PID=1", "UNIT=" + id, "+", "_UID=0", "COREDUMP_UNIT=" + id}
	if strings.HasSuffix(id, ".service") {
		out = append(out, "+", "_UID=0", "SYSLOG_IDENTIFIER=sshd")
	}
	return out
}

// seconds is a moment as systemd.time(7) takes it behind an "@", to the
// microsecond.
func seconds(t time.Time) string { return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000) }

// entryFields are those that entries reads.
const entryFields = "MESSAGE,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT"

// entries reads what "journalctl -o json" prints, but for what sshd said as a
// process of another unit: a second sshd, or a session.
func entries(text, unit string) []string {
	var out []string
	for line := range strings.Lines(text) {
		var e struct {
			Message json.RawMessage `json:"MESSAGE"`
			Ident   json.RawMessage `json:"SYSLOG_IDENTIFIER"`
			Unit    json.RawMessage `json:"_SYSTEMD_UNIT"`
		}
		var message string
		if json.Unmarshal([]byte(line), &e) != nil || json.Unmarshal(e.Message, &message) != nil {
			continue // cut off, or no text
		}
		if string(e.Ident) == `"sshd"` && len(e.Unit) > 0 && string(e.Unit) != strconv.Quote(unit) {
			continue
		}
		out = append(out, lines(message)...)
	}
	return out
}

// journalctl reads the newest lines that match, oldest first.
func journalctl(ctx context.Context, h *host.Host, match ...string) []string {
	return lines(newest(ctx, h, "cat", match...))
}

// newest asks for the newest entries that match, in a form of journalctl(1).
func newest(ctx context.Context, h *host.Host, form string, match ...string) string {
	for _, path := range []string{"/usr/bin/journalctl", "/bin/journalctl"} {
		if there, _ := h.Files.Exists(path); !there {
			continue
		}
		res := h.Run(ctx, host.Command{
			Path:    path,
			Args:    append([]string{"--no-pager", "-q", h.Files.ThisBoot(), "-o", form, "-n", journalLines}, match...),
			Timeout: 3 * time.Second,
		})
		return string(res.Stdout)
	}
	return ""
}

// lines splits and makes each line fit to print: sshd logs what peers send.
func lines(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = printable(strings.TrimSpace(l)); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func printable(s string) string { return safetext.Start(s, 400) }
