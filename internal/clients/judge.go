package clients

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// mostNotices caps what is said about refused clients.
const mostNotices = 3

// Judge says who was refused in the last day and would be refused again. A server
// is not to blame for an old client: these are notices.
func Judge(f Facts) []diag.Finding {
	var out []diag.Finding
	for _, t := range f.Turned() {
		if !t.Now || len(out) == mostNotices {
			continue
		}
		out = append(out, ruleRefused.New(t.subject(), t.summary(), diag.Evidence{
			Source: "sshd's log, " + t.Last.UTC().Format("15:04 MST"),
			Text:   "their offer: " + short(strings.Join(t.Offer, ","), 200),
		}).With(diag.Remedy{
			Summary: "see what would let that client in", Consent: diag.Manual,
			Reason: "which clients are to get in is the administrator's decision",
			Manual: []string{"sshd-doctor clients"},
		}))
	}
	return out
}

func (t Turned) subject() string {
	if len(t.Peers) == 0 {
		return "a client"
	}
	return t.Peers[0].String()
}

func (t Turned) summary() string {
	who := t.subject()
	if n := len(t.Peers); n > 1 {
		who = fmt.Sprintf("%s and %d more", who, n-1)
	}
	return fmt.Sprintf("%s found no common %s: %s", who, t.Part, t.Likely())
}

func short(s string, most int) string {
	if len(s) > most {
		return s[:most-3] + "..."
	}
	return s
}
