package view

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// setting is one entry of a property, and the path over which it puts something.
type setting struct{ key, value, over string }

// decode reads properties as org.freedesktop.systemd1(5) has them. A path that is
// bound to itself stays what it is.
func decode(p host.Properties) []setting {
	var out []setting
	if dir := p.String("RootDirectory"); strings.Trim(dir, "/") != "" {
		out = append(out, setting{"RootDirectory", dir, "/"})
	}
	if image := p.String("RootImage"); image != "" {
		out = append(out, setting{"RootImage", image, "/"})
	}
	for _, key := range []string{"BindPaths", "BindReadOnlyPaths", "MountImages"} {
		for _, t := range p.Tuples(key, 4) {
			from, to := t.String(0), t.String(1)
			if to != "" && from != to {
				out = append(out, setting{key, from + ":" + to, to})
			}
		}
	}
	for _, t := range p.Tuples("TemporaryFileSystem", 2) {
		if at := t.String(0); at != "" {
			out = append(out, setting{"TemporaryFileSystem", at, at})
		}
	}
	for _, at := range p.Strings("InaccessiblePaths") {
		// "-": may be absent; "+": below RootDirectory=.
		at = strings.TrimLeft(at, "-+")
		out = append(out, setting{"InaccessiblePaths", at, at})
	}
	return out
}
