package casebook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// installUnits puts the units into a box as a package would, and enables none. Their
// directories are there, as they are after the first run.
func installUnits(ctx context.Context, b *box.Box, dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.service"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("cannot find units in %s: %v", dir, err)
	}
	for _, name := range names {
		if filepath.Base(name) == "sshd-doctor-problem.service" {
			continue // so that the exit statuses are those that a case speaks of
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("cannot install the units: %w", err)
		}
		to := filepath.Join(b.Root(), "lib/systemd/system", filepath.Base(name))
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return fmt.Errorf("cannot install the units: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(b.Root(), "lib/systemd/system", kept), []byte(keeper), 0o644); err != nil {
		return fmt.Errorf("cannot install the units: %w", err)
	}
	r, err := b.Run(ctx, "mkdir -p -m 0700 /run/sshd-doctor; mkdir -p -m 0755 /var/lib/sshd-doctor; systemctl daemon-reload")
	if err == nil && r.Exit != 0 {
		err = errors.New(r.Stderr)
	}
	return err
}

// A unit that has ended well is forgotten with its exit status, unless another one
// speaks of it: on a server that is its timer.
const (
	kept   = "sshd-doctor-kept.target"
	keeper = "[Unit]\nDefaultDependencies=no\nAfter=sshd-doctor.service sshd-doctor-check.service\n"
)

// started runs the unit to its end and prints its exit status and its report.
const started = `rm -f /run/sshd-doctor/last.json
systemctl start ` + kept + `
systemctl reset-failed "$1" 2>/dev/null || true
systemctl start "$1" 2>/dev/null
systemctl show -p ExecMainStatus --value "$1"
cat /run/sshd-doctor/last.json
# The unit's own state is none that the case is about.
systemctl reset-failed "$1" 2>/dev/null || true`

// seeUnit runs the doctor inside the sandbox of its unit: heal in
// sshd-doctor.service, check in sshd-doctor-check.service.
func seeUnit(ctx context.Context, b *box.Box, args ...string) (visit, error) {
	unit := "sshd-doctor.service"
	if args[0] == "check" {
		unit = "sshd-doctor-check.service"
	}
	v := visit{args: "systemctl start " + unit}
	began := time.Now()
	r, err := b.Exec(ctx, nil, "sh", "-c", started, "sh", unit)
	if err != nil {
		return v, err
	}
	code, text, _ := strings.Cut(r.Stdout, "\n")
	exit, err := strconv.Atoi(code)
	if err != nil {
		return v, fmt.Errorf("cannot read the exit status of %s from %q", unit, r.Stdout)
	}
	if exit == 3 {
		exit = 1 // what somebody has decided is no failure of the unit
	}
	v.result = box.Result{Stdout: text, Stderr: r.Stderr, Exit: exit, Took: time.Since(began)}
	v.report, v.bad = parseReport(strings.NewReader(text))
	return v, nil
}
