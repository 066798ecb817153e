package checkup

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
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
	for _, pattern := range unit.EnvFiles {
		from.Files = append(from.Files, h.Files.Glob(pattern)...)
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
