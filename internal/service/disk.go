package service

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Disk is what the unit files of a system that does not run say about its next
// boot.
type Disk struct {
	// Known: there are unit files, so systemd will be in charge.
	Known bool
	// Mask is the path of the link or empty file that masks the service.
	Mask string
	// Wanted are the links by which the service or its socket is started at boot.
	Wanted []string
	// Preset: the system has never booted, and its presets will enable the unit.
	Preset bool
	// RunDirs are the directories of sshd below /run that tmpfiles.d(5) makes.
	RunDirs []string
	// Links are those that enabling the service makes.
	Links []Link
	// Starts: the next boot gets to the service, or to its socket. Goal is where
	// it goes to, Block why the service, or who wants it, cannot be started.
	Starts bool
	Goal   Goal
	Block  *block
	// Hidden: the boot gets to who wants the service, and the link is masked.
	Hidden bool
	// MultiUser is the file of multi-user.target.
	MultiUser string
	// Overrides are added lines that may keep sshd from coming up; Changed are
	// files with other ones that cannot be tried on a disk.
	Overrides []Override
	Changed   []string
	// KeyMaker is the unit that makes the missing host keys at the first boot,
	// where the next boot is that.
	KeyMaker string
	// Sealed: the disk has no machine-id(5) of its own, as images from which
	// others are made.
	Sealed bool
}

// Link is a symbolic link in the directory of a target, or an alias.
type Link struct{ Path, Target string }

// unitDirs are the directories of unit files that a disk can have, the one that
// counts first (systemd.unit(5), "Unit File Load Path").
func unitDirs() []string {
	return []string{etcControl, etcUnits, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}
}

// Units of the administrator; etcControl are those of "systemctl set-property"
// and its like, which count first.
const (
	etcUnits   = "/etc/systemd/system"
	etcControl = etcUnits + ".control"
)

// CollectDisk reads the unit files of a disk as systemd would at its next boot.
func CollectDisk(h *host.Host) (Facts, Disk) {
	var f Facts
	var d Disk
	for _, dir := range unitDirs() {
		if there, err := h.Files.Exists(dir); err != nil {
			f.Err = err.Error()
		} else if there && !strings.HasPrefix(dir, "/etc/") {
			d.Known = true
		}
	}
	if !d.Known {
		f.NoSystemd = f.Err == ""
		return f, d
	}
	load := func(name string) Unit { return loadUnit(h, name, mostAliases) }
	f.Service = choose(load("ssh.service"), load("sshd.service"))
	f.Socket = choose(load("ssh.socket"), load("sshd.socket"))
	if f.Service.LoadState == "masked" {
		d.Mask = f.Service.mask
	}
	d.Wanted = wanted(h, f.Service.ID)
	f.Service.UnitFileState = stateOf(d.Wanted)
	sockets := wanted(h, f.Socket.ID)
	f.Socket.UnitFileState = stateOf(sockets)
	d.Wanted = append(d.Wanted, sockets...)
	first, sealed := firstBoot(h)
	d.Sealed = sealed
	d.Preset = first && (preset(h, f.Service.ID) || f.Socket.Loaded() && preset(h, f.Socket.ID))
	d.Links = links(h, f.Service)
	d.RunDirs = runDirs(h)
	d.follow(h, f)
	d.overrides(h, f.Service)
	f.failing(h)
	f.commandLine(h)
	f.missingExec(h)
	return f, d
}

// follow works out what the next boot starts, as far as unit files say it.
func (d *Disk) follow(h *host.Host, f Facts) {
	var tree *bootTree
	tree, d.Goal = followBoot(h)
	d.Starts = tree.starts[f.Service.ID] || f.Socket.Loaded() && tree.starts[f.Socket.ID]
	if u := tree.load("multi-user.target"); u.LoadState == "loaded" {
		d.MultiUser = u.FragmentPath
	}
	for _, by := range d.wanting() {
		if !d.Starts && d.Preset && tree.starts[by] {
			d.Starts = true
		}
		d.Hidden = d.Hidden || tree.starts[by] && !d.Starts
		if d.Block == nil && !d.Starts {
			d.Block = tree.blocked(by, 0)
		}
	}
	if b := tree.blocked(f.Service.ID, 0); d.Block == nil && b != nil && (d.Goal.Block == nil || d.Goal.Block.Unit != b.Unit) {
		d.Block = b
	}
	if first, _ := firstBoot(h); first {
		d.KeyMaker = tree.keyMaker(f.Service.ID)
	}
}

func stateOf(wanted []string) string {
	if len(wanted) > 0 {
		return "enabled"
	}
	return "disabled"
}

// mostAliases bounds the names of one unit that lead to another one.
const mostAliases = 4

