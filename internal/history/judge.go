package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// timeForm is how moments are told: everywhere the same, and without a doubt
// about the zone.
const timeForm = "2006-01-02 15:04 UTC"

// Judge says that a machine breaks again and again, where that is so.
func Judge(d Decision) []diag.Finding {
	if !d.Reached {
		return nil
	}
	l := d.limit
	times := "times"
	subject, evidence := "", []diag.Evidence{}
	for _, h := range d.heals {
		text := h.At.Wall.UTC().Format(timeForm)
		switch {
		case h.Code == "":
			text += " a run that was cut off"
		case h.Keys:
			text += " " + h.Code + ", new host keys"
		default:
			text += " " + h.Code
		}
		evidence = append(evidence, diag.Evidence{Source: "repaired", Text: text})
		if h.Code != "" && !strings.Contains(subject, h.Code) {
			subject = strings.TrimSpace(subject + " " + h.Code)
		}
	}
	summary := fmt.Sprintf("%s %d %s in %s; left alone until %s",
		l.words, len(d.heals), times, l.in, d.now.Wall.UTC().Add(d.Wait).Round(time.Minute).Format(timeForm))
	f := ruleFlapping.New(subject, summary, evidence...).With(diag.Remedy{
		Summary: "find out what breaks it; a heal that somebody types begins a new count",
		Consent: diag.Manual, Reason: "something on this machine breaks it again after each repair",
		Manual: []string{"journalctl -t sshd-doctor", "sshd-doctor heal"},
	})
	f.Explains = []string{}
	return []diag.Finding{f}
}

// AddTo puts the finding, in the place of an earlier one, into a report.
func AddTo(r *diag.Report, d Decision) {
	found := Judge(d)
	had := len(r.Findings)
	r.Findings = slices.DeleteFunc(r.Findings, func(f diag.Finding) bool { return f.Code == CodeFlapping })
	if r.CutOff != "" || r.Verdict == "" || len(found) == 0 && len(r.Findings) == had {
		return
	}
	r.Findings = append(r.Findings, found...)
	r.Conclude()
}
