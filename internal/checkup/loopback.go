package checkup

import (
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
)

// withoutLoopback: while lo is down no connection can be made from here, and that
// says nothing about those that come from elsewhere.
func withoutLoopback(f Facts, r *diag.Report) {
	if !f.Listen.LoopbackDown || proven(f.Handshake.Endpoints()) {
		return
	}
	for i := range r.Findings {
		switch found := &r.Findings[i]; {
		case found.Code == listen.CodeLoopbackDown:
			found.Status = diag.CouldNotTell
			found.Summary = "lo is down, so nothing could be tried. Type: ip link set lo up"
		case failsHandshake(*found):
			found.Status = diag.CouldNotTell
		}
	}
}
