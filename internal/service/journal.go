package service

import (
	"context"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// journalLines bounds what is read of a journal, however large it is: the
// journal is indexed by invocation, so the cost does not grow with it.
const journalLines = "40"

// journal reads what the unit's last invocation said, and systemd about it.
func journal(ctx context.Context, h *host.Host, u Unit) []string {
	match := []string{"-u", u.ID}
	if u.InvocationID != "" {
		match = []string{"_SYSTEMD_INVOCATION_ID=" + u.InvocationID, "+", "INVOCATION_ID=" + u.InvocationID}
	} else if u.ID == "" {
		return nil
	}
	for _, path := range []string{"/usr/bin/journalctl", "/bin/journalctl"} {
		if there, _ := h.Files.Exists(path); !there {
			continue
		}
		res := h.Run(ctx, host.Command{
			Path:    path,
			Args:    append([]string{"--no-pager", "-q", "-b", "-o", "cat", "-n", journalLines}, match...),
			Timeout: 3 * time.Second,
		})
		return lines(string(res.Stdout))
	}
	return nil
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

func printable(s string) string {
	const most = 400
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), most)]
}
