package checkup

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// attachOptions: what sshd does not like stands in no configuration file, but
// among the options that its unit gives it. "command-line" is sshd's own word for
// the place (8.4 to 10.0).
func attachOptions(f Facts, found *diag.Finding) {
	said := false
	for _, e := range found.Evidence {
		said = said || strings.HasPrefix(e.Text, "command-line")
	}
	if !said || len(f.Service.ArgsFrom) == 0 {
		return
	}
	file := f.Service.ArgsFrom[0]
	found.Subject = file
	found.Evidence = append(found.Evidence, diag.Evidence{
		Source: file, Text: "gives sshd " + strings.Join(f.Service.Args, " "),
	})
	again := []string{"nano " + file, "sshd-doctor"}
	if strings.HasPrefix(file, "/etc/systemd/") || strings.Contains(file, "/systemd/system/") {
		again = []string{"nano " + file, "systemctl daemon-reload", "sshd-doctor"}
	}
	found.Remedy = &diag.Remedy{
		Summary: "correct sshd's options in " + file, Consent: diag.Manual, Manual: again,
	}
}

// attachStuck: what is in the way is not a line but a whole file.
func attachStuck(f Facts, found *diag.Finding) {
	file := f.Conf.Stuck
	if file == "" {
		return
	}
	found.Subject = file
	found.Remedy = &diag.Remedy{
		Summary: "move it away, and put a plain file in its place", Consent: diag.Manual,
		Manual: []string{"ls -l " + file, "mv " + file + " " + file + ".fifo", "sshd-doctor"},
	}
}
