package casebook

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// diff describes every path that differs between two trees, one line each,
// sorted by path.
func diff(before, after tree) []string {
	var lines []string
	for p, old := range before {
		now, still := after[p]
		if !still {
			lines = append(lines, p+": gone")
		} else if what := compare(old, now); what != "" {
			lines = append(lines, p+": "+what)
		}
	}
	for p := range after {
		if _, was := before[p]; !was {
			lines = append(lines, p+": new")
		}
	}
	slices.Sort(lines)
	return lines
}

// compare names the properties in which two nodes differ.
func compare(a, b node) string {
	var what []string
	for _, c := range []struct {
		name   string
		differ bool
	}{
		{"mode " + a.mode.String() + " is now " + b.mode.String(), a.mode != b.mode},
		{"owner", a.uid != b.uid || a.gid != b.gid},
		{"contents", a.content != b.content || (a.mode.IsRegular() && a.size != b.size)},
		{"time", !a.changed.Equal(b.changed)},
	} {
		if c.differ {
			what = append(what, c.name)
		}
	}
	return strings.Join(what, ", ")
}

// without returns the tree less the paths at and below some.
func (t tree) without(paths ...string) tree {
	out := tree{}
	for p, n := range t {
		if !slices.ContainsFunc(paths, func(q string) bool { return within(p, q) }) {
			out[p] = n
		}
	}
	return out
}

// only returns the part of the tree at and below some paths.
func (t tree) only(paths ...string) tree {
	out := tree{}
	for p, n := range t {
		if slices.ContainsFunc(paths, func(q string) bool { return within(p, q) }) {
			out[p] = n
		}
	}
	return out
}

// hasBelow tells whether something is in a directory.
func (t tree) hasBelow(dir string) bool {
	for p := range t {
		if p != dir && within(p, dir) {
			return true
		}
	}
	return false
}

func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, dir+"/")
}

// lost lists the regular files whose contents are nowhere to be found any
// more, though they were there before. A file that was empty has to live on
// under a name that begins with its own.
func lost(before, after tree) []string {
	kept := map[string]bool{}
	for p, n := range after {
		if old, was := before[p]; n.mode.IsRegular() && (!was || old.content != n.content) {
			kept[n.content] = true
		}
	}
	var lines []string
	for p, old := range before {
		now, still := after[p]
		switch {
		case !old.mode.IsRegular(), still && now.content == old.content:
		case isBackup(p), within(p, "/run"): // gone at the next change, or boot, anyway
		case old.size == 0 && (still || after.hasRelative(p)):
		case old.size > 0 && kept[old.content]:
		case still:
			lines = append(lines, p+": overwritten, and its old contents are nowhere")
		default:
			lines = append(lines, p+": deleted, and its contents are nowhere")
		}
	}
	slices.Sort(lines)
	return lines
}

// isBackup names the copies that the tools for users make of their files'
// former state; each new change replaces them.
func isBackup(p string) bool {
	return slices.Contains([]string{"/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-"}, p)
}

// hasRelative tells whether some file's name contains that of a vanished one.
func (t tree) hasRelative(gone string) bool {
	for p, n := range t {
		if n.mode.IsRegular() && n.size == 0 && path.Base(p) != path.Base(gone) &&
			strings.Contains(path.Base(p), strings.TrimPrefix(path.Base(gone), ".")) {
			return true
		}
	}
	return false
}

// exposed lists private keys that others may read, or that are not root's.
func exposed(t tree) []string {
	var lines []string
	for p, n := range t {
		if n.private && (n.mode&fs.FileMode(0o077) != 0 || n.uid != 0) {
			lines = append(lines, p+": a private key that is "+n.mode.String())
		}
	}
	slices.Sort(lines)
	return lines
}
