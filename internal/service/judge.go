package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what is wrong with sshd's units. It looks at the socket first: an
// active socket with an idle service is as healthy as a running service. A unit
// that systemd refuses comes before changed files, because up to systemd 252 a
// refused unit always counts as changed.
func Judge(f Facts) []diag.Finding {
	switch {
	case f.NoSystemd:
		return []diag.Finding{judgeNoSystemd(f)}
	case f.Err != "":
		return []diag.Finding{judgeUnreachable(f)}
	case f.Dangling != "" && !f.SocketActive():
		file, _, _ := strings.Cut(f.Dangling, " -> ")
		return []diag.Finding{ruleNotFound.New("ssh.service", file+" is a link to nothing, so there is no such unit",
			diag.Evidence{Source: "link", Text: f.Dangling}).
			With(diag.Remedy{
				Summary: "take the link away, or put back what it leads to", Consent: diag.Manual,
				Manual: []string{"ls -l " + file, "mv " + file + " " + file + ".off", "systemctl daemon-reload", "sshd-doctor"},
			})}
	case !f.Service.Found() && !f.SocketActive():
		return []diag.Finding{ruleNotFound.New("ssh.service",
			"neither ssh.service nor sshd.service exists",
			diag.Evidence{Source: "systemd", Text: "LoadState=not-found"}).
			With(diag.Remedy{Summary: "install the OpenSSH server again", Consent: diag.Manual,
				Manual: []string{"apt-get install --reinstall openssh-server"}})}
	}
	var out []diag.Finding
	if f.Aside.ID != "" {
		out = append(out, judgeAside(f))
	}
	for _, judge := range []func(Facts) (diag.Finding, bool){
		judgeBadSetting, judgeReload, judgeMasked, judgeExecMissing, judgeSwitchBehindSocket, judgeStarting, judgeNeedsLater, judgeSkippedLater, judgeNotAtBoot, judgeDown,
	} {
		if found, ok := judge(f); ok {
			out = append(out, found)
		}
	}
	return out
}

// judgeAside says which unit is spoken of: people look at the usual one first.
func judgeAside(f Facts) diag.Finding {
	runs := f.Service
	if f.SocketActive() {
		runs = f.Socket
	}
	return ruleInItsPlace.New(f.Service.ID, fmt.Sprintf("%s runs sshd here; %s is %s", f.Service.ID, f.Aside.ID, off(f.Aside)),
		unitEvidence(runs, "ActiveState", "UnitFileState"), unitEvidence(f.Aside, "LoadState", "UnitFileState"))
}

func off(u Unit) string {
	switch {
	case u.LoadState == "masked":
		return "masked"
	case !u.Found():
		return "not there"
	case !u.Off():
		return "stopped, since only one of the two can run"
	}
	return "disabled"
}

func unitEvidence(u Unit, names ...string) diag.Evidence {
	all := map[string]string{
		"LoadState": u.LoadState, "ActiveState": u.ActiveState, "SubState": u.SubState,
		"UnitFileState": u.UnitFileState, "Result": u.Result,
		"NRestarts": fmt.Sprint(u.NRestarts), "ExecMainStatus": fmt.Sprint(u.ExecStatus),
	}
	var parts []string
	for _, n := range names {
		parts = append(parts, n+"="+all[n])
	}
	return diag.Evidence{Source: "systemd, " + u.ID, Text: strings.Join(parts, " ")}
}

func judgeReload(f Facts) (diag.Finding, bool) {
	for _, u := range []Unit{f.Service, f.Socket} {
		if !u.NeedDaemonReload {
			continue
		}
		found := ruleDaemonReload.New(u.ID, "systemd has not yet read the changed files of "+u.ID,
			diag.Evidence{Source: "systemd, " + u.ID, Text: "NeedDaemonReload=yes"})
		if f.Up() {
			return found.As(diag.Notice), true
		}
		if !staleMatters(f) {
			found.Severity = diag.Warning
		}
		return found.With(diag.Remedy{
			Summary: "have systemd read the unit files again", Steps: []diag.Step{DaemonReload{}},
		}), true
	}
	return diag.Finding{}, false
}

// staleMatters tells whether what systemd has in mind is what keeps the unit
// down: then the first thing is to have it read what is on disk now.
func staleMatters(f Facts) bool {
	u := f.Service
	return f.ExecMissing != "" || u.LoadState != "loaded" || len(u.ConditionFailed) > 0
}

