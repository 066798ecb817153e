package main

import (
	"context"
	"errors"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
)

// The exit codes. They never depend on the output format. More may be added;
// an unknown one must be read as failure.
const (
	exitOK      = 0
	exitProblem = 1
	exitUnknown = 2
	// exitStands takes the place of 1 and 2 at the end of an unattended run whose
	// unit has nothing to fail about: the problem unit stands for what remains, or
	// sshd is off because somebody has decided so.
	exitStands      = 3
	exitUsage       = 64
	exitInternal    = 70
	exitLocked      = 75
	exitNeedsRoot   = 77
	exitInterrupted = 130
)

const exitHelp = `Exit status: 0 healthy or healed; 1 a problem remains; 2 could not tell;
   3 unattended: see the failed units; 64 wrong usage; 70 our own fault;
   75 another is at work; 77 needs root; 130 interrupted. Others are failures.
`

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// errNeedsRoot is returned where nothing can be said or done without root.
var errNeedsRoot = errors.New("cannot repair without root: run it as root, for example with sudo")

// errRescueRoot is the same for a rescue.
var errRescueRoot = errors.New("cannot do this without root: run it as root, for example with sudo")

// errInternal marks a fault of the program itself.
var errInternal = errors.New("a fault in sshd-doctor itself")

// codeOf is the one place where an outcome becomes an exit code.
func codeOf(ctx context.Context, r diag.Report, err error) int {
	var usage usageError
	var readOnly errReadOnly
	switch {
	case errors.As(err, &readOnly):
		return exitProblem
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, heal.ErrLocked):
		return exitLocked
	case errors.Is(err, errNeedsRoot), errors.Is(err, errRescueRoot):
		return exitNeedsRoot
	case context.Cause(ctx) != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return exitInterrupted
	case errors.Is(err, errNotWritten):
		return exitProblem
	case err != nil:
		return exitInternal
	}
	switch r.Verdict {
	case diag.Healthy, "":
		return exitOK
	case diag.Unknown:
		return exitUnknown
	}
	return exitProblem
}

// exit is what the process ends with, where the outcome is code.
func (u unattended) exit(code int) int {
	if u.stands && (code == exitProblem || code == exitUnknown) {
		return exitStands
	}
	return code
}
