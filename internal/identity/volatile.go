package identity

import (
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// volatile says why a key file does not outlive a reboot. Only a file that was
// written since the boot counts: one that is older was put there with its old
// time by whatever keeps it, such as the archive of a system that runs from
// memory.
func volatile(h *host.Host, k Key, now time.Time) string {
	place, err := h.Files.FileSystem(k.Path)
	if err != nil || !place.InMemory() && !place.Overlay() {
		return ""
	}
	up, ok := uptime(h)
	if !ok || k.Made.Before(now.Add(-up)) || kept(h, k.Path) {
		return ""
	}
	switch {
	case place.Type == unix.RAMFS_MAGIC:
		return "a ramfs"
	case place.InMemory():
		return "a tmpfs"
	}
	table, err := h.Files.MountTable(maxFile)
	if err != nil {
		return ""
	}
	return overlayInMemory(string(table), k.Path)
}

// kept tells whether a file lies where some service puts the same one at every
// boot: secrets of NixOS, of systemd and of Kubernetes.
func kept(h *host.Host, p string) bool {
	for range 8 {
		for _, dir := range []string{"/run/secrets", "/run/agenix", "/run/keys", "/run/credentials"} {
			if p == dir || strings.HasPrefix(p, dir+"/") || strings.HasPrefix(p, dir+".d/") {
				return true
			}
		}
		to, err := h.Files.Readlink(p)
		if err != nil {
			return false
		}
		if strings.HasPrefix(to, "..data/") {
			return true
		}
		if !path.IsAbs(to) {
			to = path.Join(path.Dir(p), to)
		}
		p = path.Clean(to)
	}
	return false
}

// mount is one line of /proc/PID/mountinfo, proc(5).
type mount struct{ point, kind, upper string }

// parseMounts reads mountinfo. Lines that it does not understand are left out:
// then nothing is said about what they would have shown.
func parseMounts(table string) []mount {
	var out []mount
	for line := range strings.Lines(table) {
		before, after, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 6 || len(g) < 3 {
			continue
		}
		point, err := host.UnescapeMount(f[4])
		if err != nil {
			continue
		}
		m := mount{point: point, kind: g[0]}
		for option := range strings.SplitSeq(g[len(g)-1], ",") {
			if dir, ok := strings.CutPrefix(option, "upperdir="); ok {
				m.upper, _ = host.UnescapeMount(dir)
			}
		}
		out = append(out, m)
	}
	return out
}

// overlayInMemory says whether the overlay in which a file lies keeps what is
// written in memory. Its upper directory is named as it was called when the
// overlay was mounted; where no mount that can be seen holds it, nothing is
// said. So a container, whose upper directory is outside of it, stays silent.
func overlayInMemory(table, file string) string {
	mounts := parseMounts(table)
	over := holding(mounts, file)
	if over.kind != "overlay" || over.upper == "" {
		return ""
	}
	under := holding(mounts, over.upper)
	if under.point == "" || under.point == "/" || under.point == "/run" || (under.kind != "tmpfs" && under.kind != "ramfs") {
		return ""
	}
	return "an overlay that keeps its changes in " + under.point + ", a " + under.kind
}

// holding is the mount in which a path lies: the longest mount point above it,
// of equal ones the last.
func holding(mounts []mount, p string) mount {
	var best mount
	for _, m := range mounts {
		in := p == m.point || strings.HasPrefix(p, strings.TrimSuffix(m.point, "/")+"/")
		if in && len(m.point) >= len(best.point) {
			best = m
		}
	}
	return best
}
