package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

const (
	// lineLimit caps one entry of the journal, in bytes: journalctl leaves out
	// fields of more than 4096 bytes by itself (journalctl(1), --all).
	lineLimit = 256 << 10
	// messageLimit caps one message that is kept, in bytes.
	messageLimit = 400
)

// parseExport reads what "journalctl -o json" prints: one JSON object a line. It
// stops at the first line that is not one, and returns what came before.
func parseExport(r io.Reader) ([]Line, error) { return parseCut(r, messageLimit) }

// parseCut keeps so many bytes of each message.
func parseCut(r io.Reader, keep int) ([]Line, error) {
	var out []Line
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), lineLimit)
	for s.Scan() {
		text := strings.TrimSpace(s.Text())
		if text == "" {
			continue
		}
		l, err := parseEntry(text, keep)
		if err != nil {
			return out, fmt.Errorf("cannot read the journal at %.80q: %w", text, err)
		}
		if l.Message != "" && l.From != "" {
			out = append(out, l)
		}
	}
	if err := s.Err(); err != nil {
		return out, fmt.Errorf("cannot read the journal: %w", err)
	}
	return out, nil
}

// parseEntry reads one entry. What it leaves without a sender is of nobody who
// is listened to.
func parseEntry(text string, keep int) (Line, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return Line{}, err
	}
	if fields == nil {
		return Line{}, errors.New("not an object")
	}
	all := func(name string) []string { return values(fields[name]) }
	first := func(name string) string {
		if v := all(name); len(v) > 0 {
			return v[0]
		}
		return ""
	}
	micros, err := strconv.ParseInt(first("__REALTIME_TIMESTAMP"), 10, 64)
	if err != nil || micros < 0 {
		return Line{}, errors.New("no time in it")
	}
	l := Line{
		Time: time.UnixMicro(micros), Ident: printable(first("SYSLOG_IDENTIFIER")),
		Message: safetext.Start(strings.TrimSpace(first("MESSAGE")), keep),
	}
	if up, err := strconv.ParseInt(first("__MONOTONIC_TIMESTAMP"), 10, 64); err == nil && up > 0 && up < math.MaxInt64/1000 {
		l.Up = time.Duration(up) * time.Microsecond
	}
	l.PID, _ = strconv.Atoi(first("_PID"))
	for _, name := range []string{"UNIT", "_SYSTEMD_UNIT"} {
		for _, u := range all(name) {
			if u = printable(u); u != "" && !slices.Contains(l.Units, u) {
				l.Units = append(l.Units, u)
			}
		}
	}
	l.Invocation = printable(first("_SYSTEMD_INVOCATION_ID"))
	l.From = sender(first("_TRANSPORT"), l.PID, first("_UID"), first("_COMM"), l)
	if l.From == FromSystemd {
		l.Invocation = printable(first("INVOCATION_ID"))
	}
	return l, nil
}

// sender says whose word a line is. Fields with a leading underscore are
// journald's own and cannot be forged; what a process calls itself can, and counts
// only for one of root's that was gone before journald could look at it.
func sender(transport string, pid int, uid, comm string, l Line) From {
	if comm == "" {
		comm = l.Ident
	}
	switch {
	case transport == "audit":
		return FromKernel
	case transport == "kernel" && l.Ident == "systemd":
		// Said before journald was there to hear it.
		return FromSystemd
	case transport == "kernel":
		return FromKernel
	case pid == 1:
		return FromSystemd
	case uid == "0" && (strings.HasPrefix(comm, "sshd") || comm == "ssh-keygen"):
		return FromProgram
	case slices.ContainsFunc(l.Units, isSSHUnit):
		return FromProgram
	}
	return ""
}

// isSSHUnit tells whether a process of this unit speaks for sshd. A session of a
// user is in a scope of its own.
func isSSHUnit(unit string) bool {
	name, service := strings.CutSuffix(unit, ".service")
	name, _, _ = strings.Cut(name, "@")
	return service && strings.HasPrefix(name, "ssh")
}

// values reads one field: a string, null for one that is too large, a list of
// bytes where it is not UTF-8, a list of such where the field is there several
// times (journalctl(1), -o json).
func values(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	if b, ok := bytesOf(raw); ok {
		return []string{b}
	}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) != nil {
		return nil
	}
	var out []string
	for _, v := range several {
		if json.Unmarshal(v, &one) == nil {
			out = append(out, one)
		} else if b, ok := bytesOf(v); ok {
			out = append(out, b)
		}
	}
	return out
}

func bytesOf(raw json.RawMessage) (string, bool) {
	var out []byte
	if json.Unmarshal(raw, &out) != nil || len(out) == 0 {
		return "", false
	}
	return string(out), true
}

// printable replaces what a terminal could take as a command, and cuts: much of
// what sshd logs was chosen by its peers.
func printable(s string) string { return safetext.Start(s, messageLimit) }
