package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Wait is what keeps a start of sshd's unit from being over.
type Wait struct {
	// Unit is the one whose own job comes first; empty when none does.
	Unit Unit
	Job  string
	// For is how long it, or the program that is waited for, has been at it; 0
	// when that is not known.
	For time.Duration
	// TypeFrom is the drop-in that sets Type=.
	TypeFrom string
}

// Starting tells whether systemd has begun to start the unit, or means to, and
// has not ended yet.
func (u Unit) Starting() bool {
	if u.Retrying() || u.NRestarts > 0 {
		return false
	}
	return u.ActiveState == "activating" || u.ActiveState == "inactive" && u.Job
}

// waits finds out what a start waits for: a program of the unit, or a job of
// another unit, which may itself wait for a third one.
func waits(ctx context.Context, h *host.Host, u Unit) Wait {
	if !u.Starting() {
		return Wait{}
	}
	if u.ActiveState == "activating" {
		began := u.Since
		if u.Control.Path != "" {
			began = u.Control.Began
		}
		return Wait{For: elapsed(h, began), TypeFrom: setBy(h, u.DropIns, "Type")}
	}
	jobs, err := h.Systemd.Jobs(ctx)
	if err != nil {
		return Wait{}
	}
	const deepest = 8
	var w Wait
	seen := []string{u.ID}
	for at := u; len(seen) < deepest; {
		i := nextJob(jobs, at, seen)
		if i < 0 {
			break
		}
		other, err := ask(ctx, h, jobs[i].Unit)
		if err != nil {
			break
		}
		seen = append(seen, other.ID)
		w = Wait{Unit: other, Job: jobs[i].Type, For: elapsed(h, other.Since)}
		if !jobs[i].Waiting {
			break
		}
		at = other
	}
	if w.Unit.ActiveState == "inactive" {
		// What is told is when it last started.
		w.For = 0
	}
	return w
}

// nextJob is a job that comes before that of a unit: one that runs, else one that
// waits itself.
func nextJob(jobs []host.Job, u Unit, seen []string) int {
	before := func(j host.Job) bool { return slices.Contains(u.After, j.Unit) && !slices.Contains(seen, j.Unit) }
	if i := slices.IndexFunc(jobs, func(j host.Job) bool { return before(j) && !j.Waiting }); i >= 0 {
		return i
	}
	return slices.IndexFunc(jobs, before)
}

func elapsed(h *host.Host, since time.Time) time.Duration {
	if since.IsZero() {
		return 0
	}
	return max(0, h.Now().Sub(since))
}

// judgeStarting says what systemd waits for, once it has done so for a while.
func judgeStarting(f Facts) (diag.Finding, bool) {
	u, w := f.Service, f.Wait
	if f.Up() || !f.Lasting || !u.Starting() {
		return diag.Finding{}, false
	}
	remedy := diag.Remedy{
		Consent: diag.Manual, Summary: "see what it waits for, and whether it should",
		Reason: "it may come up yet, and what it waits for may matter",
	}
	var found diag.Finding
	switch {
	case u.ActiveState == "inactive":
		if w.Unit.ID == "" {
			return diag.Finding{}, false
		}
		found = ruleStarting.New(u.ID, fmt.Sprintf("systemd has not begun to start %s: it waits for %s%s", u.ID, w.Unit.ID, whileRunning(w)),
			diag.Evidence{Source: "systemd, " + u.ID, Text: "its start waits, After=" + w.Unit.ID},
			diag.Evidence{Source: "systemd, " + w.Unit.ID, Text: fmt.Sprintf("%s job, ActiveState=%s SubState=%s", w.Job, w.Unit.ActiveState, w.Unit.SubState)})
		remedy.Manual = []string{"systemctl list-jobs", "systemctl status " + w.Unit.ID, "systemctl cat " + u.ID}
	case u.Control.Path != "" && u.Control.Line != "ExecStart":
		found = ruleStarting.New(u.ID, fmt.Sprintf("systemd waits%s for %s to end before %s is up", forLong(w.For), base(u.Control.Path), u.ID),
			diag.Evidence{Source: "systemd, " + u.ID, Text: u.Control.Line + "=" + printable(strings.Join(u.Control.Argv, " "))}, startEvidence(u))
		remedy.Manual = []string{"systemctl status " + u.ID, "systemctl cat " + u.ID}
	default:
		found = ruleStarting.New(u.ID, fmt.Sprintf("systemd has been starting %s%s: %s", u.ID, forLong(w.For), awaited(u)), startEvidence(u))
		if w.TypeFrom != "" {
			found.Evidence = append(found.Evidence, diag.Evidence{Source: w.TypeFrom, Text: "Type=" + u.Type})
		}
		remedy.Summary = "make Type= fit how the unit calls sshd"
		remedy.Reason = "somebody chose it, and systemd would have to start sshd anew"
		remedy.Manual = []string{"systemctl cat " + u.ID, "systemctl edit " + u.ID}
	}
	return found.With(remedy), true
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func startEvidence(u Unit) diag.Evidence {
	limit := "none"
	if u.StartLimit > 0 {
		limit = u.StartLimit.String()
	}
	e := unitEvidence(u, "ActiveState", "SubState")
	e.Text += fmt.Sprintf(" Type=%s, TimeoutStartSec: %s", u.Type, limit)
	return e
}

// awaited is the sign by which systemd tells that a unit of this type is up
// (systemd.service(5), Type=).
func awaited(u Unit) string {
	switch u.Type {
	case "forking":
		return "Type=forking waits for sshd to go into the background"
	case "notify", "notify-reload":
		return "Type=" + u.Type + " waits for sshd to say that it is ready"
	case "oneshot":
		return "Type=oneshot waits for sshd to end"
	}
	return "Type=" + u.Type + ", SubState=" + u.SubState
}

// StartEnds says when a start that goes on harms the clients who get in today.
func (f Facts) StartEnds() string {
	if f.Service.StartLimit == 0 {
		return "at the next boot, which waits for it too"
	}
	return fmt.Sprintf("when TimeoutStartSec (%s) is over and systemd ends sshd", f.Service.StartLimit)
}

func whileRunning(w Wait) string {
	if w.For < time.Second {
		return ""
	}
	return ", at work" + forLong(w.For)
}

func forLong(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return " for " + d.Truncate(time.Second).String()
}
