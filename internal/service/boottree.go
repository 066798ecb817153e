package service

import (
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// The targets at which every boot begins, and those at which it ends where the
// default one cannot be started (systemd(1), "systemd.unit="; bootup(7)).
const (
	defaultTarget = "default.target"
	rescueTarget  = "rescue.target"
)

// mostUnits bounds the units that one boot is followed through.
const mostUnits = 2000

// bootTree is what the unit files of a disk have the next boot start. What
// generators add is not in it: they run at boot.
type bootTree struct {
	h      *host.Host
	loaded map[string]Unit
	starts map[string]bool
}

// block is a unit that cannot be started, and so whatever requires it.
type block struct {
	// Unit is masked by Mask, or, where that is empty, there is no such unit.
	Unit, Mask string
	// By requires it, as File says; both empty for the unit that was asked about.
	By, File string
}

// Goal is where the next boot goes to.
type Goal struct {
	// Target is what default.target stands for, File the file that says so.
	Target, File string
	// Block is why the boot cannot get there, and ends in rescue.target instead.
	Block *block
}

func followBoot(h *host.Host) (*bootTree, Goal) {
	t := &bootTree{h: h, loaded: map[string]Unit{}, starts: map[string]bool{}}
	goal := Goal{Target: t.load(defaultTarget).ID, Block: t.blocked(defaultTarget, 0)}
	for _, dir := range unitDirs() {
		if _, err := h.Files.Lstat(dir + "/" + defaultTarget); err == nil {
			goal.File = dir + "/" + defaultTarget
			break
		}
	}
	if goal.Block == nil {
		t.follow(defaultTarget)
	} else {
		t.follow(rescueTarget)
	}
	return t, goal
}

// load reads a unit once; that of an instance may be its template's file.
func (t *bootTree) load(name string) Unit {
	if u, ok := t.loaded[name]; ok {
		return u
	}
	u := loadUnit(t.h, name, mostAliases)
	if prefix, instance, ok := instanceOf(name); ok && u.LoadState == "not-found" {
		u = loadUnit(t.h, prefix+"@"+path.Ext(name), mostAliases)
		u.Name, u.ID, u.instance = name, name, instance
	}
	t.loaded[name] = u
	return u
}

func instanceOf(name string) (prefix, instance string, ok bool) {
	prefix, instance, ok = strings.Cut(strings.TrimSuffix(name, path.Ext(name)), "@")
	return prefix, instance, ok && instance != ""
}

// follow marks everything that starting a unit starts.
func (t *bootTree) follow(first string) {
	queue := []string{first}
	for len(queue) > 0 && len(t.loaded) < mostUnits {
		name := queue[0]
		queue = queue[1:]
		u := t.load(name)
		if t.starts[u.ID] || t.blocked(name, 0) != nil {
			continue
		}
		t.starts[u.ID] = true
		for _, d := range append(t.requires(name), t.wants(name)...) {
			queue = append(queue, d.name)
		}
	}
}

// dependency is a unit that another one names, and the file or link that does.
type dependency struct{ name, file string }

func (t *bootTree) wants(name string) []dependency {
	return t.named(name, []string{"Wants", "Upholds"}, []string{"wants", "upholds"})
}

// requires are those without which the unit is not started (systemd.unit(5)).
func (t *bootTree) requires(name string) []dependency {
	out := t.named(name, []string{"Requires", "BindsTo"}, []string{"requires"})
	u := t.load(name)
	if path.Ext(u.ID) != ".target" && !slices.Contains([]string{"no", "false", "0", "off"}, strings.ToLower(u.install.last("Unit.DefaultDependencies"))) {
		out = append(out, dependency{name: "sysinit.target"})
	}
	return out
}

func (t *bootTree) named(name string, settings, kinds []string) []dependency {
	u := t.load(name)
	var out []dependency
	for _, s := range settings {
		for _, w := range u.install.words("Unit." + s) {
			if w = strings.NewReplacer("%i", u.instance, "%I", u.instance).Replace(w); isUnit(w) && !strings.Contains(w, "%") {
				out = append(out, dependency{w, sourceOf(t.h, u, "Unit."+s, w)})
			}
		}
	}
	names := []string{u.ID}
	if name != u.ID {
		names = append(names, name)
	}
	for _, n := range names {
		for _, k := range kinds {
			out = append(out, t.linked(n+"."+k)...)
		}
	}
	return out
}

// linked lists the links in a directory such as multi-user.target.wants; a link
// to /dev/null hides those of the same name in directories that count less.
func (t *bootTree) linked(dir string) []dependency {
	seen := map[string]bool{}
	var out []dependency
	for _, above := range unitDirs() {
		names, err := t.h.Files.Names(above + "/" + dir)
		if err != nil {
			continue
		}
		for _, n := range names {
			file := above + "/" + dir + "/" + n
			if seen[n] || !isUnit(n) {
				continue
			}
			seen[n] = true
			if to, err := t.h.Files.Readlink(file); err == nil && path.Clean(to) == "/dev/null" {
				continue
			}
			out = append(out, dependency{n, file})
		}
	}
	return out
}

// blocked says why a unit cannot be started by what its files say: it, or one
// that it requires, is masked or not there.
func (t *bootTree) blocked(name string, depth int) *block {
	u := t.load(name)
	switch {
	case u.LoadState == "masked":
		return &block{Unit: name, Mask: u.mask}
	case u.LoadState != "loaded":
		return &block{Unit: name}
	case depth > mostAliases || len(t.loaded) >= mostUnits:
		return nil
	}
	for _, d := range t.requires(name) {
		if t.generated(d.name) {
			continue
		}
		if b := t.blocked(d.name, depth+1); b != nil {
			if b.By == "" {
				b.By, b.File = u.ID, d.file
			}
			return b
		}
	}
	return nil
}

// generated tells whether a unit without a file may come up all the same: a
// script in /etc/init.d becomes one at boot (systemd-sysv-generator(8)).
func (t *bootTree) generated(name string) bool {
	if t.load(name).LoadState != "not-found" {
		return false
	}
	there, err := t.h.Files.Exists("/etc/init.d/" + strings.TrimSuffix(name, ".service"))
	return err != nil || there
}

// sourceOf is the file of a unit in which a setting has a word: the last drop-in
// with it, else the unit file.
func sourceOf(h *host.Host, u Unit, setting, word string) string {
	for _, p := range slices.Backward(u.DropIns) {
		says := unitFile{}
		text, err := h.Files.Read(p, maxUnit)
		if err != nil {
			continue
		}
		_ = says.read(string(text))
		if slices.Contains(says.words(setting), word) {
			return p
		}
	}
	return u.FragmentPath
}
