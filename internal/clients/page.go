package clients

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// width is a console's, less a column for those that wrap early.
	width = 78
	// height leaves room for the verdict and a prompt on 25 lines.
	height = 21
)

// Page is the survey for a person, line by line. Without all it fits a console;
// with all it has every release, what is agreed on, and each cost.
func Page(f Facts, all bool) []string {
	s := f.Survey()
	p := &page{facts: f, survey: s, all: all}
	p.head()
	p.refused()
	p.server()
	if all {
		p.agreed()
	} else {
		p.others()
	}
	p.turned()
	if !all {
		p.fit()
	}
	return p.lines
}

type page struct {
	facts  Facts
	survey Survey
	all    bool
	lines  []string
}

func (p *page) add(format string, args ...any) {
	p.lines = append(p.lines, clip(fmt.Sprintf(format, args...)))
}

func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// clip makes a line fit to print, whatever a banner or a log holds.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return short(s, width)
}

func (p *page) head() {
	name := strings.TrimPrefix(p.facts.Host.Banner, "SSH-2.0-")
	p.add("%s: %s", p.facts.Where, name)
	in, out := Count(p.survey.In), Count(p.survey.Refused)
	if out == 0 {
		p.add("All %d known releases of SSH clients get in.", in)
		return
	}
	p.add("%d known releases of SSH clients get in, %d do not:", in, out)
}

// refused has a line for each group: which part fails, and what to do there.
func (p *page) refused() {
	if len(p.survey.Refused) == 0 {
		return
	}
	p.gap()
	p.add("  %-25s %-22s %s", "refused", "nothing in common", "what to do at the client")
	for _, g := range p.survey.Refused {
		p.add("  %-25s %-22s %s", g, failing(g.Meeting), atClient(g))
		if len(atClient(g)) > 26 {
			p.lines[len(p.lines)-1] = clip(fmt.Sprintf("  %-25s %s", g, failing(g.Meeting)))
			p.add("      %s", atClient(g))
		}
	}
}

// failing names the parts in short words.
func failing(m Meeting) string {
	if m.ShortRSA {
		return "RSA key too short"
	}
	var out []string
	for _, p := range m.Failed {
		out = append(out, [parts]string{"key exchange", "host key", "cipher", "MAC"}[p])
	}
	if len(out) > 2 {
		return out[0] + " +" + fmt.Sprint(len(out)-1)
	}
	return strings.Join(out, ", ")
}

func atClient(g Group) string {
	weak := ""
	if g.WeakOption {
		weak = " (weak)"
	}
	switch {
	case g.Option != "" && strings.HasPrefix(g.Name, openSSH):
		return "ssh " + g.Option + weak
	case g.Option != "":
		return g.Option + weak
	case g.Newer != "":
		return "use " + g.Newer + " or later"
	}
	return "use another client"
}

// others says in a summary who gets in, and of whom too little is known.
func (p *page) others() {
	if len(p.survey.In) > 0 && len(p.survey.Refused) > 0 {
		p.gap()
		p.list("These get in: ", Programs(p.survey.In), 3)
	}
	if len(p.survey.Unknown) > 0 {
		p.list("Could not tell: ", Programs(p.survey.Unknown), 1)
	}
}

// list prints names, as many as fit into some lines.
func (p *page) list(lead string, groups []Group, lines int) {
	line := lead
	indent := "  "
	for i, g := range groups {
		item := g.String()
		if i < len(groups)-1 {
			item += ","
		}
		if len(line)+1+len(item) > width {
			if lines--; lines == 0 {
				p.add("%s and %d more", line, len(groups)-i)
				return
			}
			p.add("%s", line)
			line = indent
		}
		if line != lead && line != indent {
			line += " "
		}
		line += item
	}
	p.add("%s", line)
}

// agreed lists who gets in, and with what.
func (p *page) agreed() {
	p.gap()
	for _, g := range p.survey.In {
		asks := ""
		if len(g.Meeting.Asks) > 0 {
			asks = " (asks first)"
		}
		p.add("  %-26s gets in%s with", g, asks)
		a := g.Meeting.Agreed
		mac := a[MAC]
		if mac == "" {
			mac = "its own MAC"
		}
		p.add("      %s, %s", a[Kex], a[HostKey])
		p.add("      %s, %s", a[Cipher], mac)
	}
	for _, g := range p.survey.Unknown {
		p.add("  %-26s could not tell: its offer is known in part", g)
	}
}

// fit takes lines off the list of the refused until all fits.
func (p *page) fit() {
	over := len(p.lines) - height
	if over <= 0 {
		return
	}
	from := slices.IndexFunc(p.lines, func(l string) bool { return strings.HasPrefix(l, "  refused") }) + 1
	to := from
	for to < len(p.lines) && p.lines[to] != "" {
		to++
	}
	if cut := to - over - 1; from > 0 && cut > from {
		left := to - cut
		p.lines = slices.Concat(p.lines[:cut], []string{fmt.Sprintf("  ... %d lines more: sshd-doctor clients --all", left)}, p.lines[to:])
	}
}
