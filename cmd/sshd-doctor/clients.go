package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func clientsFlags() []cli.Flag {
	return append(commonFlags(), &cli.BoolFlag{Name: "all", Usage: "every release, what is agreed on, and each cost"})
}

// clients is the action of "clients": which known clients can talk to this server.
// The exit code is that of the look at the server itself; an old client that is
// refused is no fault of it.
func (p *program) clients(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := p.session(c, "clients")
	if err != nil {
		return err
	}
	defer s.end()
	s.options.Refused = checkup.WholeDay
	p.outcome = s.lookOnce(s.ctx)
	f, err := checkup.Clients(s.facts, p.outcome)
	if err != nil {
		return err
	}
	if s.json {
		return writeJSON(p.out, clientsJSON(f, p.outcome))
	}
	if f.Server == nil {
		fmt.Fprintln(p.out, "sshd's offer could not be read, so nothing is known about clients.")
	} else if !s.quiet {
		for _, line := range clients.Page(f, c.Bool("all")) {
			fmt.Fprintln(p.out, line)
		}
	}
	fmt.Fprintln(p.out, aboutServer(p.outcome, s.quiet, f.Server == nil))
	return nil
}

// aboutServer is the last line: how the server itself is.
func aboutServer(r diag.Report, quiet, mute bool) string {
	lead := "\n"
	if quiet || mute {
		lead = ""
	}
	switch r.Verdict {
	case diag.Healthy:
		return lead + "HEALTHY: the server is in order."
	case diag.Unknown:
		return lead + "COULD NOT TELL how the server is. Next:  sshd-doctor check"
	case diag.Degraded:
		return lead + "DEGRADED: something is wrong with the server. Next:  sshd-doctor check"
	}
	return lead + "BROKEN: the server has a problem of its own. Next:  sshd-doctor check"
}
