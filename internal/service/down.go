package service

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeDown says why a unit that systemd could read is not up.
func judgeDown(f Facts) (diag.Finding, bool) {
	u := f.Service
	if f.Up() || !u.Loaded() || u.Job && u.NRestarts == 0 {
		return diag.Finding{}, false
	}
	switch {
	case u.Retrying():
		return withJournal(ruleRestarting.New(u.ID, u.ID+" is restarted again and again", lastExec(u)), f).
			With(startAgain(f)), true
	case u.ActiveState == "activating" || u.ActiveState == "deactivating":
		return diag.Finding{}, false
	}
	if found, ok := judgeNeeds(f); ok && !u.Off() && !f.intendsSocket() {
		return found, true
	}
	switch {
	case u.ActiveState == "failed" && gaveUp(f):
		return withJournal(judgeGaveUp(u), f).With(startAgain(f)), true
	case u.ActiveState == "failed":
		return withJournal(ruleFailed.New(u.ID, failedHow(u), lastExec(u)), f).With(startAgain(f)), true
	case len(u.ConditionFailed) > 0:
		return judgeCondition(f), true
	case u.Result == "exec-condition":
		return judgeGate(f), true
	case f.intendsSocket():
		return judgeSocketDown(f), true
	case u.Off():
		return ruleDisabled.New(u.ID, u.ID+" is stopped and disabled",
			unitEvidence(u, "ActiveState", "UnitFileState")).
			With(diag.Remedy{
				Summary: "enable and start " + u.ID, Consent: diag.Asks,
				Reason: "somebody or some tool disabled it",
				Steps:  []diag.Step{Enable{Unit: u.ID}, Start{Unit: u.ID}},
			}), true
	}
	return ruleStopped.New(u.ID, u.ID+" is enabled but stopped",
		unitEvidence(u, "ActiveState", "UnitFileState", "Result")).With(startAgain(f)), true
}

// judgeSocketDown quotes what was said about the socket, and which files make it
// other than the package has it.
func judgeSocketDown(f Facts) diag.Finding {
	found := ruleStopped.New(f.Socket.ID, f.Socket.ID+" is enabled but does not listen",
		unitEvidence(f.Socket, "ActiveState", "Result", "UnitFileState"))
	found = said(found, f.Socket.ID, f.SocketSaid)
	for _, p := range f.Socket.DropIns {
		found.Evidence = append(found.Evidence, diag.Evidence{Source: p, Text: "changes " + f.Socket.ID})
	}
	if slices.ContainsFunc(f.SocketSaid, func(l string) bool { return strings.Contains(l, noInstance) }) {
		return found.With(diag.Remedy{
			Summary: "correct what changes " + f.Socket.ID + ": it starts, and ends at the first client", Consent: diag.Manual,
			Manual: []string{"systemctl cat " + f.Socket.ID, "systemctl start " + f.Socket.ID},
		})
	}
	return found.With(startAgain(f))
}

// noInstance: systemd found no service to start for a connection.
const noInstance = "Maybe the service file is missing or not a template unit?"

// judgeGaveUp names the program that failed, where it is not sshd, of which the
// log says more.
func judgeGaveUp(u Unit) diag.Finding {
	found := ruleStartLimit.New(u.ID, "systemd gave up starting "+u.ID,
		unitEvidence(u, "ActiveState", "Result", "NRestarts"))
	if e, ok := u.failedExec(); ok {
		found.Evidence = append(found.Evidence, lastExec(u))
		if !isSshd(e.Path) {
			found.Summary += ": " + path.Base(e.Path) + " " + e.ended()
		}
	}
	return found
}

// intendsSocket tells whether the socket, and not the service, is what the box
// starts at boot.
func (f Facts) intendsSocket() bool {
	return f.Socket.UnitFileState == "enabled" && f.Service.UnitFileState != "enabled"
}

