package disk

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Judge says what is wrong with the disk as a whole.
func Judge(f Facts) []diag.Finding {
	var out []diag.Finding
	for _, p := range f.Parts {
		out = append(out, rulePart.Unknown(p.Where, p.Where+" is a mount of its own and is not mounted here",
			diag.Evidence{Source: fmt.Sprintf("/etc/fstab line %d", p.Number), Text: p.Text}).
			With(diag.Remedy{
				Summary: "mount it below the disk's root, then look again", Consent: diag.Manual,
				Manual: []string{MountCommand + " " + p.What + " " + p.Where},
			}))
	}
	for _, s := range f.Stops {
		out = append(out, judgeStop(s))
	}
	if len(f.Untold) > 0 {
		out = append(out, judgeUntold(f.Untold))
	}
	out = append(out, judgeTrial(f.Trial)...)
	out = append(out, ruleUnjudged.New("unit", "whether sshd's unit comes up is seen when the disk boots"))
	if f.NewKeys {
		out = append(out, ruleNewKeys.New("host keys", "cloud-init will make new host keys at the next boot",
			diag.Evidence{Source: "cloud-init", Text: f.Why}))
	}
	return out
}

// MountCommand begins a command that is about a path below the disk's root. Who
// knows that root puts it in.
const MountCommand = "mount"

func judgeStop(s Stop) diag.Finding {
	found := ruleFstab.New(fmt.Sprintf("/etc/fstab:%d", s.Number),
		fmt.Sprintf("line %d of /etc/fstab: the boot stops without %s", s.Number, s.Where),
		diag.Evidence{Source: "/etc/fstab", Text: s.Text},
		diag.Evidence{Source: "this machine", Text: "there is no " + s.Missing})
	if needed(s.Where) || strings.HasPrefix(s.Where, "/boot") {
		return found.With(diag.Remedy{
			Summary: "attach that disk, or correct the line", Consent: diag.Manual,
			Manual: []string{fmt.Sprintf("nano +%d /etc/fstab", s.Number)},
		})
	}
	return found.With(diag.Remedy{
		Summary: fmt.Sprintf("let the boot go on without %s (nofail)", s.Where), Consent: diag.Asks,
		Reason: "the server may still have that disk, and programs may need it",
		Steps:  []diag.Step{AddNofail{Line: s.Number, Text: s.Text}},
	})
}

// judgeUntold: in a container, and where udev does not run, nothing says which
// devices there are.
func judgeUntold(lines []host.FstabLine) diag.Finding {
	found := ruleFstab.Unknown("/etc/fstab", "whether all devices of /etc/fstab are there could not be told",
		diag.Evidence{Source: "/dev/disk", Text: "not there: this machine does not list its devices"})
	for _, l := range lines[:min(len(lines), 4)] {
		found.Evidence = append(found.Evidence, diag.Evidence{Source: fmt.Sprintf("/etc/fstab line %d", l.Number), Text: l.Text})
	}
	return found
}

func judgeTrial(t Trial) []diag.Finding {
	switch {
	case t.Unborn:
		return []diag.Finding{ruleNotRun.Unknown(t.Binary, "not proven: it gets its host keys at its first boot",
			diag.Evidence{Source: t.Binary, Text: "there is no key yet that it could prove"}).With(diag.Remedy{
			Summary: "boot it, or, if this is no image for others, have its keys made now", Consent: diag.Manual,
			Manual: []string{"sshd-doctor heal --allow hostkey-missing"},
		})}
	case t.NotRun != "":
		return []diag.Finding{ruleNotRun.Unknown(t.Binary, "not proven, as the disk's sshd was not run: "+t.NotRun,
			diag.Evidence{Source: t.Binary, Text: t.NotRun})}
	case t.Done && t.Err != "":
		return []diag.Finding{ruleFails.New(t.Binary, "the disk's sshd, started in its own root, proves no host key",
			diag.Evidence{Source: t.Binary, Text: t.Err})}
	case !t.Done:
		return []diag.Finding{ruleFails.New(t.Binary, "the disk's sshd cannot be tried as it is").As(diag.Warning)}
	}
	return nil
}
