package host

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// parseCgroup reads /proc/PID/cgroup, cgroups(7), and returns the control group
// that says most and the systemd unit in it. Lines are "9:name=systemd:/path" on
// version 1, "0::/path" on version 2, both on a hybrid box. Of these the line
// of systemd's own hierarchy counts, else that of version 2.
func parseCgroup(text string) (group, unit string) {
	var named, unified string
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 || !strings.HasPrefix(f[2], "/") {
			continue
		}
		switch {
		case f[1] == "name=systemd":
			named = f[2]
		case f[0] == "0" && f[1] == "":
			unified = f[2]
		}
	}
	for _, path := range []string{named, unified} {
		if u := unitOfPath(path); u != "" {
			return safetext.ASCII(path), u
		}
	}
	if named == "" || named == "/" {
		named = unified
	}
	return safetext.ASCII(named), ""
}

// unitOfPath is the first element of a control group that is not a slice, as
// systemd's own cg_path_get_unit has it: what stands below belongs to the unit.
func unitOfPath(path string) string {
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		// An underscore escapes names that the kernel would take as its own.
		part = strings.TrimPrefix(part, "_")
		switch {
		case strings.HasSuffix(part, ".slice"):
			continue
		case isUnitName(part):
			return safetext.ASCII(part)
		}
		return ""
	}
	return ""
}

func isUnitName(s string) bool {
	for _, kind := range []string{".service", ".scope", ".socket", ".mount", ".swap"} {
		if name, ok := strings.CutSuffix(s, kind); ok && name != "" {
			return true
		}
	}
	return false
}
