// Package service looks at the systemd units of sshd: which there are, whether
// they are up, and if not, why not.
//
// On a healthy machine one of two things is true: the service unit (ssh.service
// on Debian, sshd.service elsewhere) is active, or its socket unit is active
// and starts the service when somebody connects.
package service

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Facts is what systemd says about sshd's units.
type Facts struct {
	// NoSystemd: systemd is not in charge here. Chroot: it is because process 1
	// belongs to another file tree.
	NoSystemd, Chroot bool
	// Err says why systemd could not be asked, empty when it was. Silent: it is
	// there and gave no answer.
	Err    string
	Silent bool
	// Init is then what is known of process 1, Where what kind of place this is,
	// and ByHand how sshd is started without systemd.
	Init   Init
	Where  Where
	ByHand []string
	// Service is the unit that runs sshd, Socket the one that may listen for it.
	Service, Socket Unit
	// Aside is the distribution's unit, where it is switched off and Service is
	// another one that runs sshd in its place.
	Aside Unit
	// Binary and Args are the command line of sshd as the unit would run it,
	// with variables expanded. Binary is empty when it could not be told.
	Binary string
	Args   []string
	// ArgsErr says why variables could not be expanded.
	ArgsErr string
	// ArgsFrom are the files that decide these arguments, beside the unit file of
	// the package.
	ArgsFrom []string
	// Journal holds the last lines of the service's last invocation, oldest
	// first; only read when the service is not up.
	Journal []string
	// LastWords are systemd's last lines about a service that failed, of whichever
	// invocation, where those of the last one do not say that it gave up.
	LastWords []string
	// ExecMissing is the path of a program in the unit that is not there.
	ExecMissing string
	// ExecDropIn is the drop-in file that sets that program.
	ExecDropIn string
	// StockBinary is where an sshd was found although the unit names another.
	StockBinary string
	// Kin are the units that a start of sshd's unit would stop, or needs; only
	// looked for when sshd is not up.
	Kin []Kin
	// SocketSaid are the last lines about the socket unit, where that is what
	// should listen and does not. Dangling is a unit file of sshd's that is a link
	// to nothing: systemd takes the unit for absent.
	SocketSaid []string
	Dangling   string
	// ConditionFile is the drop-in that sets the first condition that failed.
	ConditionFile string
	// Later is a condition of a unit that is up which does not hold any more, and
	// LaterUnit that unit: its next start is skipped.
	Later     Condition
	LaterUnit string
	// LoadSaid is what systemd said about a unit file that it refuses.
	LoadSaid []string
	// RefusedBy is the drop-in that has systemd refuse a start by hand.
	RefusedBy string
	// Wait is what a start that is not over waits for. Lasting says that it has
	// stood like that for as long as the look took.
	Wait    Wait
	Lasting bool
}

// Unit is one unit, as systemd describes it (org.freedesktop.systemd1(5)).
type Unit struct {
	Name             string
	ID               string
	LoadState        string
	LoadError        string
	ActiveState      string
	SubState         string
	UnitFileState    string
	FragmentPath     string
	DropIns          []string
	NeedDaemonReload bool
	// Conditions are all Condition...= lines, ConditionFailed those that did not
	// hold at the last start, or do not hold on disk now, and such Assert...= lines.
	Conditions      []Condition
	ConditionFailed []Condition
	TriggeredBy     []string
	Job             bool
	InvocationID    string
	Result          string

	MainPID    int
	NRestarts  int
	ExecStatus int
	Exec       []Exec
	EnvFiles   []string
	Env        []string
	RuntimeDir []string
	// KillMode is what a stop ends: "process" is sshd without its sessions
	// (systemd.kill(5)). Not read of a unit on a disk.
	KillMode string

	// Conflicts to After are names of units; ConflictedBy has those that name
	// this one in their Conflicts= (systemd.unit(5)).
	Conflicts, ConflictedBy      []string
	Requires, BindsTo, Requisite []string
	After                        []string
	RefuseManualStart            bool
	// Type and RemainAfterExit are those of systemd.service(5), StartLimit its
	// TimeoutStartSec=, 0 for none.
	Type            string
	RemainAfterExit bool
	StartLimit      time.Duration
	// Since is when it was last told to start. Control is the program that systemd
	// runs beside the main one, as ExecStartPre= does.
	Since   time.Time
	Control Exec
	JobID   int

	Listen       []string
	Accept       bool
	BindIPv6Only string
	// BindToDevice is the one network interface whose connections it takes.
	BindToDevice string

	// install is what the files of a unit on a disk say, mask what masks it.
	install unitFile
	mask    string
	// startedBy are the loaded units that have this one started with them.
	startedBy []string
	// maskedBy is a mask that a generator made.
	maskedBy string
	// instance is what stands behind the @ of its name.
	instance string
}

