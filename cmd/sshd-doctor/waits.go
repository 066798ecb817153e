package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

const (
	// patience is how long a person looks at a screen on which nothing happens.
	patience = time.Second
	// again is when they are told once more.
	again = 10 * time.Second
)

// waits says what the program waits for, where that takes longer than a moment.
// All methods of a nil pointer do nothing.
type waits struct {
	out io.Writer

	mu sync.Mutex
	// open is what has begun and is not over, in that order.
	open []*wait
}

type wait struct {
	what  string
	began time.Time
	// said is when a person was last told; zero: not yet.
	said  time.Time
	timer *time.Timer
}

// begin notes that the program now waits for something; over ends that.
func (w *waits) begin(what string) (over func()) {
	if w == nil || what == "" {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	mine := &wait{what: what, began: time.Now()}
	mine.timer = time.AfterFunc(patience, func() { w.say(mine) })
	w.open = append(w.open, mine)
	return func() { w.end(mine) }
}

func (w *waits) end(mine *wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	mine.timer.Stop()
	if i := slices.Index(w.open, mine); i >= 0 {
		w.open = slices.Delete(w.open, i, i+1)
	}
}

// say names in one line all that has been waited for for about as long, and winds
// up its clocks anew.
func (w *waits) say(mine *wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !slices.Contains(w.open, mine) || now.Sub(mine.said) < patience/2 {
		return
	}
	var what []string
	longest := time.Duration(0)
	for _, o := range w.open {
		if took := now.Sub(o.began); took > patience*3/4 {
			longest = max(longest, took)
			what = append(what, o.what)
			o.said = now
			o.timer.Reset(again)
		}
	}
	fmt.Fprintln(w.out, report.Lines(fmt.Sprintf("    %.0f s: waiting for %s", longest.Seconds(), strings.Join(what, ", "))))
}

// waitsFor says for a person what a part of a look waits for; empty where there
// is nobody but this program to wait for.
func waitsFor(what checkup.Part) string {
	return map[checkup.Part]string{
		checkup.PartService: "systemd", checkup.PartConfig: "sshd to tell its configuration",
		checkup.PartKeys: "the disk with the host keys", checkup.PartInstall: "the disk with sshd",
		checkup.PartMachine: "the state of the machine", checkup.PartListen: "the list of ports",
		checkup.PartHandshake: "an answer over SSH", checkup.PartJournal: "the log",
		checkup.PartRefused:  "the log of the last day",
		checkup.PartTrial:    "the disk's sshd to prove its key",
		checkup.PartSettling: "sshd to come up",
	}[what]
}

// waitsIn says what the steps of a remedy wait for.
func waitsIn(r *diag.Remedy) string {
	var what []string
	for _, s := range r.Steps {
		if slow, ok := s.(host.Waiter); ok {
			what = append(what, slow.Waits())
		}
	}
	if len(what) == 0 {
		return "the disk"
	}
	return strings.Join(what, ", ")
}
