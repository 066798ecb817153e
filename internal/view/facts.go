// Package view looks whether sshd's unit shows it other files than everybody else
// sees: systemd can put another directory over /etc/ssh for one unit alone.
//
// On a healthy machine it does not, and what is read at a path is what sshd reads.
// Where it does, the files are looked at through the running sshd, in
// /proc/PID/root; where none runs, nothing is known of them.
package view

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// From is what is known of the unit.
type From struct {
	Unit string
	// Files are its unit file and drop-ins.
	Files   []string
	MainPID int
	// Reads are the directories and files that sshd reads.
	Reads []string
}

// Facts is what the unit has of its own.
type Facts struct {
	Unit string
	// Settings are those that put something over what sshd reads.
	Settings []Setting
	// MainPID is the process through which its files can be seen; 0 without one.
	MainPID int
	// Seen: they were looked at through it. Err says why that was not possible.
	Seen bool
	Err  string
}

// Setting is one line of the unit, as systemd has it, and the file that says so.
type Setting struct{ Key, Value, File string }

func (s Setting) String() string { return s.Key + "=" + s.Value }

// Own tells whether sshd has a view of its own.
func (f Facts) Own() bool { return len(f.Settings) > 0 }

// Hidden tells whether it has one into which nobody could look.
func (f Facts) Hidden() bool { return f.Own() && !f.Seen }

// fileLimit is more than a unit file has, in bytes.
const fileLimit = 64 << 10

// keys are the settings of systemd.exec(5) that can put something over a path.
func keys() []string {
	return []string{
		"RootDirectory", "RootImage", "BindPaths", "BindReadOnlyPaths", "TemporaryFileSystem", "MountImages",
		"InaccessiblePaths", "InaccessibleDirectories",
	}
}

// Collect looks into the unit's files for such a setting, and asks systemd what it
// comes to only where one stands there. It returns the box as the unit sees it,
// where that is another one and can be seen.
func Collect(ctx context.Context, h *host.Host, from From) (Facts, *host.Host) {
	f := Facts{Unit: from.Unit, MainPID: from.MainPID}
	files := named(h, from.Files)
	if len(files) == 0 || h.Systemd == nil {
		return f, h
	}
	props, err := h.Systemd.Properties(ctx, from.Unit)
	if err != nil {
		// What the files say cannot be told from what counts without systemd.
		return f, h
	}
	for _, s := range decode(props) {
		if over(s.over, from.Reads) {
			f.Settings = append(f.Settings, Setting{Key: s.key, Value: s.value, File: files[s.key]})
		}
	}
	if !f.Own() {
		return f, h
	}
	if f.MainPID == 0 {
		f.Err = "no process of " + from.Unit + " runs, through which they could be seen"
		return f, h
	}
	inside, err := h.Within(f.MainPID)
	if err != nil {
		f.Err = err.Error()
		return f, h
	}
	f.Seen = true
	return f, inside
}

// named returns the last file that has each of the settings.
func named(h *host.Host, files []string) map[string]string {
	out := map[string]string{}
	for _, file := range files {
		data, err := h.Files.Read(file, fileLimit)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			key, _, ok := strings.Cut(strings.TrimSpace(line), "=")
			if key = strings.TrimSpace(key); ok && slices.Contains(keys(), key) {
				out[key] = file
			}
		}
	}
	return out
}

// over tells whether what stands at a path hides one of the files from sshd.
func over(at string, reads []string) bool {
	at = path.Clean(at)
	return slices.ContainsFunc(reads, func(r string) bool {
		r = path.Clean(r)
		return at == "/" || at == r || strings.HasPrefix(r, at+"/") || strings.HasPrefix(at, r+"/")
	})
}