// startAgain is the remedy for a unit that should be up. It needs consent where
// somebody switched the unit off. Where the box waits with its socket, that is
// what is started: the service alone would be gone after a reboot, and listen
// where the socket does not.
func startAgain(f Facts) diag.Remedy {
	if f.intendsSocket() {
		behind := f.Service.ID
		if strings.Contains(behind, "@.") {
			// Each connection has an instance of its own.
			behind = ""
		}
		return diag.Remedy{
			Summary: "start " + f.Socket.ID, Next: true,
			Steps: []diag.Step{Start{Unit: f.Socket.ID, Behind: behind}},
		}
	}
	r := diag.Remedy{Summary: "start " + f.Service.ID, Next: true, Steps: []diag.Step{Start{Unit: f.Service.ID}}}
	r.Manual = []string{"systemctl cat " + f.Service.ID, "journalctl -b -u " + f.Service.ID + " -n 30 --no-pager"}
	if f.Service.Off() {
		r.Consent, r.Reason = diag.Asks, f.Service.ID+" is disabled: somebody may want it off"
	}
	return r
}

// judgeSwitchBehindSocket: the socket takes connections, and the service that
// should serve them is switched off.
func judgeSwitchBehindSocket(f Facts) (diag.Finding, bool) {
	u := f.Service
	if !f.SocketActive() || f.Socket.Accept || u.Active() || !u.Loaded() || len(u.ConditionFailed) == 0 {
		return diag.Finding{}, false
	}
	return judgeCondition(f), true
}

func judgeCondition(f Facts) diag.Finding {
	u := f.Service
	c := u.ConditionFailed[0]
	evidence := diag.Evidence{Source: "systemd, " + u.ID, Text: c.String() + " does not hold"}
	if f.ConditionFile != "" {
		evidence = diag.Evidence{Source: f.ConditionFile, Text: c.String()}
	}
	if c.Negate && c.Name == "ConditionPathExists" && isSwitch(c.Param) {
		return ruleNotToBeRun.New(c.Param, c.Param+" exists, so "+u.ID+" is not started", evidence).
			With(diag.Remedy{
				Summary: "set " + c.Param + " aside and start sshd", Consent: diag.Asks,
				Reason: "this file is the documented way to switch sshd off",
				Steps:  []diag.Step{SetAside{Path: c.Param, Why: "off"}, Start{Unit: u.ID}},
			})
	}
	return ruleCondition.New(u.ID, u.ID+" is skipped: "+c.String()+" does not hold", evidence).
		With(diag.Remedy{
			Summary: "decide whether the condition still makes sense", Consent: diag.Manual,
			Manual: []string{"systemctl cat " + u.ID},
		})
}

// judgeGate: a program of the unit said that it is not to be started. Only its
// owner knows when it will say something else.
func judgeGate(f Facts) diag.Finding {
	u := f.Service
	gate := "ExecCondition"
	evidence := unitEvidence(u, "ActiveState", "Result")
	for _, e := range u.Exec {
		if e.Line == gate && e.Ran && e.Status != 0 {
			gate += "=" + strings.Join(e.Argv, " ")
			evidence = lineEvidence(u, e)
			break
		}
	}
	return withJournal(ruleCondition.New(u.ID, u.ID+" is skipped: "+gate+" says no", evidence), f).With(diag.Remedy{
		Summary: "see to what that program waits for, then start " + u.ID, Consent: diag.Manual,
		Manual: []string{"systemctl cat " + u.ID, "systemctl start " + u.ID},
	})
}

// isSwitch tells whether a path looks like a marker that switches sshd off:
// Debian's sshd_not_to_be_run and what vendors made after its example.
func isSwitch(p string) bool {
	base := path.Base(p)
	return strings.Contains(base, "ssh") && (strings.Contains(base, "not") || strings.Contains(base, "disable"))
}

const tooQuickly = ": Start request repeated too quickly"

