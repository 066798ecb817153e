package host

import (
	"context"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// Transient is a unit that lives in systemd's memory alone: no reboot brings it
// back, and systemd forgets it when it is down (org.freedesktop.systemd1(5),
// StartTransientUnit).
type Transient struct {
	Name string
	// Exec is the program of a service with its arguments, the absolute path
	// first. Before is run before it, Afterwards when it has ended, however it
	// ended; whether Afterwards succeeds does not matter.
	Exec, Before, Afterwards []string
	// Settings are properties by their D-Bus name. Their values are strings,
	// lists of strings, booleans, uint32 for modes and uint64 for microseconds.
	Settings []Setting
}

// Setting is one property of a unit.
type Setting struct {
	Name  string
	Value any
}

// StartTransient makes a unit and starts it. It fails where systemd already knows
// one by that name.
func (s *Systemd) StartTransient(ctx context.Context, unit Transient) error {
	return s.transient(ctx, unit.Name, unit.properties())
}

func (t Transient) properties() []sd.Property {
	var out []sd.Property
	exec := func(name string, line []string, ignoreFailure bool) {
		if len(line) == 0 {
			return
		}
		p := sd.PropExecStart(line, ignoreFailure)
		p.Name = name
		out = append(out, p)
	}
	exec("ExecStartPre", t.Before, false)
	exec("ExecStart", t.Exec, false)
	exec("ExecStopPost", t.Afterwards, true)
	for _, p := range t.Settings {
		out = append(out, sd.Property{Name: p.Name, Value: dbus.MakeVariant(p.Value)})
	}
	return out
}
