package service

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// JudgeDisk says what will keep systemd from starting sshd at the next boot of a
// disk. Whether the unit came up cannot be judged there.
func JudgeDisk(f Facts, d Disk) []diag.Finding {
	u := f.Service
	switch {
	case !d.Known && f.Err != "":
		return []diag.Finding{ruleUnknown.Unknown("systemd", "the unit files could not be looked at",
			diag.Evidence{Source: "disk", Text: f.Err})}
	case !d.Known:
		return []diag.Finding{ruleNoSystemd.Unknown("systemd",
			"the disk holds no systemd, so what starts sshd there could not be told")}
	case !u.Found() && !f.Socket.Found():
		return []diag.Finding{ruleNotFound.New("ssh.service", "neither ssh.service nor sshd.service exists",
			diag.Evidence{Source: strings.Join(unitDirs(), ", "), Text: "no such file"})}
	case d.Mask != "":
		return []diag.Finding{ruleMasked.New(u.ID, u.ID+" is masked: systemd will not start it",
			diag.Evidence{Source: d.Mask, Text: "a link to /dev/null, or empty"}).
			With(diag.Remedy{
				Summary: "take the mask of " + u.ID + " away", Consent: diag.Asks,
				Reason: "masking is how an administrator switches SSH off for good",
				Steps:  []diag.Step{SetAside{Path: d.Mask, Why: "off"}},
			})}
	case u.LoadState == "error":
		return []diag.Finding{ruleBadSetting.Unknown(u.ID, u.FragmentPath+" could not be read",
			diag.Evidence{Source: u.FragmentPath, Text: printable(u.LoadError)})}
	}
	var out []diag.Finding
	if len(u.ConditionFailed) > 0 {
		out = append(out, judgeDiskCondition(u))
	}
	if found, ok := judgeDiskExec(f); ok {
		out = append(out, found)
	}
	out = append(out, judgeOverrides(u.ID, d)...)
	if found, ok := judgeNotReached(f, d); ok {
		return append(out, found)
	}
	if d.Block != nil && u.Loaded() {
		out = append(out, judgeBlock(*d.Block, u.ID))
	}
	if found, ok := judgeNotWanted(f, d); ok {
		out = append(out, found)
	}
	return out
}

func judgeDiskCondition(u Unit) diag.Finding {
	c := u.ConditionFailed[0]
	evidence := diag.Evidence{Source: u.FragmentPath, Text: c.String() + " does not hold"}
	if c.Negate && isSwitch(c.Param) {
		return ruleNotToBeRun.New(c.Param, c.Param+" exists, so "+u.ID+" is not started", evidence).
			With(diag.Remedy{
				Summary: "set " + c.Param + " aside", Consent: diag.Asks,
				Reason: "this file is the documented way to switch sshd off",
				Steps:  []diag.Step{SetAside{Path: c.Param, Why: "off"}},
			})
	}
	return ruleCondition.New(u.ID, u.ID+" will be skipped: "+c.String()+" does not hold", evidence).
		With(diag.Remedy{
			Summary: "decide whether the condition still makes sense", Consent: diag.Manual,
			Manual: []string{catUnit(u)},
		})
}

func judgeDiskExec(f Facts) (diag.Finding, bool) {
	if f.ExecMissing == "" || f.StockBinary == "" {
		return diag.Finding{}, false
	}
	found := ruleExecMissing.New(f.ExecMissing, f.Service.ID+" starts "+f.ExecMissing+", which is not there",
		diag.Evidence{Source: f.ExecMissing, Text: "no such file"})
	if f.ExecDropIn == "" || !strings.HasPrefix(f.ExecDropIn, "/etc/") {
		return found.With(diag.Remedy{
			Summary: "put the program back or correct the unit file", Consent: diag.Manual,
			Manual: []string{catUnit(f.Service)},
		}), true
	}
	found.Evidence = append(found.Evidence, diag.Evidence{Source: f.ExecDropIn, Text: "sets the path"})
	return found.With(diag.Remedy{
		Summary: "set " + f.ExecDropIn + " aside", Consent: diag.Asks, Reason: "somebody put that file there on purpose",
		Steps: []diag.Step{SetAside{Path: f.ExecDropIn, Why: "off"}},
	}), true
}

// judgeNotWanted: no target wants the service or its socket, and no preset of a
// first boot will have one do so.
func judgeNotWanted(f Facts, d Disk) (diag.Finding, bool) {
	u := f.Service
	if len(d.Wanted) > 0 || d.Preset || d.Starts || !u.Loaded() {
		return diag.Finding{}, false
	}
	found := ruleDisabled.New(u.ID, u.ID+" is disabled: no boot starts it",
		diag.Evidence{Source: etcUnits, Text: "no link to " + u.ID + " in any target"})
	if len(d.Links) == 0 {
		return found.With(diag.Remedy{
			Summary: "have something start sshd at boot", Consent: diag.Manual,
			Manual: []string{catUnit(u)},
		}), true
	}
	return found.With(diag.Remedy{
		Summary: "enable " + u.ID, Consent: diag.Asks, Reason: "somebody or some tool disabled it",
		Steps: []diag.Step{EnableOnDisk{Unit: u.ID, Links: d.Links}},
	}), true
}

// catUnit shows the files of a unit. systemctl does not do so in a chroot.
func catUnit(u Unit) string {
	return strings.Join(append([]string{"cat", u.FragmentPath}, u.DropIns...), " ")
}
