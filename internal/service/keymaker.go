package service

import (
	"path"
	"slices"
	"strings"
)

// keyMaker is the unit that starting sshd starts before it, and that makes the
// host keys that are missing: sshd-keygen.service of Debian 13 (ConditionFirstBoot,
// "ssh-keygen -A"), sshd-keygen@.service of Fedora, sshdgenkeys.service of Arch,
// or a command of sshd's own unit, as on SUSE. Empty where there is none.
func (t *bootTree) keyMaker(id string) string {
	seen := map[string]bool{}
	queue := []string{id}
	for len(queue) > 0 && len(seen) < mostUnits {
		name := queue[0]
		queue = queue[1:]
		u := t.load(name)
		if seen[u.ID] || u.LoadState != "loaded" {
			continue
		}
		seen[u.ID] = true
		if slices.ContainsFunc(u.Exec, makesKeys) {
			return u.ID
		}
		for _, d := range append(t.wants(name), t.requires(name)...) {
			if d.name != "sysinit.target" {
				queue = append(queue, d.name)
			}
		}
	}
	// The presets of a first boot make its links.
	const unit = "sshd-keygen.service"
	if u := t.load(unit); u.LoadState == "loaded" && slices.ContainsFunc(u.Exec, makesKeys) &&
		slices.Contains(u.install.words("Install.WantedBy"), id) && preset(t.h, unit) {
		return unit
	}
	return ""
}

func makesKeys(e Exec) bool {
	switch base := path.Base(e.Path); {
	case base == "ssh-keygen":
		return slices.Contains(e.Argv, "-A")
	default:
		return strings.HasPrefix(base, "sshd-keygen") || strings.HasPrefix(base, "sshd-gen-keys")
	}
}
