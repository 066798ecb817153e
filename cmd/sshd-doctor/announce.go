package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

const (
	// issueDir holds what agetty(8) shows above the login prompt, beside
	// /etc/issue; it does not outlive a boot.
	issueDir = "/run/issue.d"
	// issueFile is also the memory of what was announced since the boot.
	issueFile = issueDir + "/50-sshd-doctor.issue"
	// issueLimit is more than such a file has, in bytes.
	issueLimit = 1 << 16
)

func announceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "announce", Usage: "show the proven host keys on the console"}
}

// readAnnounce tells whether the host keys are to be announced.
func readAnnounce(c *cli.Context) (bool, error) {
	on := boolFlag(c, "announce")
	switch {
	case on && owner(c, "root").String("root") != "":
		return false, usageError{"--announce makes no sense with --root: nobody connects to a disk"}
	case on && c.Bool("dry-run"):
		return false, usageError{"--announce makes no sense with --dry-run, which changes nothing"}
	}
	return on, nil
}

// announce shows the host keys that were proven on the console, in the form that
// cloud-init has made known, and above the login prompt. A run that nobody
// watches does so only where they are news since the boot; the console is left to
// cloud-init where that is still to print them itself. Nothing fails because
// nobody could be told.
func (s *session) announce(ctx context.Context, r diag.Report) {
	if r.CutOff != "" {
		return
	}
	news, err := s.saveIssue(ctx, []byte(report.Issue(r.HostKeys)))
	if err != nil {
		s.log.Warn(err)
	}
	text := report.Console(r.HostKeys)
	if text == "" || s.p.unattended.on && (!news || cloudInitWillPrint(s.h.Files)) {
		return
	}
	if err := s.h.Files.Console(text); err != nil {
		s.log.Warn(err)
	}
}

// saveIssue writes the lines above the login prompt and has the consoles show
// them. Where no key is proven, lines from before are taken out. It tells whether
// there was anything new.
func (s *session) saveIssue(ctx context.Context, text []byte) (news bool, err error) {
	before, err := s.h.Files.Read(issueFile, issueLimit)
	if err == nil && bytes.Equal(before, text) || host.IsAbsent(err) && len(text) == 0 {
		return false, nil
	}
	if err := s.h.Files.Mkdir(issueDir, 0o755, 0, 0); err != nil && !errors.Is(err, os.ErrExist) {
		return true, fmt.Errorf("cannot show the host keys above the login prompt: %w", err)
	}
	if err := s.h.Files.Put(issueFile, host.New{Data: text, Mode: 0o644}); err != nil {
		return true, fmt.Errorf("cannot show the host keys above the login prompt: %w", err)
	}
	s.reloadPrompts(ctx)
	return true, nil
}

// reloadPrompts has every agetty at which nobody has typed yet show the new
// lines. Older ones do so by themselves at the next login.
func (s *session) reloadPrompts(ctx context.Context) {
	const agetty = "/sbin/agetty"
	if there, err := s.h.Files.Exists(agetty); err != nil || !there {
		return
	}
	res := s.h.Run(ctx, host.Command{Path: agetty, Args: []string{"--reload"}, Timeout: 2 * time.Second})
	if res.Err != nil {
		s.log.Debug(res.Err)
	}
}

// cloudInitWillPrint tells whether cloud-init is at work on this boot and has yet
// to print the host keys: once per instance, when its last stage is nearly over.
// Whoever has told it not to is obeyed here as well.
func cloudInitWillPrint(files *host.Files) bool {
	there := func(path string) bool {
		is, err := files.Exists(path)
		return is && err == nil
	}
	return there("/run/cloud-init/enabled") && !there("/run/cloud-init/result.json") &&
		!there("/var/lib/cloud/instance/sem/config_keys_to_console")
}
