package view

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says that nothing is known of what sshd reads, where it could not be
// looked at.
func Judge(f Facts) []diag.Finding {
	if !f.Hidden() {
		return nil
	}
	var e []diag.Evidence
	for _, s := range f.Settings {
		e = append(e, diag.Evidence{Source: s.source(f.Unit), Text: s.String()})
	}
	found := ruleOther.Unknown(f.Unit, f.Unit+" shows sshd other files than those here; they could not be looked at",
		append(e, diag.Evidence{Source: "/proc/PID/root", Text: f.Err})...)
	return []diag.Finding{found.With(diag.Remedy{
		Summary: "look at the files that the unit has for sshd", Consent: diag.Manual,
		Manual: []string{"systemctl cat " + f.Unit, "journalctl -u " + f.Unit + " -n 20", "sshd-doctor"},
	})}
}

func (s Setting) source(unit string) string {
	if s.File != "" {
		return s.File
	}
	return "systemd, " + unit
}

// Withhold replaces remedies that would change files which sshd does not see, by
// a person's hand too.
func Withhold(f Facts, found []diag.Finding) {
	if !f.Own() {
		return
	}
	var all []string
	for _, s := range f.Settings {
		all = append(all, s.String())
	}
	for i := range found {
		if r := found[i].Remedy; r == nil || found[i].Code == Code ||
			found[i].Stage != diag.Config && found[i].Stage != diag.HostKeys {
			continue
		}
		found[i].Remedy = &diag.Remedy{
			Summary: "mend it where the unit has it", Consent: diag.Manual,
			Reason: "sshd sees other files than those here: " + strings.Join(all, ", "),
			Manual: []string{
				"systemctl cat " + f.Unit, fmt.Sprintf("ls -l /proc/%d/root/etc/ssh", f.MainPID), "sshd-doctor",
			},
		}
	}
}
