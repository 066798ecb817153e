package checkup

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// quote helps where no check knows why nobody gets in: the finding that comes
// nearest says what sshd, systemd and the kernel said, which files make the unit
// other than the package has it, and what it cannot be.
func quote(f Facts, all []diag.Finding) {
	if slices.ContainsFunc(all, func(o diag.Finding) bool {
		return o.Severity == diag.Broken && !o.Symptom && o.Status != diag.CouldNotTell
	}) {
		return
	}
	for i := range all {
		found := &all[i]
		down := found.Stage == diag.Service && found.Severity == diag.Broken && found.Symptom && !f.Service.Up() &&
			f.Service.Service.ActiveState != "inactive"
		switch {
		case failsHandshake(*found):
			found.Evidence = append(found.Evidence, journal.Quotes(f.Journal)...)
		case found.Code == listen.CodeNotListening && found.Symptom && found.Status != diag.CouldNotTell:
		case !down:
			continue
		}
		found.Evidence = append(found.Evidence, changedBy(f, found.Evidence)...)
		if out := ruledOut(f); out != "" {
			found.Evidence = append(found.Evidence, diag.Evidence{Source: "not the cause", Text: out})
		}
		return
	}
}

// changedBy lists what makes the unit other than the package has it: drop-ins,
// and files with options of sshd.
func changedBy(f Facts, have []diag.Evidence) []diag.Evidence {
	var out []diag.Evidence
	for _, d := range f.Journal.Unit.DropIns {
		if slices.ContainsFunc(have, func(e diag.Evidence) bool { return e.Source == d.Path }) {
			continue
		}
		text := d.Err
		for _, s := range d.Settings {
			value := s.Value
			if s.Key == "Environment" {
				value = variables(value)
			}
			text += s.Key + "=" + value + "; "
		}
		if text != "" {
			out = append(out, diag.Evidence{Source: d.Path, Text: strings.TrimSuffix(text, "; ")})
		}
	}
	if len(f.Service.Args) == 0 {
		return out
	}
	for _, file := range f.Service.ArgsFrom {
		if !slices.ContainsFunc(f.Journal.Unit.DropIns, func(d journal.DropIn) bool { return d.Path == file }) {
			out = append(out, diag.Evidence{Source: file, Text: "gives sshd " + strings.Join(f.Service.Args, " ")})
		}
	}
	return out
}

// variables names those of an Environment= line; their values may be passwords.
// Of a quoted one only the first is named.
func variables(line string) string {
	if strings.ContainsAny(line, "\"'\\") {
		name, _, _ := strings.Cut(line, "=")
		return name + "=..."
	}
	words := strings.Fields(line)
	for i, w := range words {
		name, _, _ := strings.Cut(w, "=")
		words[i] = name + "=..."
	}
	return strings.Join(words, " ")
}

// ruledOut says what was looked at outside the unit and found well.
func ruledOut(f Facts) string {
	var out []string
	seen := !f.View.Hidden()
	if seen && f.Conf.Known && !slices.ContainsFunc(f.Conf.Problems, func(p sshdconf.Problem) bool {
		// systemd makes it when it starts the unit.
		return p.Kind != sshdconf.PrivsepDir || !f.Service.ManagesDir(p.Word)
	}) {
		out = append(out, "configuration")
	}
	if n := len(f.Keys.Public()); seen && n > 0 && n == len(f.Conf.HostKeys) {
		out = append(out, "host keys")
	}
	if p := f.Install.Binary; seen && f.Conf.Err == "" && p.Path != "" && !p.Absent && !p.Empty && !p.NotExecutable && p.Err == "" && !f.Install.Mute {
		out = append(out, path.Base(p.Path)+" itself")
	}
	if f.Listen.HoldersErr == "" && !f.Service.Up() && len(f.Expect) > 0 && f.portsFree() {
		out = append(out, "the port")
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: looked at outside the unit, and well", strings.Join(out, ", "))
}

func (f Facts) portsFree() bool {
	for _, e := range f.Expect {
		if f.Listen.Owner(e.Addr) != "" {
			return false
		}
	}
	return true
}
