package service

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// instancesOfSshd lists the instances of templates that speak of sshd: those that
// systemd has in mind, and those that are started at boot.
func instancesOfSshd(ctx context.Context, h *host.Host) []string {
	const most = 16
	var out []string
	add := func(name string) {
		if len(out) < most && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, template := range templatesOfSshd(h) {
		prefix := strings.TrimSuffix(template, ".service")
		if names, err := h.Systemd.Like(ctx, prefix+"*.service"); err == nil {
			for _, n := range names {
				add(n)
			}
		}
		for _, p := range h.Files.Glob(etcUnits + "/*.wants/" + prefix + "*.service") {
			add(path.Base(p))
		}
	}
	return out
}

func templatesOfSshd(h *host.Host) []string {
	return slices.DeleteFunc(filesOfSshd(h), func(name string) bool { return !strings.HasSuffix(name, "@.service") })
}

// perConnection tells whether the unit serves one connection that a socket unit
// took: sshd is called with -i then (sshd(8)).
func (u Unit) perConnection() bool {
	return slices.ContainsFunc(u.Exec, func(e Exec) bool { return e.Line == "ExecStart" && slices.Contains(e.Argv, "-i") })
}

// anyInstance stands for every instance of a template, to ask how they are.
const anyInstance = "any"

// socketInItsPlace looks for a socket of another name that starts sshd.
func (f *Facts) socketInItsPlace(ctx context.Context, h *host.Host) {
	starters := filesOfSshd(h)
	// The usual names may be behind a socket of another one.
	starters = append(starters, "ssh.service", "sshd.service", "ssh@.service", "sshd@.service")
	var socket, service Unit
	for _, name := range socketFiles(h) {
		behind := startedBySocket(h, name)
		if !slices.Contains(starters, behind) {
			continue
		}
		s, err := ask(ctx, h, name)
		if err != nil || !s.Loaded() || !s.Active() && s.UnitFileState != "enabled" || socket.Name != "" && !s.Active() {
			continue
		}
		u, err := ask(ctx, h, strings.Replace(behind, "@.", "@"+anyInstance+".", 1))
		if err != nil || !u.startsSshd() {
			continue
		}
		if strings.Contains(behind, "@.") {
			u.ID = behind
		}
		socket, service = s, u
		if s.Active() {
			break
		}
	}
	if socket.Name == "" {
		return
	}
	if service.ID != f.Service.ID {
		f.Aside = f.Service
	}
	f.Socket, f.Service = socket, service
}

// socketFiles lists the socket units but sshd's usual ones, those of an admin
// first.
func socketFiles(h *host.Host) []string {
	const most = 64
	var out []string
	for _, dir := range unitFileDirs() {
		for _, p := range h.Files.Glob(dir + "/*.socket") {
			name := path.Base(p)
			if len(out) < most && !slices.Contains([]string{"ssh.socket", "sshd.socket"}, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// startedBySocket is the service behind a socket unit, by its file: the one that
// Service= names, else the one of the same name, a template with Accept=yes
// (systemd.socket(5)). It only says which one to ask systemd about.
func startedBySocket(h *host.Host, socket string) string {
	for _, dir := range unitFileDirs() {
		data, err := h.Files.Read(dir+"/"+socket, 1<<16)
		if err != nil {
			continue
		}
		u := unitFile{}
		if err := u.read(string(data)); err != nil {
			return ""
		}
		if s := u.last("Socket.Service"); s != "" {
			return s
		}
		stem := strings.TrimSuffix(socket, ".socket")
		if u.decode().Accept {
			return stem + "@.service"
		}
		return stem + ".service"
	}
	return ""
}
