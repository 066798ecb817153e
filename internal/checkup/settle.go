package checkup

import (
	"context"
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// passedAll tells whether every connection of the look went well. Where only some
// did, sshd may have been restarted between them.
func passedAll(f Facts) bool {
	for _, t := range f.Handshake.Targets {
		for _, y := range t.Tries {
			if y.Reached == handshake.Refused || y.Reached == handshake.Connected {
				return false
			}
		}
	}
	return proven(f.Handshake.Endpoints())
}

// mostLooks bounds how often a box is looked at again, patientLooks how often
// when its unit stands still but has just been told to do something.
const (
	mostLooks    = 10
	patientLooks = 2
	// pause stands between two of them.
	pause = 250 * time.Millisecond
)

// starting tells whether sshd serves clients while systemd still waits for
// something before it counts the unit as up. The unit alone is looked at then:
// each connection to sshd counts with it. over is false where that has changed.
func starting(ctx context.Context, h *host.Host, f Facts) (stands, over bool) {
	if !f.Service.Service.Starting() {
		return false, true
	}
	for range mostLooks {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, true
		}
		if now := service.Now(ctx, h, f.Service); now != f.Service.State() {
			return false, now == ""
		}
	}
	return true, true
}

// moving tells whether the unit is changing its state, or has changed it since
// it was asked. One that waits to be restarted after a failure is not: it fails
// until somebody mends it.
func moving(ctx context.Context, h *host.Host, f Facts, o Options, tries int) bool {
	if f.Conf.Stuck != "" {
		// A start that waits at a FIFO goes on for as long as one waits for it.
		return false
	}
	for _, u := range []service.Unit{f.Service.Service, f.Service.Socket} {
		if u.Moving() {
			return true
		}
	}
	if f.Service.Err != "" {
		return false
	}
	if o.Patient && f.Service.Service.Retrying() {
		// It was just started in vain; how that ends is worth a moment.
		return true
	}
	now := service.Now(ctx, h, f.Service)
	if now != "" && now != f.Service.State() {
		return true
	}
	return (o.Patient || f.unbound()) && f.Service.Up() && tries < patientLooks
}

// unbound tells whether nothing listens at an address of sshd's own. Where its unit
// is up, sshd may be reading its configuration again, as a reload has it do: it
// closes its sockets before and opens them one by one after (sshd.c,
// sighup_restart).
func (f Facts) unbound() bool {
	return f.Listen.Err == "" && slices.ContainsFunc(f.Expect, func(e listen.Expect) bool {
		return e.From != listen.FromPort && f.Listen.Owner(e.Addr) == ""
	})
}
