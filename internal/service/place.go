package service

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// inItsPlace looks for a unit of another name that runs sshd, where the
// distribution's own is switched off: an admin may have written one. It is taken
// only where it runs, or is started at boot.
func (f *Facts) inItsPlace(ctx context.Context, h *host.Host) {
	if f.Up() || f.intendsSocket() || f.Service.Found() && !f.Service.Off() {
		return
	}
	var found Unit
	for _, name := range unitsOfSshd(h) {
		u, err := ask(ctx, h, name)
		if err != nil || !u.Loaded() || !u.startsSshd() {
			continue
		}
		if u.Active() {
			found = u
			break
		}
		if u.UnitFileState == "enabled" && found.Name == "" {
			found = u
		}
	}
	if found.Name != "" {
		f.Aside, f.Service = f.Service, found
	}
}

func (u Unit) startsSshd() bool {
	return slices.ContainsFunc(u.Exec, func(e Exec) bool {
		return e.Line == "ExecStart" && slices.ContainsFunc(e.Argv, isSshd)
	})
}

// unitsOfSshd lists the services whose files speak of sshd, those of an admin
// first. It only says which ones to ask systemd about. Templates are left out:
// their instances belong to single connections.
func unitsOfSshd(h *host.Host) []string {
	const most = 8
	usual := []string{"ssh.service", "sshd.service"}
	var out []string
	for _, dir := range []string{
		"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system",
	} {
		for _, p := range h.Files.Glob(dir + "/*.service") {
			name := path.Base(p)
			if len(out) == most || strings.Contains(name, "@") || slices.Contains(usual, name) || slices.Contains(out, name) {
				continue
			}
			if data, err := h.Files.Read(p, 1<<16); err == nil && bytes.Contains(data, []byte("bin/sshd")) {
				out = append(out, name)
			}
		}
	}
	return out
}
