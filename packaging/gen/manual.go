package main

import (
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// manual is sshd-doctor(8).
func manual(t tree, version string, date time.Time) string {
	p := newPage(t.Name, "8", "System Manager's Manual", version, date)
	p.WriteString(escape(t.Name) + ` \- ` + escape(t.Usage) + "\n")
	p.section("SYNOPSIS")
	p.WriteString(".B " + t.Name + "\n[options]\n")
	for _, c := range t.Commands {
		p.WriteString(".br\n.B " + escape(t.Name+" "+c.Name) + "\n[options]")
		if c.Args != "" {
			p.WriteString(" " + escape(c.Args))
		}
		p.WriteString("\n")
	}
	p.section("DESCRIPTION")
	p.paragraph("Nobody can log in to this server over SSH. `sshd-doctor`, typed at its console, finds the one cause, says what it would do, asks once, repairs, and then proves by a real SSH handshake over loopback that the next connection gets through.")
	p.paragraph("It never overwrites a usable host key, never restarts an sshd that works, weakens nothing, and changes nothing that somebody may have decided unless that is agreed to.")
	p.section("COMMANDS")
	p.item(t.Name, "looks, and on a terminal then offers to repair.")
	for _, c := range t.Commands {
		p.item(strings.TrimSpace(c.Name+" "+c.Args), c.Usage+".")
	}
	p.section("OPTIONS")
	p.paragraph("Of every command:")
	options(p, t.Flags)
	for _, c := range t.Commands {
		own := ownOptions(t, c)
		if len(own) > 0 {
			p.paragraph("Of `" + c.Name + "`:")
			options(p, own)
		}
	}
	closing(p, t)
	return p.String()
}

// closing is what does not come from the command tree.
func closing(p *page, t tree) {
	p.section("EXIT STATUS")
	p.paragraph(strings.ReplaceAll(strings.TrimPrefix(t.Exit, "Exit status: "), "\n   ", "\n"))
	p.section("FILES")
	p.item("/run/sshd-doctor/lock", "keeps two repairs apart.")
	p.item("/run/sshd-doctor/last.json", "the report of the last unattended run, as `--json` prints it.")
	p.item("/usr/lib/systemd/system/sshd-doctor.timer", "repairs a few minutes after each boot and then every five minutes, without asking and without consent. It is not enabled by itself: `systemctl enable --now sshd-doctor.timer`.")
	p.item("/usr/lib/systemd/system/sshd-doctor-check.timer", "the same, but only looks.")
	p.section("ENVIRONMENT")
	p.item("NO_COLOR", "when set, nothing is coloured.")
	p.section("EXAMPLES")
	p.block("sshd-doctor\nsshd-doctor heal --dry-run\nsshd-doctor heal --allow unit-masked\njournalctl -t sshd-doctor")
	p.section("SEE ALSO")
	p.WriteString(".BR sshd\\-doctor\\-codes (7),\n.BR sshd (8),\n.BR sshd_config (5),\n.BR systemctl (1)\n")
}

func ownOptions(t tree, c command) []option {
	var own []option
	for _, o := range c.Flags {
		if !slices.ContainsFunc(t.Flags, func(all option) bool { return all.Names[0] == o.Names[0] }) {
			own = append(own, o)
		}
	}
	return own
}

func options(p *page, list []option) {
	for _, o := range list {
		if o.Names[0] == "help" {
			continue
		}
		term := spellings(o)
		text := o.Usage
		if o.Default != "" && o.Default != "0" && o.Default != "[]" {
			text += " (default: " + strings.Trim(o.Default, `"`) + ")"
		}
		p.item(term, text+".")
	}
}

// spellings is an option as it is typed: "--dry-run, -n".
func spellings(o option) string {
	var all []string
	for _, n := range o.Names {
		all = append(all, dashed(n))
	}
	text := strings.Join(all, ", ")
	if o.Value != "" {
		text += " " + o.Value
	}
	return text
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// codesManual is sshd-doctor-codes(7): every page of docs/codes, by stage.
func codesManual(version string, date time.Time) string {
	p := newPage("sshd-doctor-codes", "7", "Miscellaneous Information Manual", version, date)
	p.WriteString(`sshd\-doctor\-codes \- what the codes of sshd\-doctor mean` + "\n")
	p.section("DESCRIPTION")
	p.paragraph("A code names one thing that can be wrong with an SSH server. The stages are in the order in which a connection comes about. The same text is printed by `sshd-doctor explain CODE`.")
	rules := checkup.Rules()
	for _, stage := range diag.Stages() {
		p.section("STAGE " + strings.ToUpper(stage.String()))
		for _, r := range rules {
			if r.Stage == stage {
				codePage(p, r.Code)
			}
		}
	}
	p.section("SEE ALSO")
	p.WriteString(".BR sshd\\-doctor (8)\n")
	return p.String()
}

// codePage sets one page: a title, paragraphs, and blocks that are indented.
func codePage(p *page, code string) {
	text, ok := codes.Page(code)
	if !ok {
		return
	}
	title, body, _ := strings.Cut(text, "\n")
	p.subsection(strings.TrimPrefix(title, "# "))
	for part := range strings.SplitSeq(body, "\n\n") {
		part = strings.Trim(part, "\n")
		switch {
		case part == "":
		case strings.HasPrefix(part, "    "):
			p.block(strings.ReplaceAll("\n"+part, "\n    ", "\n")[1:])
		default:
			p.paragraph(part)
		}
	}
}