// Condition is a Condition...= line of a unit that did not hold.
type Condition struct {
	Name   string
	Negate bool
	Param  string
	// trigger: of several such conditions one is enough.
	trigger bool
}

func (c Condition) String() string {
	if c.Negate {
		return c.Name + "=!" + c.Param
	}
	return c.Name + "=" + c.Param
}

// Exec is one Exec...= line and how its last run ended.
type Exec struct {
	// Line is the name of the setting, such as ExecStartPre. Ignored: its "-" says
	// that a failure does not count.
	Line    string
	Ignored bool
	Path    string
	Argv    []string
	// Ran: it was started; Code is waitid(2)'s si_code, Status the exit status
	// or signal.
	Ran    bool
	Code   int
	Status int
	PID    int
	Began  time.Time
}

// Loaded tells whether systemd has a unit of that name that it could read.
func (u Unit) Loaded() bool { return u.LoadState == "loaded" }

// Found tells whether there is any unit of that name, readable or not.
func (u Unit) Found() bool { return u.LoadState != "" && u.LoadState != "not-found" }

// Active tells whether the unit is up or on its way.
func (u Unit) Active() bool { return u.ActiveState == "active" || u.ActiveState == "reloading" }

// Moving tells whether the unit is on its way up or down.
func (u Unit) Moving() bool {
	switch u.ActiveState {
	case "activating":
		return u.SubState != "auto-restart" && u.NRestarts == 0
	case "deactivating", "reloading":
		return true
	}
	return u.Job && u.NRestarts == 0
}

// Retrying tells whether systemd starts the unit again by itself, after a start
// that failed.
func (u Unit) Retrying() bool {
	return u.ActiveState == "activating" && (u.NRestarts > 0 || strings.HasPrefix(u.SubState, "auto-restart"))
}

// State is what changes when the service is started, stopped or restarted.
func (f Facts) State() string {
	return state(f.Service)
}

func state(u Unit) string {
	return fmt.Sprintf("%s %s %d %s %d", u.ActiveState, u.SubState, u.MainPID, u.InvocationID, u.JobID)
}

// Now asks for the state again; empty when it could not be had.
func Now(ctx context.Context, h *host.Host, f Facts) string {
	if !f.Service.Found() {
		return ""
	}
	u, err := ask(ctx, h, f.Service.Name)
	if err != nil {
		return ""
	}
	return state(u)
}

// Off tells whether somebody or something decided that the unit is not started
// at boot.
func (u Unit) Off() bool { return u.UnitFileState == "disabled" || u.LoadState == "masked" }

// SocketActive tells whether the socket unit listens for sshd.
func (f Facts) SocketActive() bool { return f.Socket.Active() }

// Up tells whether systemd believes that sshd is there for the next client.
func (f Facts) Up() bool {
	if f.SocketActive() {
		// With Accept=yes each connection has an instance of its own.
		return f.Socket.Accept || f.Service.ActiveState != "failed"
	}
	return f.Service.Active()
}

// ManagesDir tells whether systemd makes dir each time it starts the service,
// as Debian's RuntimeDirectory=sshd does for /run/sshd. Of a unit that is masked
// or refused systemd does not tell; what is gone with a reboot is taken to be
// its work then, and says nothing while the unit is down.
func (f Facts) ManagesDir(dir string) bool {
	if (f.Dangling != "" || f.Service.Found() && !f.Service.Loaded()) && host.Volatile(dir) {
		return true
	}
	for _, d := range f.Service.RuntimeDir {
		if dir == "/run/"+d || dir == "/var/run/"+d {
			return true
		}
	}
	return false
}

// Collect asks systemd, and nothing else when the answer is "all is well".
func Collect(ctx context.Context, h *host.Host) Facts {
	var f Facts
	names := []string{"ssh.service", "sshd.service", "ssh.socket", "sshd.socket"}
	units := make([]Unit, len(names))
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { units[i], errs[i] = ask(ctx, h, name) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		f.NoSystemd, f.Chroot = errors.Is(err, host.ErrNoSystemd), errors.Is(err, host.ErrChroot)
		f.Silent = errors.Is(err, host.ErrSilent)
		f.Err = strings.ReplaceAll(firstOf(errs).Error(), "\n", "; ")
		f.withoutSystemd(h)
		return f
	}
	f.Service, f.Socket = choose(units[0], units[1]), choose(units[2], units[3])
	f.inItsPlace(ctx, h)
	f.forgetConditions(h)
	f.commandLine(h)
	f.switches(h)
	f.Service.byGenerator(h)
	f.later(h)
	if f.Service.refused() {
		f.LoadSaid = refusals(journalctl(ctx, h, "_PID=1", "UNIT="+f.Service.ID))
	}
	if f.Service.Active() {
		f.needs(ctx, h)
	}
	if !f.Up() {
		f.Journal = journal(ctx, h, f.Service)
		if f.Service.ActiveState == "failed" && !gaveUp(f) {
			// Not every version says it as part of the invocation that came last.
			f.LastWords = journalctl(ctx, h, "_PID=1", "UNIT="+f.Service.ID)
		}
		if f.intendsSocket() {
			f.SocketSaid = journal(ctx, h, f.Socket)
		}
		f.dangling(h)
		if c := f.Service.ConditionFailed; len(c) > 0 {
			f.ConditionFile = setBy(h, f.Service.DropIns, c[0].Name)
		}
		f.missingExec(h)
		f.kin(ctx, h)
		f.Wait = waits(ctx, h, f.Service)
	}
	return f
}

