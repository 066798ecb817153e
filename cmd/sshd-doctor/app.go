package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// version is set when the program is built.
var version = "dev"

// program is one run: its streams, its environment and what came of it.
type program struct {
	in       *os.File
	out, err *os.File
	env      func(string) string
	// outcome is what a command concluded: it decides the exit code. Help and
	// version conclude nothing.
	outcome diag.Report
	// unattended: who is told when the run is over.
	unattended unattended
}

// run does what the command line says and returns the exit code.
func (p *program) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if fault := recover(); fault != nil {
			fmt.Fprintf(p.err, "sshd-doctor: %v: %v\n%s", errInternal, fault, debug.Stack())
			code = exitInternal
		}
	}()
	app := p.app()
	err := app.RunContext(ctx, args)
	p.recall(&host.Host{Files: host.NewFiles("/"), UID: os.Geteuid()})
	code = codeOf(ctx, p.outcome, err)
	untold := p.untold(&host.Host{Files: host.NewFiles("/"), Now: time.Now}, p.tellWatchers(err, code))
	if untold != nil {
		fmt.Fprintf(p.err, "sshd-doctor: %v\n", untold)
	}
	if !p.unattended.on || untold != nil || wantsJSON(args) {
		p.complain(args, err, code)
	}
	return p.unattended.exit(code)
}

// complain says what went wrong, on the right stream and in the right form.
func (p *program) complain(args []string, err error, code int) {
	var message string
	switch {
	case err != nil:
		message = err.Error()
	case code == exitInterrupted && p.outcome.CutOff == "":
		message = "interrupted"
	default:
		return
	}
	fmt.Fprintf(p.err, "sshd-doctor: %s\n", message)
	if code == exitUsage {
		fmt.Fprintln(p.err, "Try: sshd-doctor --help")
	}
	if err != nil && wantsJSON(args) {
		_ = report.JSONError(p.out, version, p.commandIn(args), message, code)
	}
}

// wantsJSON looks at the raw arguments, because a usage error may have kept the
// parser from reaching the flag.
func wantsJSON(args []string) bool {
	return slices.Contains(args, "--json") || slices.Contains(args, "-json") || slices.Contains(args, "--json=true")
}

func (p *program) commandIn(args []string) string {
	for _, a := range args[min(1, len(args)):] {
		for _, c := range p.commands() {
			if a == c.Name {
				return a
			}
		}
	}
	return "check"
}

func (p *program) app() *cli.App {
	app := &cli.App{
		Name:                  "sshd-doctor",
		Usage:                 "find out why nobody can log in over SSH, and repair it",
		Flags:                 commonFlags(),
		Action:                p.look(askOnTerminal),
		Commands:              p.commands(),
		HideVersion:           true,
		HideHelpCommand:       true,
		Writer:                p.out,
		ErrWriter:             p.err,
		CustomAppHelpTemplate: appHelp(p.commands()),
		OnUsageError:          usage,
		// The library would end the process itself: no deferred call would run.
		ExitErrHandler: func(*cli.Context, error) {},
	}
	for _, c := range app.Commands {
		c.OnUsageError = usage
		c.CustomHelpTemplate = commandHelp(c.Flags)
		switch c.Name {
		case "identity":
			c.CustomHelpTemplate += identityHelp
		case "bundle":
			c.CustomHelpTemplate += bundleHelp
		}
	}
	app.CommandNotFound = nil
	return app
}

func usage(_ *cli.Context, err error, _ bool) error { return usageError{err.Error()} }

func (p *program) version(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	return printVersion(p.out, boolFlag(c, "json"))
}

func printVersion(w io.Writer, asJSON bool) error {
	if asJSON {
		_, err := fmt.Fprintf(w, "{\"schema\": %d, \"version\": %q, \"command\": \"version\"}\n", report.Schema, version)
		return err
	}
	_, err := fmt.Fprintf(w, "sshd-doctor %s\n", version)
	return err
}

func noArguments(c *cli.Context) error {
	if c.NArg() == 0 {
		return nil
	}
	arg := c.Args().First()
	if atTop(c) {
		names := []string{}
		for _, cmd := range c.App.Commands {
			names = append(names, cmd.Name)
		}
		return usageError{fmt.Sprintf("there is no command %q; there are: %s", arg, strings.Join(names, ", "))}
	}
	return usageError{fmt.Sprintf("%s takes no argument, but was given %q", c.Command.Name, arg)}
}

// atTop: no command was named.
func atTop(c *cli.Context) bool { return c.Command.Name == "sshd-doctor" || c.Command.Name == "" }
