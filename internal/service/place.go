package service

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// inItsPlace looks for a unit of another name that runs sshd: an admin may have
// written one. Where the distribution's own is switched off, it is taken if it
// runs, or is started at boot; else only if it runs and the two exclude each
// other.
func (f *Facts) inItsPlace(ctx context.Context, h *host.Host) {
	if f.Up() || f.intendsSocket() {
		return
	}
	names := unitsOfSshd(h)
	off := !f.Service.Found() || f.Service.Off()
	if off {
		names = append(names, instancesOfSshd(ctx, h)...)
	} else {
		names = append(slices.Clone(f.Service.Conflicts), f.Service.ConflictedBy...)
	}
	var found Unit
	for _, name := range names {
		if ordinary(name) || f.own(name) || !strings.HasSuffix(name, ".service") {
			continue
		}
		u, err := ask(ctx, h, name)
		if err != nil || !u.Loaded() || !u.startsSshd() || u.perConnection() {
			continue
		}
		if u.Active() {
			found = u
			break
		}
		if off && u.UnitFileState == "enabled" && found.Name == "" {
			found = u
		}
	}
	if found.Name != "" {
		f.Aside, f.Service = f.Service, found
	} else if off {
		f.socketInItsPlace(ctx, h)
	}
}

func (u Unit) startsSshd() bool {
	return slices.ContainsFunc(u.Exec, func(e Exec) bool {
		return e.Line == "ExecStart" && slices.ContainsFunc(e.Argv, isSshd)
	})
}

// unitsOfSshd lists the services whose files speak of sshd, those of an admin
// first. It only says which ones to ask systemd about.
func unitsOfSshd(h *host.Host) []string {
	return slices.DeleteFunc(filesOfSshd(h), func(name string) bool { return strings.Contains(name, "@.") })
}

// unitFileDirs are those of a running system, the one that counts first.
func unitFileDirs() []string {
	return []string{
		"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system",
	}
}

func filesOfSshd(h *host.Host) []string {
	const most = 16
	usual := []string{"ssh.service", "sshd.service"}
	var out []string
	for _, dir := range unitFileDirs() {
		for _, p := range h.Files.Glob(dir + "/*.service") {
			name := path.Base(p)
			if len(out) == most || slices.Contains(usual, name) || slices.Contains(out, name) {
				continue
			}
			if data, err := h.Files.Read(p, 1<<16); err == nil && bytes.Contains(data, []byte("bin/sshd")) {
				out = append(out, name)
			}
		}
	}
	return out
}
