package checkup

import (
	"context"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/trial"
)

// Trial is a start of sshd on a single connection: all that can be proven where
// nobody starts it for good.
type Trial struct {
	Done bool
	Err  string
}

// stranger tells whether what listens here serves another file tree: in a chroot
// the ports are those of the system around it.
func (f *Facts) stranger(h *host.Host) bool {
	if !f.Service.Chroot {
		return false
	}
	for _, s := range f.Listen.Sockets {
		for _, p := range s.Owners {
			if h.OtherRoot(p.PID) {
				return true
			}
		}
	}
	return false
}

// try starts sshd where systemd cannot, and has it prove a key.
func (f *Facts) try(ctx context.Context, h *host.Host) {
	alone := f.Service.NoSystemd || f.Service.Err != ""
	if !alone || h.UID != 0 || !f.Conf.Known || len(f.Keys.Public()) == 0 || proven(f.Handshake.Endpoints()) {
		return
	}
	f.Trial.Done = true
	if err := trial.Run(ctx, h, f.Sshd.Binary, f.Conf.Args, nil); err != nil {
		f.Trial.Err = err.Error()
	}
}

// withoutSystemd settles what it means that systemd is not in charge, or does
// not answer: nothing where clients get in, and the cause where nobody has
// started sshd.
func withoutSystemd(f Facts, r *diag.Report, proven bool) {
	at := slices.IndexFunc(r.Findings, func(o diag.Finding) bool {
		return o.Code == service.CodeNoSystemd || o.Code == service.CodeUnreachable
	})
	if at < 0 {
		return
	}
	found := &r.Findings[at]
	nobody := len(f.Expect) > 0 && !slices.ContainsFunc(f.Expect, func(e listen.Expect) bool { return f.Listen.Owner(e.Addr) != "" })
	switch {
	case proven:
		if f.Service.NoSystemd {
			found.Severity = diag.Notice
		}
		return
	case f.Service.Chroot:
		if f.Trial.Done && f.Trial.Err == "" {
			found.Summary = "this is a chroot. On a trial connection its sshd proves its host key"
		}
	case nobody && f.Service.NoSystemd:
		found.Status, found.Severity = diag.Found, diag.Broken
		found.Summary = "sshd does not run, and there is no systemd here to start it"
		if f.Trial.Done && f.Trial.Err == "" {
			found.Summary = "sshd does not run. Tried on one connection, it proves its host key"
		}
	case nobody && f.UID == 0:
		found.Status, found.Severity = diag.Found, diag.Broken
		found.Summary = "sshd does not run, and it cannot be started: " + found.Summary
	}
	switch {
	case f.Trial.Done && f.Trial.Err == "":
		found.Evidence = append(found.Evidence, diag.Evidence{Source: "a trial", Text: "started for one connection, sshd proves its host key"})
	case f.Trial.Done:
		found.Evidence = append(found.Evidence, diag.Evidence{Source: "a trial", Text: f.Trial.Err})
	}
}
