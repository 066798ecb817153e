package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Kin is a unit on which a start of sshd's unit has an effect, or on which it
// depends.
type Kin struct {
	// Line is how the two hang together: Conflicts, Requires, BindsTo or Requisite.
	Line string
	Unit Unit
	// Said are its last lines in the journal, where it failed.
	Said []string
}

// mostKin bounds how many units are asked about.
const mostKin = 32

// kin asks about the units that a start would stop or needs.
func (f *Facts) kin(ctx context.Context, h *host.Host) {
	u := f.Service
	if f.intendsSocket() {
		u = f.Socket
	}
	if u.RefuseManualStart {
		f.RefusedBy = setBy(h, u.DropIns, "RefuseManualStart")
	}
	asked := 0
	for _, line := range []struct {
		name  string
		units []string
	}{
		{"Conflicts", u.Conflicts},
		{"Conflicts", u.ConflictedBy},
		{"Requisite", u.Requisite},
		{"BindsTo", u.BindsTo},
		{"Requires", u.Requires},
	} {
		for _, name := range line.units {
			if ordinary(name) || f.own(name) || f.hasKin(name) || asked == mostKin {
				continue
			}
			asked++
			other, err := ask(ctx, h, name)
			if err != nil {
				continue
			}
			k := Kin{Line: line.name, Unit: other}
			if other.ActiveState == "failed" && line.name != "Conflicts" {
				k.Said = journal(ctx, h, other)
			}
			f.Kin = append(f.Kin, k)
		}
	}
}

// ordinary are the units that systemd itself adds to nearly every other one
// (systemd.service(5), "Default Dependencies").
func ordinary(name string) bool {
	return strings.HasSuffix(name, ".slice") ||
		slices.Contains([]string{"-.mount", "sysinit.target", "basic.target", "shutdown.target", "umount.target"}, name)
}

// own tells whether a name is one of sshd's two units.
func (f *Facts) own(name string) bool {
	return slices.Contains([]string{f.Service.Name, f.Service.ID, f.Socket.Name, f.Socket.ID}, name) ||
		slices.Contains(f.Service.TriggeredBy, name)
}

func (f *Facts) hasKin(name string) bool {
	return slices.ContainsFunc(f.Kin, func(k Kin) bool { return k.Unit.Name == name })
}

// rises tells whether the unit is up, or on its way: a start that stops it harms.
func (u Unit) rises() bool { return u.Active() || u.ActiveState == "activating" }

// stops: a start of sshd's unit would stop it.
func (k Kin) stops() bool { return k.Line == "Conflicts" && k.Unit.rises() }

// bars: no start of sshd's unit can go well before somebody has seen to it.
func (k Kin) bars() bool {
	switch {
	case k.Line == "Conflicts" || k.Unit.rises():
		return false
	case k.Line == "Requisite" || !k.Unit.Loaded():
		return true
	}
	return strings.HasSuffix(k.Unit.ID, ".device")
}

// failed: it is needed, and the last try to start it went wrong.
func (k Kin) failed() bool { return k.Line != "Conflicts" && k.Unit.ActiveState == "failed" }

// starts: a start of sshd's unit starts it too, although somebody stopped it. A
// job that does its work and ends is started so each time.
func (k Kin) starts() bool {
	once := k.Unit.Type == "oneshot" && !k.Unit.RemainAfterExit
	return k.Line != "Conflicts" && !k.Unit.rises() && !k.bars() && !k.failed() && !once
}

// how says what is the matter with a unit that is needed.
func (k Kin) how() string {
	switch u := k.Unit; {
	case u.LoadState == "masked":
		return "is masked"
	case !u.Found():
		return "does not exist"
	case !u.Loaded():
		return "has a unit file that systemd refuses"
	case k.failed():
		return "failed"
	case strings.HasSuffix(u.ID, ".device"):
		return "is not there"
	}
	return "is not active"
}

func (k Kin) name() string {
	if k.Unit.ID != "" {
		return k.Unit.ID
	}
	return k.Unit.Name
}

// effect says what a start of sshd's unit does to it, empty for nothing.
func (k Kin) effect() string {
	switch {
	case k.stops():
		return fmt.Sprintf("stops %s, which is %s", k.name(), k.Unit.ActiveState)
	case k.failed():
		return "starts " + k.name() + " again, which failed"
	case k.starts():
		return "starts " + k.name() + ", which is stopped"
	}
	return ""
}
