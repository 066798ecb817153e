package journal

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// mostPulls bounds the questions to systemd about units that start before sshd.
const mostPulls = 16

// unit asks systemd about a unit; what it does not say stays empty.
func unit(ctx context.Context, h *host.Host, name string) Unit {
	if name == "" || h.Systemd == nil {
		return Unit{}
	}
	props, err := h.Systemd.Properties(ctx, name)
	if err != nil {
		return Unit{}
	}
	u := decodeUnit(name, props)
	for _, p := range props.Strings("DropInPaths") {
		u.DropIns = append(u.DropIns, dropIn(h, p))
	}
	return u
}

// decodeUnit reads properties as org.freedesktop.systemd1(5) has them.
func decodeUnit(name string, p host.Properties) Unit {
	u := Unit{
		Name: name, ActiveState: p.String("ActiveState"), File: p.String("UnitFileState"), KillMode: p.String("KillMode"),
		OpenFiles: p.Uint("LimitNOFILESoft"), Tasks: p.Uint("TasksCurrent"), TasksMax: p.Uint("TasksMax"),
		Pulls: slices.Concat(p.Strings("Wants"), p.Strings("Requires")),
	}
	u.CanReload, u.Freezer = p.Bool("CanReload"), p.String("FreezerState")
	u.PrivateNetwork, u.NoIP = p.Bool("PrivateNetwork"), noIP(p.Tuple("RestrictAddressFamilies"))
	exit, known := p["InactiveExitTimestampMonotonic"].(uint64)
	u.NeverTried = known && exit == 0
	u.Started = p.Moment("ExecMainStartTimestamp")
	if up := p.Uint("ExecMainStartTimestampMonotonic"); up < math.MaxInt64/1000 {
		u.StartedUp = time.Duration(up) * time.Microsecond
	}
	return u
}

// noIP reads (bas): whether what follows is what is allowed, else what is not.
func noIP(pair host.Tuple) bool {
	if len(pair) != 2 {
		return false
	}
	allowed, list := pair.Bool(0), pair.Strings(1)
	return slices.Contains(list, "AF_INET") != allowed && slices.Contains(list, "AF_INET6") != allowed
}

// unitFileLimit is more than a unit file has, in bytes.
const unitFileLimit = 64 << 10

func dropIn(h *host.Host, path string) DropIn {
	d := DropIn{Path: path}
	data, err := h.Files.Read(path, unitFileLimit)
	if err != nil {
		d.Err = err.Error()
		return d
	}
	d.Settings = parseUnitFile(string(data))
	return d
}

// parseUnitFile lists the settings of a unit file, systemd.syntax(7), whatever
// section they stand in.
func parseUnitFile(text string) []Setting {
	var out []Setting
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' || line[0] == '[' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); ok && key != "" {
			out = append(out, Setting{Key: printable(key), Value: printable(strings.TrimSpace(value))})
		}
	}
	return out
}

// only tells whether a drop-in sets nothing but the given keys.
func (d DropIn) only(keys ...string) bool {
	return d.Err == "" && len(d.Settings) > 0 && !slices.ContainsFunc(d.Settings, func(s Setting) bool {
		return !slices.Contains(keys, s.Key)
	})
}

// removers looks at the units that start with sshd and before it, for one that
// removes host keys: sshd's own, then those that it pulls in.
func (f *Facts) removers(ctx context.Context, h *host.Host) {
	if h.Systemd == nil || f.Unit.Name == "" {
		return
	}
	names := []string{f.Unit.Name}
	for _, n := range f.Unit.Pulls {
		if strings.HasSuffix(n, ".service") && !slices.Contains(names, n) && len(names) < mostPulls {
			names = append(names, n)
		}
	}
	for _, name := range names {
		props, err := h.Systemd.Properties(ctx, name)
		if err != nil {
			continue
		}
		for _, key := range []string{"ExecStartPre", "ExecStart"} {
			for _, command := range props.Tuples(key, 10) {
				argv := command.Strings(1) // a(sasbttttuii)
				if len(argv) == 0 {
					continue
				}
				if r, ok := remover(h, argv); ok {
					r.Unit = name
					f.Removers = append(f.Removers, r)
				}
			}
		}
	}
}

// remover tells whether a command removes host keys: by its own words, or by a
// line of the script that it starts.
func remover(h *host.Host, argv []string) (Remover, bool) {
	if line := strings.Join(argv, " "); removesKeys(line) {
		return Remover{Line: printable(line), Source: "systemd"}, true
	}
	data, err := h.Files.Read(argv[0], unitFileLimit)
	if err != nil || !strings.HasPrefix(string(data), "#!") {
		return Remover{}, false
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && removesKeys(line) {
			return Remover{Line: printable(line), Source: argv[0]}, true
		}
	}
	return Remover{}, false
}

// removesKeys: one of its commands names the files of host keys and is a way to
// be rid of them.
func removesKeys(line string) bool {
	for command := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(";&|()", r) }) {
		if !strings.Contains(command, "ssh_host_") {
			continue
		}
		for _, w := range strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t\"'", r) }) {
			switch w[strings.LastIndexByte(w, '/')+1:] {
			case "rm", "shred", "unlink", "-delete":
				return true
			}
		}
	}
	return false
}
