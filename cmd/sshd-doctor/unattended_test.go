package main

import (
	"errors"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// What cannot be left, say because of a wrong --metrics, is said when it is news
// and then once a day, whatever the interval.
func TestUntoldIsSaidOnceADay(t *testing.T) {
	now := time.Now()
	h := &host.Host{Files: hosttest.Tree(t, 0o600, map[string]string{"/run/sshd-doctor/last.json": "{}"}), Now: func() time.Time { return now }}
	p := &program{unattended: unattended{on: true}}
	one, other := errors.New("cannot open /nowhere/x.prom"), errors.New("cannot write /run/sshd-doctor/last.json")
	for i, step := range []struct {
		after time.Duration
		err   error
		said  bool
	}{
		{0, nil, false},
		{0, one, true},
		{5 * time.Minute, one, false},
		{10 * time.Minute, one, false},
		{15 * time.Minute, other, true},
		{20 * time.Minute, one, true},
		{25 * time.Minute, one, false},
		{30 * time.Minute, nil, false},
		{35 * time.Minute, one, true},
		{25 * time.Hour, one, true},
	} {
		now = time.Now().Add(step.after)
		if got := p.untold(h, step.err); (got != nil) != step.said {
			t.Errorf("step %d: %v", i, got)
		}
	}
	if there, err := h.Files.Exists(untoldFile); err != nil || !there {
		t.Errorf("%v, %v", there, err)
	}
	if err := p.untold(h, nil); err != nil {
		t.Error(err)
	}
	if there, err := h.Files.Exists(untoldFile); err != nil || there {
		t.Errorf("it is kept when it is over: %v, %v", there, err)
	}
	p.unattended.on = false
	for range 2 {
		if p.untold(h, one) == nil {
			t.Error("a person is not told each time")
		}
	}
}
