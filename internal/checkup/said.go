package checkup

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
)

// moment is when a look began, by both clocks.
type moment struct {
	at time.Time
	up time.Duration
}

func begin(h *host.Host) moment {
	// Without it the clock that may be set has to do.
	up, _ := host.Monotonic()
	return moment{h.Now(), up}
}

// collectSaid reads what sshd, systemd and the kernel said, where the handshake
// did not pass.
func (f *Facts) collectSaid(ctx context.Context, h *host.Host, o Options, began moment) {
	unit := f.Service.Service
	n := journal.Need{
		Unit: unit.ID, SocketUnit: f.Service.Socket.ID, InvocationID: unit.InvocationID,
		UnitUp: f.Service.Up(), MainPID: unit.MainPID,
		Binary: f.Sshd.Binary, Args: f.Conf.Args, Programs: []string{f.Sshd.Binary},
		Proven: proven(f.Handshake.Endpoints()), Outside: o.Outside,
		KeysMissing: f.Keys.Lacking(), Since: began.at, SinceUp: began.up,
	}
	for _, p := range f.Install.Helpers {
		n.Programs = append(n.Programs, p.Path)
		if p.Err == "" && !p.Absent && !p.Empty && !p.NotExecutable {
			n.Whole = append(n.Whole, p.Path)
		}
	}
	for _, p := range f.Conf.Problems {
		n.Complaints = append(n.Complaints, p.Text)
	}
	for _, t := range f.Handshake.Targets {
		reached := handshake.Refused
		for _, y := range t.Tries {
			reached = max(reached, y.Reached)
			if y.Source.IsValid() && !slices.Contains(n.Probed, y.Source) {
				n.Probed = append(n.Probed, y.Source)
			}
		}
		n.CutOff = n.CutOff || reached == handshake.Connected
		n.BrokenOff = n.BrokenOff || reached == handshake.Banner || reached == handshake.KexInit
	}
	n.Probed = append(n.Probed, netip.IPv6Loopback())
	n.Local = len(f.Expect) > 0 && !slices.ContainsFunc(f.Expect, func(e listen.Expect) bool {
		return !e.Addr.Addr().IsLoopback()
	})
	f.Journal = journal.Collect(ctx, h, n)
}

// addSaid adds what the log shows. It comes first: within a stage what sshd said
// itself is more to the point than what a file looks like. What another check
// has seen with its own eyes is left to that.
func addSaid(f Facts, r *diag.Report) {
	found := slices.DeleteFunc(journal.Judge(f.Journal), func(s diag.Finding) bool {
		return slices.ContainsFunc(r.Findings, func(o diag.Finding) bool {
			// A program that is not sshd at all was not upgraded.
			return o.Code == s.Code || o.Code == install.CodeDamaged && s.Code == journal.CodeRexecMismatch
		})
	})
	for _, s := range found {
		for i := range r.Findings {
			explain(s, &r.Findings[i])
		}
	}
	r.Findings = append(found, r.Findings...)
	quote(f, r.Findings)
}

// explain makes a finding the consequence of what the log shows, where the log
// is about the same thing: without that it would be taken for a fault of its own
// and repaired in vain.
func explain(cause diag.Finding, found *diag.Finding) {
	consequences := map[string][]string{
		journal.CodeCryptoEngine:  {"hostkey-refused"},
		journal.CodeSELinuxLabel:  {"hostkey-refused", "hostkey-unreadable"},
		journal.CodeCloudInitRace: {"hostkey-missing", "hostkey-path-absent"},
	}
	switch {
	case slices.Contains(consequences[cause.Code], found.Code):
		found.Symptom = true
	case found.Stage == diag.Config && slices.ContainsFunc(found.Evidence, func(e diag.Evidence) bool {
		code, ok := journal.Claims(e.Text)
		return ok && (code == cause.Code || cause.Code == journal.CodeEntropy)
	}):
		found.Symptom = true
	case cause.Code == journal.CodeWrappers && cause.Status == diag.CouldNotTell && failsHandshake(*found):
		// This machine is refused and others may not be: nothing is known.
		found.Status = diag.CouldNotTell
	}
}

func failsHandshake(f diag.Finding) bool {
	return slices.Contains([]string{handshake.CodeClosed, handshake.CodeTimeout, handshake.CodeFailed}, f.Code)
}
