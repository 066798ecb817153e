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
	m := history.Moment{Wall: time.Now().UTC().Truncate(time.Millisecond), Boot: h.Files.BootID()}
	if up, err := host.Uptime(); err == nil {
		m.Up = up.Truncate(time.Millisecond)
	}
	return m
}