func judgeMasked(f Facts) (diag.Finding, bool) {
	u := f.Service
	if u.LoadState != "masked" || f.SocketActive() && f.Socket.Accept {
		// A masked socket matters only where the socket is what should listen,
		// and a masked service does not where each connection has its own.
		return diag.Finding{}, false
	}
	found := ruleMasked.New(u.ID, u.ID+" is masked: systemd refuses to start it",
		unitEvidence(u, "LoadState", "UnitFileState", "ActiveState"))
	if f.Service.Active() {
		found.Severity = diag.Warning
		found.Summary = u.ID + " is masked: it runs now but will not start again"
	}
	if u.maskedBy != "" {
		found.Evidence = append(found.Evidence, diag.Evidence{Source: u.maskedBy, Text: "a generator masks it, at each boot anew"})
		return found.With(generators(u.maskedBy)), true
	}
	steps := []diag.Step{Unmask{Unit: u.ID, Runtime: u.UnitFileState == "masked-runtime"}}
	if !f.Up() {
		steps = append(steps, Start{Unit: u.ID})
	}
	return found.With(diag.Remedy{
		Summary: "take the mask away and start sshd", Consent: diag.Asks,
		Reason: "masking is how an administrator switches SSH off for good",
		Steps:  steps,
	}), true
}

func judgeBadSetting(f Facts) (diag.Finding, bool) {
	u := f.Service
	if !u.refused() {
		return diag.Finding{}, false
	}
	found := said(ruleBadSetting.New(u.ID, "systemd refuses the unit file of "+u.ID,
		diag.Evidence{Source: "systemd, " + u.ID, Text: u.LoadState + ": " + printable(u.LoadError)}), u.ID, f.LoadSaid)
	if f.Up() {
		found.Severity = diag.Warning
		found.Summary = "systemd refuses the changed unit file of " + u.ID + ": the next restart fails"
	}
	if drop := ownDropIns(u); len(drop) == 1 {
		return found.With(setAsideDropIn(u.ID, drop[0], !f.Up())), true
	}
	return found.With(diag.Remedy{
		Summary: "mend the unit file or its drop-in", Consent: diag.Manual,
		Manual: []string{"systemctl cat " + u.ID, "systemd-analyze verify " + u.ID},
	}), true
}

// refused: systemd has the unit's files and does not take what they say.
func (u Unit) refused() bool { return u.LoadState == "bad-setting" || u.LoadState == "error" }

// refusals are the last lines in which systemd finds fault with a unit file.
func refusals(lines []string) []string {
	const most = 2
	var out []string
	for _, l := range slices.Backward(lines) {
		if (strings.HasPrefix(l, "/") || strings.Contains(l, "efusing")) && !slices.Contains(out, l) && len(out) < most {
			out = append(out, l)
		}
	}
	slices.Reverse(out)
	return out
}

// ownDropIns are those that an administrator or a tool put there, as opposed to
// the distribution.
func ownDropIns(u Unit) []string {
	var out []string
	for _, p := range u.DropIns {
		if Movable(p) {
			out = append(out, p)
		}
	}
	return out
}

// Movable tells whether a file of a unit can be set aside: a package would put
// its own back, and so would the generator that makes it at each boot and each
// daemon-reload (systemd.generator(7)).
func Movable(path string) bool {
	return strings.HasPrefix(path, "/etc/") || strings.HasPrefix(path, "/run/systemd/system/")
}

// generators says how to find the program that made a file of a unit.
func generators(of string) diag.Remedy {
	return diag.Remedy{
		Summary: "see to the generator that makes " + of + " at each boot", Consent: diag.Manual,
		Manual: []string{
			"ls -l /etc/systemd/system-generators /usr/local/lib/systemd/system-generators",
			"ls -l /run/systemd/system-generators /usr/lib/systemd/system-generators",
			"cat /proc/cmdline",
		},
	}
}

func generated(path string) bool { return strings.HasPrefix(path, "/run/systemd/generator") }

func setAsideDropIn(unit, path string, start bool) diag.Remedy {
	switch {
	case generated(path):
		return generators(path)
	case !Movable(path):
		return diag.Remedy{
			Summary: "correct " + path + ", or override it", Consent: diag.Manual,
			Manual: []string{"systemctl cat " + unit, "systemctl edit " + unit},
		}
	}
	steps := []diag.Step{SetAside{Path: path, Why: "off"}, DaemonReload{}}
	if start {
		steps = append(steps, Start{Unit: unit})
	}
	return diag.Remedy{
		Summary: "set " + path + " aside", Consent: diag.Asks,
		Reason: "somebody put that file there on purpose",
		Steps:  steps,
	}
}

func judgeExecMissing(f Facts) (diag.Finding, bool) {
	// Where no sshd is left at all the install check has already said so.
	if f.ExecMissing == "" || f.Up() || f.StockBinary == "" {
		return diag.Finding{}, false
	}
	found := ruleExecMissing.New(f.ExecMissing,
		f.Service.ID+" starts "+f.ExecMissing+", which is not there",
		unitEvidence(f.Service, "ActiveState", "Result", "ExecMainStatus"))
	if f.ExecDropIn != "" {
		found.Evidence = append(found.Evidence, diag.Evidence{Source: f.ExecDropIn, Text: "sets the path"})
		return found.With(setAsideDropIn(f.Service.ID, f.ExecDropIn, true)), true
	}
	return found.With(diag.Remedy{
		Summary: "put the program back or correct the unit file", Consent: diag.Manual,
		Manual: []string{"systemctl cat " + f.Service.ID},
	}), true
}
