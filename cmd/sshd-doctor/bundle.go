package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/bundle"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

func bundleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FILE` (short: -o), a new one; - is stdout"},
		&cli.BoolFlag{Name: "mask", Usage: "replace user names, host names and addresses"},
	}
}

// bundle is the action of "bundle": one file for whoever is to help.
func (p *program) bundle(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := p.session(c, "check")
	if err != nil {
		return err
	}
	defer s.end()
	to, err := p.destination(s, c.String("output"), c.Bool("mask"))
	if err != nil {
		return err
	}
	about := bundle.About{Version: version, Time: s.h.Now(), UID: s.h.UID, Masked: c.Bool("mask")}
	made, err := s.gather(about)
	if err != nil {
		return err
	}
	if err := p.deliver(s, to, made.Packed); err != nil {
		return err
	}
	return p.sayBundle(s, to, made)
}

// toStdout is the name of a file that means standard output.
const toStdout = "-"

// destination is where the bundle goes. What stands in the way is said before
// any work is done.
func (p *program) destination(s *session, name string, masked bool) (string, error) {
	switch {
	case name == toStdout && s.json:
		return "", usageError{"-o - and --json both want standard output: give one of them"}
	case name == toStdout && isTerminal(p.out):
		return "", usageError{"-o - would write an archive to the terminal: send it into a pipe or name a file"}
	case name == toStdout:
		return name, nil
	case name == "":
		name = defaultName(s.h, masked)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("cannot tell which directory this is: %v", err)
	}
	files := host.NewFiles("/")
	if info, err := files.Lstat(path); err == nil {
		what := "it is already there"
		if info.Mode.IsDir() {
			what = "it is a directory; name a file in it"
		}
		return "", usageError{fmt.Sprintf("cannot write %s: %s", path, what)}
	}
	if info, err := files.Stat(filepath.Dir(path)); err != nil || !info.Mode.IsDir() {
		return "", usageError{fmt.Sprintf("cannot write %s: there is no directory %s", path, filepath.Dir(path))}
	}
	return path, nil
}

// defaultName tells bundles of several machines and times apart. A masked one
// does not name the machine.
func defaultName(h *host.Host, masked bool) string {
	stamp := h.Now().UTC().Format("20060102T150405Z")
	if masked {
		return "sshd-doctor-" + stamp + ".tar.gz"
	}
	short, _, _ := strings.Cut(hostNames(h)[0], ".")
	short = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, short)
	if short == "" {
		short = "host"
	}
	return "sshd-doctor-" + short[:min(len(short), 63)] + "-" + stamp + ".tar.gz"
}

// gather looks at the box and puts together what was found.
func (s *session) gather(about bundle.About) (bundle.Bundle, error) {
	r := s.lookHalf()
	about.Verdict, about.Cause = string(r.Verdict), r.Cause
	over := s.waits.begin("logs, versions and packages")
	entries := append(s.told(r), bundle.Collect(s.ctx, s.h, s.bundleFrom())...)
	over()
	if err := interrupted(s.ctx); err != nil {
		return bundle.Bundle{}, err
	}
	return bundle.Make(about, entries, s.names())
}

// lookHalf looks at the box as check does, in no more than half of the time: what
// is known of a box on which that takes too long is worth a bundle all the more.
func (s *session) lookHalf() diag.Report {
	var left time.Duration
	if end, ok := s.ctx.Deadline(); ok {
		left = end.Sub(s.h.Now())
	}
	ctx, cancel := context.WithTimeout(s.ctx, left/2)
	defer cancel()
	s.facts = checkup.Collect(ctx, s.h, s.options)
	if ctx.Err() != nil {
		return diag.Unfinished(version, s.options.Command, diag.OutOfTime)
	}
	return checkup.Judge(s.facts, s.options)
}

func interrupted(ctx context.Context) error {
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("interrupted; nothing was written")
	}
	return nil
}

// errNotWritten: there is no bundle, because of the disk or the pipe.
var errNotWritten = errors.New("no bundle was written")

// deliver writes the bundle, for its owner alone from the first byte.
func (p *program) deliver(s *session, to string, data []byte) error {
	if to == toStdout {
		if _, err := p.out.Write(data); err != nil {
			return fmt.Errorf("cannot write the bundle to standard output: %v: %w", err, errNotWritten)
		}
		return nil
	}
	err := host.NewFiles("/").Create(to, host.New{Data: data, Mode: 0o600, UID: s.h.UID, GID: os.Getegid()})
	switch {
	case errors.Is(err, fs.ErrExist):
		return usageError{fmt.Sprintf("cannot write %s: it is already there", to)}
	case err != nil:
		return fmt.Errorf("%v: %w; name another place with -o, for example -o /run/bundle.tar.gz", err, errNotWritten)
	}
	return nil
}

// told are the entries that the look itself gives.
func (s *session) told(r diag.Report) []bundle.Entry {
	var asText, asJSON bytes.Buffer
	text := bundle.Entry{Name: "report.txt", Source: "sshd-doctor check"}
	if err := report.Text(&asText, r, report.Options{Whole: true, Root: s.h.UID == 0}); err != nil {
		text.Missing = err.Error()
	}
	text.Data = asText.Bytes()
	object := bundle.Entry{Name: "report.json", Source: "sshd-doctor check --json", Kind: bundle.JSON}
	if err := report.JSON(&asJSON, r); err != nil {
		object.Missing = err.Error()
	}
	object.Data = asJSON.Bytes()
	return []bundle.Entry{text, object, s.effective(), s.transcript()}
}