// loadUnit reads one unit with its drop-ins. Of a masked one it reads what the
// mask hides: that is what will count when the mask is gone.
func loadUnit(h *host.Host, name string, aliases int) Unit {
	u := Unit{Name: name, ID: name, LoadState: "not-found"}
	for _, dir := range unitDirs() {
		file := dir + "/" + name
		info, err := h.Files.Lstat(file)
		if err != nil {
			continue
		}
		to := ""
		if info.Mode&fs.ModeSymlink != 0 {
			if to, err = h.Files.Readlink(file); err != nil {
				continue
			}
		}
		base := path.Base(to)
		if to != "" && path.Clean(to) != "/dev/null" && base != name && isUnit(base) && aliases > 0 && u.mask == "" {
			// An alias. Debian's sshd.service is one while ssh.service is enabled.
			alias := loadUnit(h, base, aliases-1)
			alias.Name = name
			return alias
		}
		if path.Clean(to) != "/dev/null" {
			text, err := h.Files.Read(file, maxUnit)
			if err != nil && u.mask == "" {
				u.LoadState, u.LoadError, u.FragmentPath = "error", err.Error(), file
				return u
			}
			if len(text) > 0 {
				return decodeFiles(h, u, file, string(text))
			}
		}
		// A link to /dev/null, or an empty file: a mask.
		if u.mask == "" {
			u.LoadState, u.mask = "masked", file
		}
	}
	return u
}

// maxUnit caps a unit file, in bytes.
const maxUnit = 1 << 18

func isUnit(name string) bool {
	kind := path.Ext(name)
	return (kind == ".service" || kind == ".socket" || kind == ".target") && !strings.ContainsAny(name, "/\x00\n") && name != kind
}

func decodeFiles(h *host.Host, of Unit, file, text string) Unit {
	name := of.Name
	parsed := unitFile{}
	// What systemd ignores in a unit file is ignored here as well.
	_ = parsed.read(text)
	dropIns := dropIns(h, name)
	for _, p := range dropIns {
		if text, err := h.Files.Read(p, maxUnit); err == nil {
			_ = parsed.read(string(text))
		}
	}
	u := parsed.decode()
	u.Name, u.ID, u.LoadState, u.FragmentPath, u.DropIns = name, name, "loaded", file, dropIns
	if u.install, u.mask = parsed, of.mask; u.mask != "" {
		u.LoadState = "masked"
	}
	return u
}

// dropIns are the files in NAME.d, and those in service.d and the like, which are
// for all units of a kind, in the order of their names; of one name the first
// directory counts.
func dropIns(h *host.Host, name string) []string {
	byName := map[string]string{}
	for _, sub := range []string{name, strings.TrimPrefix(path.Ext(name), ".")} {
		for _, dir := range unitDirs() {
			for _, p := range h.Files.Glob(dir + "/" + sub + ".d/*.conf") {
				if _, taken := byName[path.Base(p)]; !taken {
					byName[path.Base(p)] = p
				}
			}
		}
	}
	var names, out []string
	for n := range byName {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		out = append(out, byName[n])
	}
	return out
}

// wanted lists the links in the directories of targets.
func wanted(h *host.Host, id string) []string {
	if id == "" {
		return nil
	}
	var out []string
	for _, dir := range unitDirs() {
		for _, kind := range []string{"wants", "requires"} {
			out = append(out, h.Files.Glob(dir+"/*.target."+kind+"/"+id)...)
		}
	}
	return out
}

// firstBoot: machine-id(5) is not there or says "uninitialized", so presets are
// applied and ConditionFirstBoot= holds at the next boot. An empty one marks a
// sealed image as well, and the boot is not taken for the first one.
func firstBoot(h *host.Host) (first, sealed bool) {
	id, err := h.Files.Read("/etc/machine-id", 256)
	if err != nil {
		absent := errors.Is(err, fs.ErrNotExist)
		return absent, absent
	}
	text := strings.TrimSpace(string(id))
	return text == "uninitialized", text == "uninitialized" || text == ""
}

// links are what "systemctl enable" makes of the [Install] section.
func links(h *host.Host, u Unit) []Link {
	var out []Link
	if u.install == nil {
		return nil
	}
	target := u.FragmentPath
	for _, s := range []struct{ setting, kind string }{{"WantedBy", "wants"}, {"RequiredBy", "requires"}} {
		for _, by := range u.install.words("Install." + s.setting) {
			if isUnit(by) {
				out = append(out, Link{Path: etcUnits + "/" + by + "." + s.kind + "/" + u.ID, Target: target})
			}
		}
	}
	for _, alias := range u.install.words("Install.Alias") {
		if _, err := h.Files.Lstat(etcUnits + "/" + alias); isUnit(alias) && host.IsAbsent(err) {
			out = append(out, Link{Path: etcUnits + "/" + alias, Target: target})
		}
	}
	return out
}

// failing finds the conditions that do not hold on the disk. What a boot makes
// in memory is not there yet.
func (f *Facts) failing(h *host.Host) {
	for _, c := range f.Service.Conditions {
		if host.Volatile(c.Param) {
			continue
		}
		if there, err := h.Files.Exists(c.Param); err == nil && there == c.Negate {
			f.Service.ConditionFailed = append(f.Service.ConditionFailed, c)
		}
	}
}

// runDirs reads of tmpfiles.d(5) which of sshd's directories it makes.
func runDirs(h *host.Host) []string {
	var out []string
	for _, p := range append(h.Files.Glob("/usr/lib/tmpfiles.d/*ssh*.conf"), h.Files.Glob("/etc/tmpfiles.d/*.conf")...) {
		text, err := h.Files.Read(p, maxUnit)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) < 2 || strings.Trim(words[0], "dD!+-") != "" {
				continue
			}
			name, ok := strings.CutPrefix(strings.TrimPrefix(path.Clean(words[1]), "/var"), "/run/")
			if ok && strings.Contains(name, "ssh") {
				out = append(out, name)
			}
		}
	}
	return out
}
