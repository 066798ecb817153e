package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// judgeUnits: what systemd said about the units.
func (v view) judgeUnits() []diag.Finding {
	return slices.Concat(v.judgeInstanceNames(), v.judgeCycle(), v.judgeBoth())
}

func (v view) judgeInstanceNames() []diag.Finding {
	said := v.hits.of(CodeInstanceNames)
	if len(said) == 0 || v.Socket.Active() {
		return nil
	}
	socket := said.last().word
	pattern := strings.TrimSuffix(socket, ".socket") + "@*.service"
	return []diag.Finding{ruleInstanceNames.New(socket, socket+" cannot start another unit for a connection",
		said.evidence()...).With(diag.Remedy{
		Summary: "forget the failed units of old connections and start " + socket,
		Steps:   []diag.Step{ResetFailed{Pattern: pattern}, service.Start{Unit: socket}},
	})}
}

// judgeCycle: the unit is enabled, was never tried, and systemd says why.
func (v view) judgeCycle() []diag.Finding {
	if v.Need.UnitUp || v.Unit.Active() || v.Unit.File != "enabled" || !v.Unit.NeverTried {
		return nil
	}
	var e []diag.Evidence
	for _, x := range v.hits.of(CodeOrderingCycle) {
		if x.word == v.Unit.Name {
			e = append(e, diag.Evidence{Source: x.line.source(), Text: x.line.Message})
		}
	}
	if len(e) == 0 {
		e = v.analysed()
	}
	if len(e) == 0 {
		return nil
	}
	return []diag.Finding{ruleOrderingCycle.New(v.Unit.Name,
		v.Unit.Name+" was left out of the boot to break an ordering cycle", e...).With(diag.Remedy{
		// Enabled and never tried: nobody has decided against it.
		Summary: "start " + v.Unit.Name + "; the cycle itself is for you to break",
		Steps:   []diag.Step{service.Start{Unit: v.Unit.Name}},
	})}
}

// analysed is what systemd-analyze says about the cycle, when it is about this
// unit.
func (v view) analysed() []diag.Evidence {
	dropped := slices.IndexFunc(v.Cycle, func(l string) bool {
		return strings.Contains(l, "Job "+v.Unit.Name+"/start deleted to break ordering cycle")
	})
	if dropped < 0 {
		return nil
	}
	var out []diag.Evidence
	for _, l := range v.Cycle[max(0, dropped-3) : dropped+1] {
		out = append(out, diag.Evidence{Source: "systemd-analyze verify default.target", Text: l})
	}
	return out
}

// judgeBoth: both units are enabled, and neither listens. That a port is taken
// says nothing alone: it can be a stranger's.
func (v view) judgeBoth() []diag.Finding {
	said := v.hits.of(CodeBoth)
	refused := slices.ContainsFunc(said, func(x hit) bool { return strings.Contains(x.line.Message, "already active") })
	if !refused || v.Unit.File != "enabled" || v.Socket.File != "enabled" || v.Socket.Active() || v.Unit.Active() {
		return nil
	}
	found := ruleBoth.New(v.Socket.Name,
		v.Socket.Name+" and "+v.Unit.Name+" are both enabled, and neither listens", said.evidence()...).
		With(diag.Remedy{
			Summary: "start " + v.Unit.Name + "; one of the two should be disabled",
			Steps:   []diag.Step{service.Start{Unit: v.Unit.Name}},
		})
	// A service that failed did so for a reason of its own, and starting it
	// again before that is gone only uses up its starts.
	found.Symptom = v.Unit.ActiveState == "failed"
	return []diag.Finding{found}
}

// judgeSighup stands beside the finding about what sshd did not like: how it
// came to read it.
func (v view) judgeSighup() []diag.Finding {
	said := v.hits.of(CodeSighup)
	if v.Need.UnitUp || len(said) == 0 {
		return nil
	}
	x := said.last()
	for _, l := range v.Lines {
		if l.Time.After(x.line.Time) && strings.HasPrefix(l.Message, "Server listening on") {
			return nil
		}
	}
	return []diag.Finding{ruleSighup.New(v.Need.Unit,
		"sshd ended when a SIGHUP told it to read its configuration again", said.evidence()...).
		With(manual("reload sshd through its unit: that tests first", "systemctl reload "+v.Need.Unit))}
}

