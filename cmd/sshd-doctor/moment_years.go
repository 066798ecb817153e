//go:build years

package main

import (
	"encoding/json"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// momentFile holds the moment that a test says it is, as JSON.
const momentFile = "/run/sshd-doctor-moment"

// thisMoment is what a test says (test/years): days pass in minutes, clocks go wrong.
// Only what unattended runs remember goes by it. No program that is shipped is
// built with this tag.
func thisMoment(h *host.Host) history.Moment {
	m := history.Moment{Wall: time.Now().UTC()}
	if data, err := h.Files.Read(momentFile, 4096); err == nil {
		_ = json.Unmarshal(data, &m)
	}
	return m
}