// gaveUp tells whether systemd stopped trying. Up to systemd 257 the Result
// says "exit-code" when the tries came from Restart=, so the journal counts too.
func gaveUp(f Facts) bool {
	// A client may have called itself so: where it begins, systemd speaks.
	said := func(l string) bool { return strings.HasPrefix(l, f.Service.ID+tooQuickly) }
	if f.Service.Result == "start-limit-hit" || slices.ContainsFunc(f.Journal, said) {
		return true
	}
	for _, l := range slices.Backward(f.LastWords) {
		if said(l) || strings.HasPrefix(l, "Starting ") {
			return said(l)
		}
	}
	return false
}

func failedHow(u Unit) string {
	if e, ok := u.failedExec(); ok {
		return fmt.Sprintf("%s failed: %s %s", u.ID, e.Path, e.ended())
	}
	if u.Result != "" && u.Result != "exit-code" {
		return fmt.Sprintf("%s failed: %s", u.ID, u.Result)
	}
	return u.ID + " failed"
}

func lastExec(u Unit) diag.Evidence {
	if e, ok := u.failedExec(); ok {
		return lineEvidence(u, e)
	}
	return unitEvidence(u, "ActiveState", "SubState", "Result", "ExecMainStatus")
}

func lineEvidence(u Unit, e Exec) diag.Evidence {
	return diag.Evidence{
		Source: "systemd, " + u.ID,
		Text:   fmt.Sprintf("%s=%s %s, Result=%s", e.Line, strings.Join(e.Argv, " "), e.ended(), u.Result),
	}
}

// failedExec is the line of the unit that kept it from starting or ended it. A
// reload that failed does neither, and a line whose failure does not count. Where
// what runs after the start says no, systemd ends sshd, whose status then means
// nothing; where sshd ends first, systemd kills the other.
func (u Unit) failedExec() (Exec, bool) {
	for _, line := range []string{"ExecStartPost", "ExecCondition", "ExecStartPre", "ExecStart"} {
		i := slices.IndexFunc(u.Exec, func(e Exec) bool {
			return e.Line == line && e.Ran && e.Status != 0 && !e.Ignored && (line != "ExecStartPost" || e.exited())
		})
		if i >= 0 {
			return u.Exec[i], true
		}
	}
	return Exec{}, false
}

// The si_code of waitid(2).
const (
	exited = 1
	killed = 2
	dumped = 3
)

func (e Exec) exited() bool { return e.Code == exited }

// ended says how a program ended.
func (e Exec) ended() string {
	if e.Code == killed || e.Code == dumped {
		return fmt.Sprintf("was killed by signal %d", e.Status)
	}
	return fmt.Sprintf("ended with status %d", e.Status)
}

// withJournal adds what sshd and systemd said themselves, without the lines
// that only repeat the states.
func withJournal(f diag.Finding, facts Facts) diag.Finding {
	return said(f, facts.Service.ID, facts.Journal)
}

func said(f diag.Finding, unit string, lines []string) diag.Finding {
	const most = 4
	var told []string
	for _, l := range lines {
		if isNoise(l) || slices.Contains(told, l) {
			continue
		}
		told = append(told, l)
	}
	for _, l := range told[max(0, len(told)-most):] {
		f.Evidence = append(f.Evidence, diag.Evidence{Source: "journal, " + unit, Text: l})
	}
	return f
}

func isNoise(l string) bool {
	for _, s := range []string{
		"bad configuration options", "This private key will be ignored", "It is required that your private key",
		"Scheduled restart job", "Starting ", "Stopped ", "Listening on ", "Closed ", "Stopping ", "Started ", "Failed to start ",
		"Failed with result", "Deactivated successfully", "Consumed ", "Start request repeated", "Succeeded.",
		"Control process exited", "Main process exited", "Connection closed by ", "Server listening on ",
	} {
		if strings.Contains(l, s) {
			return true
		}
	}
	return false
}
