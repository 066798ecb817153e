package checkup

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// attach adds the remedies for which one check sees the fault and another knows
// how to mend it.
func attach(f Facts, r *diag.Report) {
	narrow := map[string]bool{}
	outside := f.Listen.ServedOutside(f.Expect, f.Sshd)
	for i := range r.Findings {
		found := &r.Findings[i]
		if outside && found.Stage == diag.Service {
			// A start of the unit beside a sshd that somebody started by hand
			// fails, and takes the directory of the other one with it. That one
			// has a finding of its own, and comes first.
			found.Remedy = nil
		}
		if found.Stage == diag.Config {
			attachOptions(f, found)
			attachStuck(f, found)
		}
		switch found.Code {
		case listen.CodeNotOnBox:
			attachListenLine(f, found)
		case handshake.CodeNoKex, handshake.CodeNoHostKey:
			// The addresses of one server have one fault.
			attachOfferLines(f, found, narrow[found.Code])
			narrow[found.Code] = true
		case handshake.CodeNotServed, handshake.CodeNotLoaded:
			attachReload(f, r.Findings, found)
		}
	}
}

// attachListenLine offers to set the ListenAddress line aside that names an
// address which this box does not have.
func attachListenLine(f Facts, found *diag.Finding) {
	for _, place := range f.ListenLines {
		if !namesAddress(place.Value, found.Subject) {
			continue
		}
		reason := "sshd will no longer listen on that address"
		if len(f.ListenLines) == 1 {
			reason = "sshd will then listen on every address of this machine"
		}
		found.Evidence = append(found.Evidence, diag.Evidence{Source: place.File, Text: strings.TrimSpace(place.Content)})
		found.Remedy = &diag.Remedy{
			Summary: "set the line " + strings.TrimSpace(place.Content) + " aside and start sshd", Consent: diag.Asks,
			Reason: reason,
			Steps: []diag.Step{
				sshdconf.SetLineAside{
					File: place.File, Line: place.Line, Content: place.Content,
					Ask: sshdconf.Ask{Binary: f.Conf.Binary, Args: f.Conf.Args},
				},
				service.Restart{Unit: f.Sshd.Unit},
			},
		}
		return
	}
}

// namesAddress compares the value of a ListenAddress line with "ADDRESS:PORT".
func namesAddress(value, subject string) bool {
	want, err := netip.ParseAddrPort(subject)
	if err != nil {
		return false
	}
	value, _, _ = strings.Cut(value, " ")
	if a, err := netip.ParseAddrPort(value); err == nil {
		return a == want
	}
	a, err := netip.ParseAddr(strings.Trim(value, "[]"))
	return err == nil && a == want.Addr()
}

// attachReload has sshd load its keys anew: at once when it merely lacks one,
// with consent when clients would see another key than before. It waits until
// nothing else is wrong, because a reload is also a start.
func attachReload(f Facts, all []diag.Finding, found *diag.Finding) {
	if f.Service.NoSystemd || f.Service.Err != "" {
		attachHangup(f, found)
		return
	}
	if !f.Service.Service.Active() {
		return
	}
	for _, other := range all {
		if other.Severity > diag.Notice && !other.Symptom && other.Status != diag.CouldNotTell &&
			other.Code != found.Code && other.Stage != diag.Handshake {
			return
		}
	}
	unit := f.Service.Service
	found.Remedy = &diag.Remedy{
		Summary: "have sshd load its host keys again", Steps: []diag.Step{service.Reload{Unit: unit.ID}},
	}
	if f.Service.SocketActive() {
		// After a SIGHUP sshd binds its addresses itself, which the socket unit
		// holds: "Cannot bind any address" (measured with OpenSSH 10.0).
		found.Remedy.Steps = []diag.Step{service.Restart{Unit: unit.ID}}
		if unit.KillMode != "process" {
			found.Remedy.Consent = diag.Asks
			found.Remedy.Reason = "with KillMode=" + unit.KillMode + " a restart may end open sessions"
		}
	}
	if found.Code == handshake.CodeNotServed {
		found.Remedy.Consent = diag.Asks
		found.Remedy.Reason = "clients will then see another host key than now"
	}
}

// attachHangup says how a sshd that systemd does not know of loads its keys
// anew. It is left to a person: as the first process of a container it would
// take that with it, should it not come up again.
func attachHangup(f Facts, found *diag.Finding) {
	pid := 0
	for _, s := range f.Listen.Sockets {
		for _, p := range s.Owners {
			if p.Name == "sshd" && (pid == 0 || p.PID < pid) {
				pid = p.PID
			}
		}
	}
	if pid == 0 {
		return
	}
	found.Remedy = &diag.Remedy{
		Summary: "have sshd load its host keys again", Consent: diag.Manual,
		Reason: "systemd cannot do it, and sshd may be what keeps this place running",
		Manual: []string{fmt.Sprintf("kill -HUP %d", pid)},
	}
}
