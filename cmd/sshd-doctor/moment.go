//go:build !years

package main

import (
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// thisMoment is the time as unattended runs remember it. A program that is built with
// the tag "years", for tests, is told it (moment_years.go).
func thisMoment(h *host.Host) history.Moment {
	m := history.Moment{Wall: time.Now().UTC().Truncate(time.Millisecond)}
	if up, err := h.Files.Uptime(); err == nil {
		// Without it there is only the clock on the wall.
		m.Up, m.Boot = up.Truncate(time.Millisecond), h.Files.BootID()
	}
	return m
}
