package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
	"github.com/sshd-doctor/sshd-doctor/internal/watch"
)

// lastFile holds the report of the last unattended run, for whoever polls. It
// lies beside the lock, and like it does not outlive a boot.
const lastFile = heal.LockDir + "/last.json"

// metricsLimit is more than such a file has, in bytes.
const metricsLimit = 1 << 18

// tellTimeout bounds the telling, beyond the run's own time.
const tellTimeout = 5 * time.Second

func unattendedFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "unattended", Usage: "report to the journal and " + lastFile},
		&cli.StringFlag{Name: "metrics", Usage: "write metrics for Prometheus to `FILE`"},
	}
}

// unattended is a run that nobody watches: it prints nothing, and tells those
// who look later.
type unattended struct {
	// once: it is the run of a first boot, which announces what it found.
	once    bool
	on      bool
	metrics string
	command string
	started time.Time
	// memory is what earlier runs left, decision what follows from it, at moment;
	// the zero Decision where this run remembers nothing.
	memory   history.Memory
	decision history.Decision
	moment   history.Moment
	// remembers: this run takes part in what unattended runs remember.
	remembers bool
	// seq is the number of the memory as it was read.
	seq int
	// told is what is news of this run: all of it, where it remembers nothing.
	told history.Telling
	// stands: what remains is told by the state of a unit of its own.
	stands bool
	// unsaved says why the memory could not be written at the end.
	unsaved error
}

// readUnattended notes how the run is to be told about.
func (p *program) readUnattended(c *cli.Context, command string) error {
	m := owner(c, "metrics").String("metrics")
	if m != "" && (!filepath.IsAbs(m) || filepath.Ext(m) != ".prom") {
		return usageError{fmt.Sprintf("--metrics %q is not an absolute path that ends in .prom", m)}
	}
	p.unattended = unattended{on: boolFlag(c, "unattended"), metrics: m, command: command, started: time.Now()}
	p.unattended.told.State = true
	return nil
}

// tellWatchers leaves what the run came to, also where it came to nothing. It
// returns what could not be left.
func (p *program) tellWatchers(runErr error, code int) error {
	u := p.unattended
	if !u.on && u.metrics == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	h := &host.Host{Files: host.NewFiles("/")}
	var errs []error
	if u.on {
		errs = append(errs, p.log(ctx, h, runErr, code), p.saveLast(h, runErr, code), u.unsaved)
	}
	if u.metrics != "" && code != exitLocked {
		errs = append(errs, p.saveMetrics(h, code))
	}
	return errors.Join(errs...)
}

// untoldFile is what could not be left when that was last said.
const untoldFile = heal.LockDir + "/untold"

// untold is what has to be said of what could not be left: in a run that nobody
// watches the same only once a day.
func (p *program) untold(h *host.Host, failed error) error {
	if !p.unattended.on {
		return failed
	}
	const limit, again = 64 << 10, 24 * time.Hour
	said, err := h.Files.Read(untoldFile, limit)
	switch {
	case failed == nil && err == nil:
		_ = h.Files.RemoveBelow(heal.LockDir, filepath.Base(untoldFile))
		return nil
	case failed == nil:
		return nil
	case err == nil && string(said) == failed.Error():
		st, err := h.Files.Stat(untoldFile)
		if err == nil && h.Now().Sub(st.MTime).Abs() < again {
			return nil
		}
	}
	// Where that cannot be written either, it is said each time.
	_ = h.Files.Put(untoldFile, host.New{Data: []byte(failed.Error()), Mode: 0o600, UID: os.Geteuid(), GID: os.Getegid()})
	return failed
}

// saveMetrics writes the numbers of the run.
func (p *program) saveMetrics(h *host.Host, code int) error {
	u := p.unattended
	run := watch.Run{Report: p.outcome, Exit: code, Ended: time.Now(), Took: time.Since(u.started)}
	run.Report.Version = version
	run.Before, _ = h.Files.Read(u.metrics, metricsLimit) // a first run has none
	var text bytes.Buffer
	if err := watch.Metrics(&text, run); err != nil {
		return err
	}
	return h.Files.Put(u.metrics, host.New{Data: text.Bytes(), Mode: 0o644, UID: os.Geteuid(), GID: os.Getegid()})
}

// log writes the journal entries.
func (p *program) log(ctx context.Context, h *host.Host, runErr error, code int) error {
	told := p.unattended.told
	entries := watch.Entries(p.outcome, code, told)
	switch {
	case code == exitLocked:
		return nil // that somebody is at work is nobody's problem
	case p.outcome.Verdict == "" && !told.State:
		return nil // it was told before
	case p.outcome.Verdict == "":
		entries = []watch.Entry{watch.Failure(p.unattended.command, version, said(runErr), code)}
	}
	for _, e := range entries {
		fields := append([]host.Field{{Name: "MESSAGE_ID", Value: e.ID}}, e.Fields...)
		if err := h.Log(ctx, e.Priority, e.Message, fields); err != nil {
			return fmt.Errorf("%w; it would have said: %s", err, e.Message)
		}
	}
	return nil
}

func said(err error) string {
	if err == nil {
		return "interrupted"
	}
	return err.Error()
}

// saveLast keeps the report. A run that found the lock held leaves the report of
// the run before: it has seen nothing itself.
func (p *program) saveLast(h *host.Host, runErr error, code int) error {
	if code == exitLocked {
		return nil
	}
	var text bytes.Buffer
	err := report.JSON(&text, p.outcome)
	if p.outcome.Verdict == "" {
		text.Reset()
		err = report.JSONError(&text, version, p.unattended.command, said(runErr), code)
	}
	if err != nil {
		return err
	}
	if err := h.Files.Mkdir(heal.LockDir, 0o700, 0, 0); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return h.Files.Put(lastFile, host.New{Data: text.Bytes(), Mode: 0o600})
}
