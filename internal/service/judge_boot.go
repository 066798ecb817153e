package service

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeNotReached: a target wants the service, and the boot does not get there.
func judgeNotReached(f Facts, d Disk) (diag.Finding, bool) {
	id := f.Service.ID
	by := d.wanting()
	if d.Starts || len(by) == 0 {
		return diag.Finding{}, false
	}
	if d.Goal.Block != nil {
		return judgeBlock(*d.Goal.Block, id), true
	}
	if d.Block != nil {
		return judgeBlock(*d.Block, id), true
	}
	seen := diag.Evidence{Source: d.Goal.File, Text: "the boot ends at " + d.Goal.Target}
	if d.Hidden {
		return ruleDisabled.New(id, "the link that starts "+id+" is masked: no boot starts it",
			diag.Evidence{Source: strings.Join(d.Wanted, ", "), Text: "hidden by a link to /dev/null of that name"}).
			With(diag.Remedy{
				Summary: "take away the link to /dev/null that hides it", Consent: diag.Manual,
				Manual: []string{"ls -l " + etcControl + "/" + by[0] + ".wants " + etcUnits + "/" + by[0] + ".wants"},
			}), true
	}
	usual := slices.IndexFunc(by, func(t string) bool {
		return t == "multi-user.target" || t == "graphical.target" || t == "sockets.target" || t == "basic.target"
	})
	if usual < 0 {
		return ruleDisabled.Unknown(id, fmt.Sprintf("whether a boot gets to %s, which starts %s, could not be told", by[0], id), seen).
			As(diag.Warning), true
	}
	found := ruleDisabled.New(defaultTarget, fmt.Sprintf("the boot ends at %s, which does not start %s", d.Goal.Target, id), seen)
	const target = "multi-user.target"
	remedy := diag.Remedy{
		Summary: "have the boot go on to " + target, Consent: diag.Asks,
		Reason: "somebody chose " + d.Goal.Target + " for this server",
	}
	switch {
	case d.MultiUser == "" || strings.HasPrefix(d.Goal.File, etcUnits+".") || by[usual] == "graphical.target":
		remedy.Consent, remedy.Manual = diag.Manual, []string{"ls -l " + d.Goal.File}
	case strings.HasPrefix(d.Goal.File, etcUnits+"/"):
		remedy.Steps = append(remedy.Steps, SetAside{Path: d.Goal.File, Why: "off"})
	}
	if remedy.Consent == diag.Asks {
		remedy.Steps = append(remedy.Steps, DefaultOnDisk{EnableOnDisk{
			Unit: target, Links: []Link{{Path: etcUnits + "/" + defaultTarget, Target: d.MultiUser}},
		}})
	}
	return found.With(remedy), true
}

// wanting are the units that want the service or its socket, by the directories
// of their links, and those that the presets of a first boot will have do so.
func (d Disk) wanting() []string {
	var out []string
	links := d.Wanted
	if d.Preset {
		for _, l := range d.Links {
			links = append(links, l.Path)
		}
	}
	for _, p := range links {
		dir := path.Base(path.Dir(p))
		if target := strings.TrimSuffix(strings.TrimSuffix(dir, ".wants"), ".requires"); target != dir {
			out = append(out, target)
		}
	}
	return out
}

// judgeBlock: a unit on the way to sshd is masked, or not there.
func judgeBlock(b block, id string) diag.Finding {
	so := ", so no boot starts " + id
	if b.By == id {
		so = ", and " + id + " requires it"
	}
	if b.Mask != "" {
		found := ruleMasked.New(b.Unit, b.Unit+" is masked"+so, diag.Evidence{Source: b.Mask, Text: "a link to /dev/null, or empty"})
		return found.With(setAsideOnDisk(b.Mask, "take the mask of "+b.Unit+" away", "masking is how an administrator switches a unit off for good"))
	}
	if b.By == "" {
		return ruleBadSetting.New(b.Unit, b.Unit+" is not there"+so, diag.Evidence{Source: strings.Join(unitDirs(), ", "), Text: "no such file"}).
			With(diag.Remedy{
				Summary: "put the package's unit files back", Consent: diag.Manual, Manual: []string{"ls -l " + etcUnits},
			})
	}
	if b.By == id {
		so = ""
	}
	found := ruleBadSetting.New(b.By, b.By+" requires "+printable(b.Unit)+", which is not there"+so,
		diag.Evidence{Source: b.File, Text: "requires " + printable(b.Unit)})
	return found.With(setAsideOnDisk(b.File, "set "+b.File+" aside", "somebody put that file there on purpose"))
}

// setAsideOnDisk moves what an administrator has put there; what a package has
// put there is left to the person.
func setAsideOnDisk(file, summary, reason string) diag.Remedy {
	if !strings.HasPrefix(file, "/etc/") {
		return diag.Remedy{Summary: "correct " + file, Consent: diag.Manual, Manual: []string{"nano " + file}}
	}
	return diag.Remedy{Summary: summary, Consent: diag.Asks, Reason: reason, Steps: []diag.Step{SetAside{Path: file, Why: "off"}}}
}

// judgeOverrides: lines that were added to the unit of the package.
func judgeOverrides(id string, d Disk) []diag.Finding {
	var out []diag.Finding
	for _, o := range d.Overrides {
		seen := diag.Evidence{Source: o.File, Text: o.Line}
		if !o.Fatal {
			out = append(out, ruleBadSetting.Unknown(id, "whether "+id+" comes up as "+path.Base(o.File)+" has it could not be tried", seen).
				As(diag.Warning))
			continue
		}
		out = append(out, ruleBadSetting.New(o.File, id+" cannot come up with "+o.Line, seen).
			With(setAsideOnDisk(o.File, "set "+o.File+" aside", "somebody put that file there on purpose")))
	}
	return out
}
