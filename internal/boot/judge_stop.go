package boot

import (
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeStop says where the boot stopped. Where sshd runs all the same, somebody
// started it by hand, and the next boot stops again.
func judgeStop(f Facts) []diag.Finding {
	s := f.Stop
	if s.Mode == "" {
		if s.Err == "" {
			return nil
		}
		return []diag.Finding{ruleStopped.Unknown("boot", "whether the boot stopped could not be told",
			diag.Evidence{Source: "systemd", Text: s.Err}).As(diag.Notice)}
	}
	evidence := []diag.Evidence{{Source: "systemd, " + s.Mode + ".target", Text: "ActiveState=active"}}
	why := ""
	for _, m := range s.Mounts {
		if why == "" {
			why = ": " + m.why()
		}
		evidence = append(evidence, m.evidence()...)
	}
	if why == "" && s.Asked != "" {
		why = ", started with " + s.Asked
		evidence = append(evidence, diag.Evidence{Source: "/proc/cmdline", Text: s.Asked})
	}
	if len(s.Failed) > 0 {
		evidence = append(evidence, diag.Evidence{Source: "systemd, failed", Text: join(s.Failed[:min(len(s.Failed), 4)])})
		if why == "" {
			why = ": " + s.Failed[0] + " failed"
		}
	}
	found := ruleStopped.New(s.Mode+".target", "the machine is in "+s.Mode+" mode"+why, evidence...)
	if f.From.Up {
		// Another subject: what was done about sshd has worked. What else is wrong
		// with a running sshd does not come from the boot.
		found.Subject, found.Severity, found.Explains = "boot", diag.Warning, []string{}
		if len(s.Mounts)+len(s.Failed) > 0 {
			found.Latent = "at the next boot"
		}
		found.Summary = "sshd runs, and " + found.Summary
		return []diag.Finding{found.With(s.byHand())}
	}
	if !f.From.Startable {
		return []diag.Finding{found.With(s.byHand())}
	}
	return []diag.Finding{found.With(diag.Remedy{
		Summary: "start " + f.From.Unit + " alone, in " + s.Mode + " mode", Consent: diag.Asks,
		Reason: "it mends nothing, and the network may be down",
		Steps:  []diag.Step{StartAlone{Unit: f.From.Unit}},
	})}
}

// why is the short reason for which a mount did not come about.
func (m Mount) why() string {
	if m.Gone {
		return m.Where + " has no disk"
	}
	return m.Where + " cannot be mounted"
}

func (m Mount) evidence() []diag.Evidence {
	text := "What=" + m.What + " Result=" + m.Result
	if m.Gone {
		text = m.What + " is not there"
	}
	out := []diag.Evidence{{Source: "systemd, " + m.Unit, Text: text}}
	for _, l := range m.Said {
		out = append(out, diag.Evidence{Source: "journal, " + m.Unit, Text: l})
	}
	if m.Line > 0 {
		out = append(out, diag.Evidence{Source: fmt.Sprintf("/etc/fstab line %d", m.Line), Text: m.Text},
			diag.Evidence{Source: "hint", Text: "with nofail among its options the boot goes on without " + m.Where})
	}
	return out
}

// byHand is the way to go on with the boot.
func (s Stop) byHand() diag.Remedy {
	r := diag.Remedy{
		Summary: "mend what stopped the boot, then go on with it", Consent: diag.Manual,
		Reason: "only you know whether that disk may be missing",
	}
	if s.ReadOnly {
		r.Manual = append(r.Manual, "mount -o remount,rw /")
	}
	for _, m := range s.Mounts {
		if m.Line > 0 {
			r.Manual = append(r.Manual, fmt.Sprintf("nano +%d /etc/fstab", m.Line))
			r.Summary = "mend /etc/fstab (or write nofail among the options), then go on"
			break
		}
	}
	switch {
	case len(s.Mounts) == 0 && len(s.Failed) == 0 && s.Asked != "":
		r.Summary, r.Reason = "go on with the boot when you are done", "somebody asked for "+s.Mode+" mode"
		r.Manual = []string{"systemctl default"}
		return r
	case len(s.Mounts) == 0:
		r.Manual = append(r.Manual, "systemctl --failed", "journalctl -b -p warning")
	}
	r.Manual = append(r.Manual, "systemctl daemon-reload", "systemctl default")
	return r
}
