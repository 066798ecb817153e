package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
)

// defaultTimeout bounds a whole run.
const defaultTimeout = 2 * time.Minute

// commonFlags stand before and after the name of a command.
func commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntSliceFlag{Name: "port", Usage: "expect sshd on port `N` (may be repeated)"},
		&cli.StringFlag{Name: "sshd-config", Usage: "ask sshd about `FILE`, not its usual one"},
		&cli.StringFlag{Name: "root", Usage: "look at the disk mounted at `DIR`, not at this machine"},
		&cli.BoolFlag{Name: "no-exec", Usage: "with --root: run no program of that disk"},
		&cli.BoolFlag{Name: "json", Usage: "print one JSON object and nothing else"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the verdict only"},
		&cli.BoolFlag{Name: "no-color", Usage: "print without colours"},
		&cli.DurationFlag{Name: "timeout", Usage: "give up after `D`, for example 30s", Value: defaultTimeout},
		&cli.StringFlag{Name: "log-level", Usage: "log to stderr: `L` is error, warning, info or debug", Value: "warning"},
	}
}

func healFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would be done, change nothing"},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "agree to every repair that asks"},
		&cli.StringSliceFlag{Name: "allow", Usage: "agree to repairs of `CODE` (repeatable)"},
		announceFlag(),
	}
}

func explainFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: noLook, Usage: "do not look at this server to explain a message"},
	}
}

const noLook = "no-look"

// owner is the nearest context in which a flag was given, the command's own
// before the program's.
func owner(c *cli.Context, name string) *cli.Context {
	for _, l := range c.Lineage() {
		if l.Command == nil {
			continue
		}
		for _, set := range l.LocalFlagNames() {
			if set == name {
				return l
			}
		}
	}
	return c
}

func boolFlag(c *cli.Context, name string) bool { return owner(c, name).Bool(name) }

// options reads what every command understands.
func options(c *cli.Context, command string) (checkup.Options, error) {
	o := checkup.Options{Version: version, Command: command, ConfigFile: owner(c, "sshd-config").String("sshd-config")}
	if err := rootOptions(c, &o); err != nil {
		return o, err
	}
	for _, p := range owner(c, "port").IntSlice("port") {
		if p < 1 || p > 65535 {
			return o, usageError{fmt.Sprintf("--port %d is not a port: give a number from 1 to 65535", p)}
		}
		o.Ports = append(o.Ports, p)
	}
	if o.ConfigFile != "" && !filepath.IsAbs(o.ConfigFile) {
		return o, usageError{fmt.Sprintf("--sshd-config %q is not an absolute path", o.ConfigFile)}
	}
	if d := timeout(c); d <= 0 {
		return o, usageError{fmt.Sprintf("--timeout %s is no time to work in", d)}
	}
	return o, nil
}

func timeout(c *cli.Context) time.Duration { return owner(c, "timeout").Duration("timeout") }
