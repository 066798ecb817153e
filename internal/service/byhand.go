package service

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// withoutSystemd finds out what is in charge in systemd's place and how sshd is
// started there. It starts nothing: in a chroot or a container a daemon may be
// the last thing that is wanted.
func (f *Facts) withoutSystemd(h *host.Host) {
	if name, err := h.Files.Read("/proc/1/comm", 64); err == nil {
		f.Init = printable(strings.TrimSpace(string(name)))
	}
	there := func(paths ...string) string {
		for _, p := range paths {
			if ok, err := h.Files.Exists(p); err == nil && ok {
				return p
			}
		}
		return ""
	}
	script := there("/etc/init.d/sshd", "/etc/init.d/ssh")
	name := script[strings.LastIndexByte(script, '/')+1:]
	switch {
	case script != "" && there("/sbin/rc-service", "/usr/sbin/rc-service", "/usr/bin/rc-service") != "":
		f.ByHand = []string{"rc-service " + name + " start"}
	case there("/etc/sv/sshd", "/etc/service/sshd", "/var/service/sshd") != "":
		f.ByHand = []string{"sv up sshd"}
	case script != "" && there("/usr/sbin/service", "/sbin/service") != "":
		f.ByHand = []string{"service " + name + " start"}
	case script != "":
		f.ByHand = []string{script + " start"}
	default:
		if there("/etc/debian_version") != "" {
			// Debian's sshd wants this directory, which only its unit and its
			// script make.
			f.ByHand = []string{"mkdir -p -m 0755 /run/sshd"}
		}
		binary := there("/usr/sbin/sshd", "/usr/bin/sshd")
		if binary == "" {
			binary = "/usr/sbin/sshd"
		}
		f.ByHand = append(f.ByHand, binary)
	}
}

func judgeNoSystemd(f Facts) diag.Finding {
	evidence := []diag.Evidence{{Source: "/run/systemd/system", Text: "absent"}}
	if f.Init != "" {
		evidence = append(evidence, diag.Evidence{Source: "process 1", Text: f.Init})
	}
	return ruleNoSystemd.Unknown("systemd", "systemd is not running here, so the unit cannot be checked", evidence...).
		With(diag.Remedy{
			Summary: "start sshd as this machine starts it", Consent: diag.Manual,
			Reason: "what starts services here, and whether it should, is not known",
			Manual: f.ByHand,
		})
}
