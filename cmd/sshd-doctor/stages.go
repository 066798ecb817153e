package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// printStages says how to ask. All codes at once would be more than twice a
// console, which has nothing to scroll back with.
func printStages(w io.Writer, rules []diag.Rule) error {
	fmt.Fprint(w, "sshd-doctor explain CODE     what a code in the report means, and what to do\n"+
		"sshd-doctor explain STAGE    the codes of a stage\n"+
		"sshd-doctor explain TEXT     what a client or a log said, and what is so here\n"+
		"sshd-doctor explain -        the same; TEXT is read from standard input\n\nThe stages, in the order in which a connection comes about:\n\n")
	for _, s := range diag.Stages() {
		n := len(listed(rules, s))
		fmt.Fprintf(w, "  %-12s %2d codes   %s\n", s, n, aboutStage(s))
	}
	_, err := fmt.Fprint(w, "\nFor example: sshd-doctor explain hostkey-missing\n")
	return err
}

// aboutStage says in a few words what can be wrong at a stage.
func aboutStage(s diag.Stage) string {
	switch s {
	case diag.Install:
		return "sshd's programs, libraries and user"
	case diag.Config:
		return "what stands in sshd_config"
	case diag.HostKeys:
		return "the keys by which clients know this server"
	case diag.Service:
		return "what systemd does with sshd"
	case diag.Listen:
		return "the port and the addresses"
	case diag.Handshake:
		return "a connection that breaks off"
	case diag.Negotiation:
		return "no method in common with a client"
	case diag.Identity:
		return "which host key clients see"
	}
	return ""
}

// explainStage lists the codes of a stage in two columns.
func (p *program) explainStage(s diag.Stage, asJSON bool) error {
	list := listed(checkup.Rules(), s)
	if asJSON {
		return writeJSON(p.out, explained{jsonHead: headOf("explain"), Codes: list})
	}
	fmt.Fprintf(p.out, "%s: %s\n\n", s, aboutStage(s))
	half := (len(list) + 1) / 2
	for i := range half {
		right := ""
		if half+i < len(list) {
			right = list[half+i].Code
		}
		if right == "" {
			fmt.Fprintf(p.out, "  %s\n", list[i].Code)
			continue
		}
		fmt.Fprintf(p.out, "  %-36s  %s\n", list[i].Code, right)
	}
	example := "CODE"
	if len(list) > 0 {
		example = list[0].Code
	}
	_, err := fmt.Fprintf(p.out, "\nOne of them: sshd-doctor explain %s\n", example)
	return err
}

// listed are the codes of rules, of some stages or, without any, of all.
func listed(rules []diag.Rule, stages ...diag.Stage) []listedCode {
	var out []listedCode
	for _, r := range rules {
		if len(stages) > 0 && !slices.Contains(stages, r.Stage) {
			continue
		}
		title := codes.Title(r.Code)
		if title == "" {
			title = r.Title
		}
		out = append(out, listedCode{Code: r.Code, Stage: r.Stage.String(), Title: title})
	}
	return out
}