func ask(ctx context.Context, h *host.Host, name string) (Unit, error) {
	props, err := h.Systemd.Properties(ctx, name)
	if err != nil {
		return Unit{}, err
	}
	return decodeUnit(name, props), nil
}

// choose takes the unit that is there. An alias gives the same Id twice; of two
// different ones the active one is meant, then the first that is loaded.
func choose(a, b Unit) Unit {
	switch {
	case b.Active() && !a.Active():
		return b
	case a.Loaded() || !b.Found():
		return a
	case a.Found() && !b.Loaded():
		return a
	}
	return b
}

// forgetConditions drops the conditions that hold by now: systemd tells how they
// were when it last tried to start the unit.
func (f *Facts) forgetConditions(h *host.Host) {
	f.Service.ConditionFailed = slices.DeleteFunc(f.Service.ConditionFailed, func(c Condition) bool {
		if c.Name != "ConditionPathExists" && c.Name != "AssertPathExists" {
			return false
		}
		there, err := h.Files.Exists(c.Param)
		return err == nil && there != c.Negate
	})
}

// switches looks for the marker files that switch sshd off. systemd looks only
// when it starts the unit, so what it says of a unit that is down may be old.
func (f *Facts) switches(h *host.Host) {
	u := &f.Service
	if u.Active() {
		return
	}
	for _, c := range u.Conditions {
		if !c.Negate || c.Name != "ConditionPathExists" || !isSwitch(c.Param) || slices.Contains(u.ConditionFailed, c) {
			continue
		}
		if there, err := h.Files.Exists(c.Param); err == nil && there {
			u.ConditionFailed = append(u.ConditionFailed, c)
		}
	}
}

// byGenerator looks whether a generator masks the unit: nothing that unmasks it
// lasts then. Where /run/systemd/system or /etc has a mask as well, that counts.
func (u *Unit) byGenerator(h *host.Host) {
	if u.LoadState != "masked" {
		return
	}
	for _, dir := range []string{
		"/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator.early", "/run/systemd/generator",
	} {
		p := dir + "/" + u.Name
		if !isMask(h, p) {
			continue
		}
		if generated(p) {
			u.maskedBy = p
		}
		return
	}
}

// isMask tells whether a unit file is a mask: a link to /dev/null, or empty.
func isMask(h *host.Host, file string) bool {
	to, err := h.Files.Readlink(file)
	if err == nil {
		return path.Clean(to) == "/dev/null"
	}
	info, err := h.Files.Lstat(file)
	return err == nil && info.Mode.IsRegular() && info.Size == 0
}

// dangling looks for a unit file that leads nowhere, where there is no unit.
func (f *Facts) dangling(h *host.Host) {
	if f.Service.Found() {
		return
	}
	for _, dir := range unitFileDirs() {
		for _, name := range []string{"ssh.service", "sshd.service"} {
			p := dir + "/" + name
			to, err := h.Files.Readlink(p)
			if err != nil {
				continue
			}
			if _, err := h.Files.Stat(p); host.IsAbsent(err) {
				f.Dangling = p + " -> " + printable(to)
				return
			}
		}
	}
}

func (f *Facts) missingExec(h *host.Host) {
	for _, e := range f.Service.Exec {
		if e.Line == "ExecReload" || e.Ignored || !path.IsAbs(e.Path) {
			continue
		}
		there, err := h.Files.Exists(e.Path)
		if err != nil || there {
			continue
		}
		f.ExecMissing = e.Path
		f.ExecDropIn = setBy(h, f.Service.DropIns, e.Line)
		break
	}
	for _, p := range []string{"/usr/sbin/sshd", "/usr/bin/sshd"} {
		if there, _ := h.Files.Exists(p); there {
			f.StockBinary = p
			break
		}
	}
}

// setBy finds the last drop-in with a line of that name. It only locates: after
// the drop-in is set aside systemd is asked again.
func setBy(h *host.Host, dropIns []string, line string) string {
	found := ""
	for _, p := range dropIns {
		data, err := h.Files.Read(p, 1<<16)
		if err != nil {
			continue
		}
		for l := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(strings.TrimSpace(l), "="); ok &&
				strings.TrimSpace(key) == line && strings.TrimSpace(value) != "" {
				found = p
			}
		}
	}
	return found
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
