package checkup

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// bootFrom is what the look at the machine as a whole needs of other checks.
func bootFrom(f Facts) boot.From {
	unit := f.Service.Service
	// Where the socket unit is what the machine starts at boot, the service is
	// disabled and wanted all the same.
	wanted := !unit.Off() || f.Service.Socket.UnitFileState == "enabled"
	from := boot.From{
		Systemd: !f.Service.NoSystemd && f.Service.Err == "", Unit: unit.ID,
		Startable: unit.Loaded() && wanted, Up: f.Service.Up(),
		MainPID: unit.MainPID, Result: unit.Result,
	}
	for _, e := range f.Expect {
		if !slices.Contains(from.Listen, e.Addr) {
			from.Listen = append(from.Listen, e.Addr)
		}
	}
	return from
}

// identityFrom is what the look at the identity needs of other checks.
func identityFrom(f Facts, h *host.Host) identity.From {
	from := identity.From{
		Agent: f.Keys.Agent, Certificates: f.Conf.Get("hostcertificate"), Args: f.Service.Args,
	}
	for _, k := range f.Keys.Keys {
		if k.Size > 0 {
			from.Keys = append(from.Keys, identity.Key{Path: k.Path, SHA256: k.SHA256})
		}
	}
	unit := f.Service.Service
	for _, e := range unit.EnvFiles {
		from.Files = append(from.Files, h.Files.Glob(e.Path)...)
	}
	from.Files = append(from.Files, unit.DropIns...)
	if unit.FragmentPath != "" {
		from.Files = append(from.Files, unit.FragmentPath)
	}
	return from
}

// judgeIdentity adds what clients should know about the identity, with what the
// handshake has shown about algorithms.
func judgeIdentity(f Facts, o Options, r *diag.Report) {
	f.Identity.History, f.Identity.Ports = f.Identity.Ledger.Ledger, f.Ports()
	if o.ConfigFile == "" {
		f.Identity.History, _ = Known(f.Identity.History, Look{Facts: f, Report: *r})
	}
	f.Identity.Unmatched = slices.ContainsFunc(r.Findings, func(o diag.Finding) bool {
		return o.Code == handshake.CodeNoKex || o.Code == handshake.CodeNoHostKey
	})
	r.Findings = append(r.Findings, identity.Judge(f.Identity)...)
	if finds(*r, identity.CodeChanged) {
		r.Forget = f.Identity.Names.Forget(f.Identity.Ports)
	}
}

// withoutSystemd settles what it means that systemd is not in charge: nothing
// where clients get in, and the cause where nobody has started sshd.
func withoutSystemd(f Facts, r *diag.Report, proven bool) {
	for i := range r.Findings {
		found := &r.Findings[i]
		if found.Code != service.CodeNoSystemd {
			continue
		}
		switch {
		case proven:
			found.Severity = diag.Notice
		case len(f.Expect) > 0 && !slices.ContainsFunc(f.Expect, func(e listen.Expect) bool { return f.Listen.Owner(e.Addr) != "" }):
			found.Status, found.Severity = diag.Found, diag.Broken
			found.Summary = "sshd does not run, and there is no systemd here to start it"
		}
	}
}
