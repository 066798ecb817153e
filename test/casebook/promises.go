package casebook

import (
	"io/fs"
	"path"
	"strings"
	"time"
)

// own is where the doctor keeps its lock.
func own() []string { return []string{"/run/sshd-doctor"} }

// record is the one file that the doctor may write without a repair: the
// fingerprints of the host, when they are news.
const record = "/var/lib/sshd-doctor/identity.json"

// memory is what the units write beside it where they tried to repair something.
const memory = "/var/lib/sshd-doctor/unattended.json"

// changes lists everything that differs between two views and that a doctor
// could have changed.
func (t *trial) changes(before, after view) []string {
	not := append(own(), t.woken("/")...)
	return append(diff(calm(before.tree.without(not...)), calm(after.tree.without(not...))),
		diffUnits(before.units, after.units, t.woken(""))...)
}

// unrecorded is a view without the record, and without what comes with its first
// writing: its directory, and the time of the one above.
func (t *trial) unrecorded(v view) view {
	out := v.tree.without(record)
	if t.units && !t.works {
		out = out.without(memory)
	}
	dir := path.Dir(record)
	if !out.hasBelow(dir) {
		delete(out, dir)
	}
	for _, p := range []string{dir, path.Dir(dir)} {
		if n, ok := out[p]; ok {
			n.changed = time.Time{}
			out[p] = n
		}
	}
	return view{tree: out, units: v.units}
}

// traces is the same for a run that may not even take a lock.
func (t *trial) traces(before, after view) []string {
	not := t.woken("/")
	if t.units {
		not = append(not, own()...) // the last report, for whoever polls
	}
	return append(diff(calm(before.tree.without(not...)), calm(after.tree.without(not...))),
		diffUnits(before.units, after.units, t.woken(""))...)
}

// woken lists the paths ("/") or the units ("") that a connection changes.
func (t *trial) woken(prefix string) []string {
	var found []string
	for _, name := range t.plan.Woken {
		if strings.HasPrefix(name, "/") == (prefix == "/") {
			found = append(found, name)
		}
	}
	return found
}

// calm drops what changes by itself in a running system: the time of the
// directories where others come and go, and what PAM notes about a login.
func calm(t tree) tree {
	out := t.without("/var/lib/systemd/random-seed", "/var/lib/systemd/timers",
		"/var/lib/lastlog", "/var/lib/wtmpdb")
	for _, dir := range []string{"/tmp", "/var/tmp", "/run", "/dev/shm"} {
		if n, ok := out[dir]; ok {
			n.changed = time.Time{}
			out[dir] = n
		}
	}
	return out
}

// promises compares a box before and after a repair with what the doctor
// promises about every repair.
func (t *trial) promises(what string, after view, worked, agreed bool) {
	for p, n := range t.good {
		if now, ok := after.tree[p]; !ok || now.content != n.content {
			t.harmed("good keys stay", []string{p})
		}
	}
	if t.works {
		t.harmed("no private key is exposed", exposed(after.tree))
	}
	t.harmed("nothing is lost", lost(t.before.tree.without(record), after.tree))
	t.harmed("the record can be read by everybody, and written by root", misplaced(after.tree))
	if !agreed {
		t.harmed("decisions stay without consent", diff(
			decisions(t.before.tree), decisions(after.tree)))
	}
	restarted := after.units.invocation() != t.before.units.invocation()
	if worked && !agreed && t.before.units.active() && restarted {
		t.harmed("a working sshd is not restarted", []string{what})
	}
}

// misplaced says what is wrong with the mode or the owner of the record.
func misplaced(t tree) []string {
	var lines []string
	for p, mode := range map[string]fs.FileMode{record: 0o644, path.Dir(record): fs.ModeDir | 0o755} {
		if n, there := t[p]; there && (n.mode != mode || n.uid != 0) {
			lines = append(lines, p+": "+n.mode.String())
		}
	}
	return lines
}

// decisions is the part of a box that tells what somebody decided: masks and
// enablement, the configuration, the access of root.
func decisions(t tree) tree {
	out := t.only("/etc/systemd", "/run/systemd/system", "/etc/ssh/sshd_config",
		"/etc/ssh/sshd_config.d", "/etc/ssh/sshd_not_to_be_run", "/etc/hosts.allow",
		"/etc/hosts.deny", "/etc/pam.d", "/etc/default/ssh", "/root")
	return out
}
