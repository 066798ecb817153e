package service

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Listener is a sshd that waits for clients.
type Listener struct {
	PID int
	// Argv is what it was called with.
	Argv []string
	// Unit is that of its process, a session's scope where a person started it.
	Unit string
}

// ByHand lists the sshd that no service of its own started: what a person starts
// may belong to the service of the shell, the emergency shell's for one, or be a
// transient one. One whose unit systemd cannot be asked about is listed.
func ByHand(ctx context.Context, h *host.Host) []Listener {
	return slices.DeleteFunc(listeners(h), func(l Listener) bool {
		if !strings.HasSuffix(l.Unit, ".service") {
			return false
		}
		if h.Systemd == nil {
			return false
		}
		p, err := h.Systemd.Properties(ctx, l.Unit)
		return err == nil && l.served(p)
	})
}

// served tells whether a sshd is the one that its unit is there for, by the unit's
// properties. A rescue is nobody's server.
func (l Listener) served(p host.Properties) bool {
	return strings.HasPrefix(l.Unit, "sshd-doctor-") || !p.Bool("Transient") && p.Int("MainPID") == l.PID
}

// running finds the sshd that listens where systemd has not started it, or as
// which a program of a unit has started it, and what it was called with: a port,
// a file or an option on its command line is all that says where it can be
// reached. Of a unit's the command line counts only for that unit.
func (f *Facts) running(h *host.Host, unit string) {
	for _, l := range listeners(h) {
		if unit == "" || l.Unit == unit {
			f.Binary, f.Args = l.Argv[0], l.Argv[1:]
			return
		}
	}
}

// listeners finds root's sshd of this system that wait for clients, the oldest
// first.
func listeners(h *host.Host) []Listener {
	names, err := h.Files.Names("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, n := range names {
		if pid, err := strconv.Atoi(n); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	var out []Listener
	for _, pid := range pids {
		dir := "/proc/" + strconv.Itoa(pid)
		name, err := h.Files.Read(dir+"/comm", 64)
		if err != nil || strings.TrimSpace(string(name)) != "sshd" {
			continue
		}
		line, err := h.Files.Read(dir+"/cmdline", 64<<10)
		if err != nil {
			continue
		}
		argv := listener(line)
		p, err := h.Process(pid)
		if err != nil || len(argv) == 0 || p.UID != 0 || p.Exe != "" && path.Base(p.Exe) != "sshd" || h.OtherRoot(pid) {
			continue
		}
		out = append(out, Listener{PID: pid, Argv: argv, Unit: p.Unit})
	}
	return out
}

// listener reads the command line of a sshd that waits for clients, as proc(5)
// has it: "sshd: /usr/sbin/sshd -D -p 2222 [listener] 0 of 10-100 startups"
// since OpenSSH 8.2, the words as they were given before. Nil for the process
// of a session.
func listener(cmdline []byte) []string {
	text := string(bytes.TrimRight(cmdline, "\x00"))
	title, isTitle := strings.CutPrefix(text, "sshd: ")
	var argv []string
	switch before, _, ok := strings.Cut(title, " [listener]"); {
	case !isTitle:
		argv = strings.Split(text, "\x00")
	case ok:
		argv = retitled(strings.Fields(before))
	}
	if len(argv) == 0 || !isSshd(argv[0]) || slices.Contains(argv, "-R") || slices.Contains(argv, "-i") {
		return nil
	}
	return argv
}

// retitled puts the words of a title together: in "-o Port 2222" the last two
// were one. sshd takes nothing but options.
func retitled(words []string) []string {
	var out []string
	for i, w := range words {
		if n := len(out); i > 2 && !strings.HasPrefix(w, "-") && !strings.HasPrefix(words[i-1], "-") {
			out[n-1] += " " + w
			continue
		}
		out = append(out, w)
	}
	return out
}