// judgeEntropy: sshd waits for random numbers, or says that it has none.
func (v view) judgeEntropy() []diag.Finding {
	if !v.NoEntropy {
		return nil
	}
	e := append([]diag.Evidence{{Source: "getrandom(2)", Text: "would block: not initialised"}},
		v.fresh(CodeCryptoEngine).evidence()...)
	return []diag.Finding{ruleEntropy.New("kernel", "the kernel's random number generator is not ready yet", e...).
		With(manual("wait; give a virtual machine a source (virtio-rng)", "dmesg | grep -i crng", "sshd-doctor"))}
}

// scarce is how few files sshd may have left for a connection: it needs 5 to 7
// of them (measured on OpenSSH 8.4, 9.2 and 10.0 with LimitNOFILE=).
const scarce = 8

// limitKeys are the settings with which a unit file sets such limits.
func limitKeys() []string {
	return []string{"LimitNOFILE", "LimitNPROC", "TasksMax", "TasksAccounting"}
}

func (v view) judgeLimits() []diag.Finding {
	said := v.fresh(CodeLimit)
	l := v.Limits
	files := v.reached() && l.OpenFiles > 0 && l.OpenFiles-l.Open < scarce ||
		!v.Unit.Active() && v.Unit.OpenFiles > 0 && v.Unit.OpenFiles <= 2*scarce
	tasks := v.reached() && v.Unit.TasksMax > 0 && v.Unit.Tasks >= v.Unit.TasksMax
	if len(said) == 0 && !files && !tasks {
		return nil
	}
	summary := "sshd can open no more files or processes"
	e := said.evidence()
	switch {
	case files && l.OpenFiles > 0:
		summary = fmt.Sprintf("sshd may open only %d files and has %d open", l.OpenFiles, l.Open)
		e = append(e, diag.Evidence{
			Source: fmt.Sprintf("/proc/%d/limits", v.Need.MainPID), Text: "Max open files " + strconv.Itoa(l.OpenFiles),
		})
	case files:
		summary = fmt.Sprintf("%s may open only %d files", v.Unit.Name, v.Unit.OpenFiles)
		e = append(e, diag.Evidence{Source: "systemd, " + v.Unit.Name, Text: fmt.Sprint("LimitNOFILE=", v.Unit.OpenFiles)})
	case tasks:
		summary = fmt.Sprintf("%s may have only %d processes and has %d", v.Unit.Name, v.Unit.TasksMax, v.Unit.Tasks)
		e = append(e, diag.Evidence{Source: "systemd, " + v.Unit.Name, Text: fmt.Sprint("TasksMax=", v.Unit.TasksMax)})
	}
	return []diag.Finding{v.withDropIn(ruleLimit.New(v.Need.Unit, summary, e...),
		"raise the limit of "+v.Need.Unit, limitKeys())}
}

// withDropIn offers to set the drop-in aside that sets one of the keys. One that
// sets other things too is for a person to edit: without it something else could
// become laxer.
func (v view) withDropIn(found diag.Finding, otherwise string, keys []string) diag.Finding {
	for _, d := range v.Unit.DropIns {
		for _, s := range d.Settings {
			if !slices.Contains(keys, s.Key) {
				continue
			}
			found.Evidence = append(found.Evidence, diag.Evidence{Source: d.Path, Text: s.Key + "=" + s.Value})
			if d.only(keys...) && service.Movable(d.Path) {
				return found.With(diag.Remedy{
					Summary: "set " + d.Path + " aside and restart " + v.Need.Unit, Consent: diag.Asks,
					Reason: "somebody put that file there on purpose",
					Steps: []diag.Step{
						service.SetAside{Path: d.Path, Why: "off"}, service.DaemonReload{},
						service.Restart{Unit: v.Need.Unit},
					},
				})
			}
			return found.With(manual("take "+s.Key+" out of "+d.Path,
				append([]string{"nano " + d.Path, "systemctl daemon-reload"}, v.startCommands()...)...))
		}
	}
	return found.With(manual(otherwise, append([]string{"systemctl edit " + v.Need.Unit}, v.startCommands()...)...))
}
