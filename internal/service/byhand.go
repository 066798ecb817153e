package service

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Init is process 1.
type Init struct {
	// Name is the kernel's name for it, empty when it could not be read.
	Name string
	// Stopped: a signal or a debugger holds it (proc(5), state T).
	Stopped bool
}

// Where is a kind of place in which systemd is not in charge.
type Where string

// The kinds that can be told apart.
const (
	Container Where = "a container"
	WSL       Where = "the Windows Subsystem for Linux"
	ChrootDir Where = "a chroot"
)

// withoutSystemd finds out what is in charge in systemd's place and how sshd is
// started there. It starts nothing: in a chroot or a container a daemon may be
// the last thing that is wanted.
func (f *Facts) withoutSystemd(h *host.Host) {
	f.Init = first(h)
	f.Where = where(h, f.Chroot)
	f.running(h, "")
	switch {
	case f.NoSystemd:
		f.ByHand = byHand(h, f.Init.Name)
	case f.Init.Stopped:
		f.ByHand = []string{"kill -CONT 1"}
	default:
		// Whatever asks systemd, "service" and init scripts too, would wait for it.
		f.ByHand = byPath(h)
	}
}

func first(h *host.Host) Init {
	const limit = 4 << 10
	var i Init
	if name, err := h.Files.Read("/proc/1/comm", limit); err == nil {
		i.Name = printable(strings.TrimSpace(string(name)))
	}
	if status, err := h.Files.Read("/proc/1/status", limit); err == nil {
		_, state, _ := strings.Cut(string(status), "\nState:")
		state = strings.TrimSpace(state)
		i.Stopped = strings.HasPrefix(state, "T") || strings.HasPrefix(state, "t")
	}
	return i
}

// where: the marks that podman(1), docker and Microsoft's kernel leave.
func where(h *host.Host, chroot bool) Where {
	const limit = 4 << 10
	if chroot {
		return ChrootDir
	}
	if there(h, "/run/.containerenv", "/.dockerenv", "/run/systemd/container") != "" {
		return Container
	}
	release, err := h.Files.Read("/proc/sys/kernel/osrelease", limit)
	if err == nil && strings.Contains(strings.ToLower(string(release)), "microsoft") {
		return WSL
	}
	return ""
}

func there(h *host.Host, paths ...string) string {
	for _, p := range paths {
		if ok, err := h.Files.Exists(p); err == nil && ok {
			return p
		}
	}
	return ""
}

// byHand is how sshd is started by what is in charge here.
func byHand(h *host.Host, init string) []string {
	script := there(h, "/etc/init.d/sshd", "/etc/init.d/ssh")
	name := script[strings.LastIndexByte(script, '/')+1:]
	switch {
	case init == "supervisord":
		return []string{"supervisorctl start sshd"}
	case strings.HasPrefix(init, "s6-") && there(h, "/run/service/sshd") != "":
		return []string{"s6-svc -u /run/service/sshd"}
	case script != "" && there(h, "/sbin/rc-service", "/usr/sbin/rc-service", "/usr/bin/rc-service") != "":
		return []string{"rc-service " + name + " start"}
	case there(h, "/etc/sv/sshd", "/etc/service/sshd", "/var/service/sshd") != "":
		return []string{"sv up sshd"}
	case script != "" && there(h, "/usr/sbin/service", "/sbin/service") != "":
		return []string{"service " + name + " start"}
	case script != "":
		return []string{script + " start"}
	}
	return byPath(h)
}

// byPath starts sshd by itself: by its full path, because it starts itself anew
// for each connection.
func byPath(h *host.Host) []string {
	var out []string
	if there(h, "/etc/debian_version") != "" && there(h, "/run/sshd") == "" {
		// Debian's sshd wants this directory, which only its unit and its script
		// make.
		out = append(out, "mkdir -p -m 0755 /run/sshd")
	}
	binary := there(h, "/usr/sbin/sshd", "/usr/bin/sshd")
	if binary == "" {
		binary = "/usr/sbin/sshd"
	}
	return append(out, binary)
}

func judgeNoSystemd(f Facts) diag.Finding {
	summary := "systemd is not running here, so the unit cannot be checked"
	evidence := []diag.Evidence{{Source: "/run/systemd/system", Text: "absent"}}
	switch {
	case f.Chroot:
		summary = "this is a chroot: the systemd that runs here belongs to another system"
		evidence = []diag.Evidence{{Source: "/proc/1/root", Text: "another directory than /"}}
	case f.Where != "":
		summary = "this is " + string(f.Where) + " without systemd, so there is no unit to check"
	}
	if f.Init.Name != "" {
		evidence = append(evidence, diag.Evidence{Source: "process 1", Text: f.Init.Name})
	}
	return ruleNoSystemd.Unknown("systemd", summary, evidence...).With(diag.Remedy{
		Summary: "start sshd as this machine starts it", Consent: diag.Manual,
		Reason: "what starts services here, and whether it should, is not known",
		Manual: f.ByHand,
	})
}

func judgeUnreachable(f Facts) diag.Finding {
	summary := "neither systemd's own socket nor D-Bus answers"
	evidence := []diag.Evidence{{Source: "asking systemd", Text: f.Err}}
	remedy := diag.Remedy{
		Summary: "start sshd by hand, which gets you in until the machine is rebooted", Consent: diag.Manual,
		Reason: "a sshd that systemd did not start is unknown to it", Manual: f.ByHand,
	}
	switch {
	case f.Init.Stopped:
		summary = "process 1 is stopped, so systemd answers nobody"
		remedy.Summary = "let process 1 go on, then look again"
	case f.Silent:
		summary = "systemd does not answer"
	}
	if f.Init.Name != "" {
		evidence = append(evidence, diag.Evidence{Source: "process 1", Text: f.Init.Name + stopped(f.Init)})
	}
	found := ruleUnknown.Unknown("systemd", summary, evidence...)
	if len(f.ByHand) == 0 {
		return found
	}
	return found.With(remedy)
}

func stopped(i Init) string {
	if i.Stopped {
		return ", stopped by a signal or a debugger"
	}
	return ""
}
