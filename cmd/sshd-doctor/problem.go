package main

import (
	"context"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// problemUnit is failed as long as a problem stands. The unit of the run itself
// could only fail anew at each interval, and systemd would say so each time.
const problemUnit = "sshd-doctor-problem.service"

// stand has the problem unit stand for what the run found, and notes whether it
// does. A run that was cut off has found nothing.
func (p *program) stand(h *host.Host) {
	u := &p.unattended
	if h.Systemd == nil || p.outcome.Verdict == "" || p.outcome.CutOff != "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	decided := p.outcome.LeftAlone == history.Decided
	if p.outcome.Verdict != diag.Healthy && !decided {
		u.stands = fails(ctx, h, problemUnit)
		return
	}
	u.stands = decided
	// Asked each time, not remembered: what is remembered can be lost.
	if _, active := stateOf(ctx, h, problemUnit); active == "failed" {
		_ = h.Systemd.ResetFailed(ctx, problemUnit)
	}
}

// stateOf asks for the LoadState and the ActiveState of a unit.
func stateOf(ctx context.Context, h *host.Host, unit string) (load, active string) {
	props, err := h.Systemd.Properties(ctx, unit)
	if err != nil {
		return "", ""
	}
	return props.String("LoadState"), props.String("ActiveState")
}

// fails makes a unit fail that does nothing else, and tells whether it has. One
// that has failed already is left so: nothing is logged.
func fails(ctx context.Context, h *host.Host, unit string) bool {
	load, active := stateOf(ctx, h, unit)
	if load != "loaded" || active == "failed" {
		return active == "failed"
	}
	_ = h.Systemd.Start(ctx, unit) // its failure is the point
	_, active = stateOf(ctx, h, unit)
	return active == "failed"
}
