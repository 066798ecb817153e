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
	// mostGroups is up to how many groups of refused clients each has a line;
	// beyond that each program has.
	mostGroups = 8
)

// Page is the survey for a person, line by line. Without all it fits a console;
// with all it has every release, what is agreed on, and what each fix costs.
func Page(f Facts, all bool) []string {
	p := &page{facts: f, survey: f.Survey(), all: all}
	p.write()
	if !all && len(p.lines) > height {
		p = &page{facts: f, survey: p.survey, terse: true}
		p.write()
		p.fit()
	}
	out := make([]string, 0, len(p.lines))
	for _, l := range p.lines {
		out = append(out, l.text)
	}
	return out
}

type page struct {
	facts  Facts
	survey Survey
	all    bool
	// terse: lists of names have one line each.
	terse bool
	lines []line
}

func (p *page) write() {
	p.head()
	p.refused()
	p.server()
	if p.all {
		p.agreed()
	} else {
		p.others()
	}
	p.turned()
}

// line is one line, and how easily it can be spared: the highest go first.
type line struct {
	text  string
	spare int
}

// gapLevel is how easily an empty line is spared.
const gapLevel = 9

func (p *page) add(spare int, format string, args ...any) {
	p.lines = append(p.lines, line{clip(fmt.Sprintf(format, args...)), spare})
}

func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1].text != "" {
		p.lines = append(p.lines, line{spare: gapLevel})
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

// fit takes lines away that can be spared, the last first, until all fits.
func (p *page) fit() {
	if len(p.lines) <= height {
		return
	}
	room := height
	for level := gapLevel; level > 0; level-- {
		for i := len(p.lines) - 1; i >= 0 && len(p.lines) > room; i-- {
			if p.lines[i].spare != level {
				continue
			}
			if level < gapLevel && room == height {
				// One line less, for the one that says so.
				room--
			}
			p.lines = slices.Delete(p.lines, i, i+1)
		}
	}
	if room < height {
		p.add(0, "(shortened; all of it: sshd-doctor clients --all)")
	}
}

func (p *page) head() {
	p.add(0, "%s: %s", p.facts.Where, strings.TrimPrefix(p.facts.Host.Banner, "SSH-2.0-"))
	in, out := Count(p.survey.In), Count(p.survey.Refused)
	if out == 0 {
		p.add(0, "All %d known releases of SSH clients get in.", in)
		return
	}
	p.add(0, "%d known releases of SSH clients get in, %d do not:", in, out)
}

// refused has a line for each group: which part fails, and what to do there.
func (p *page) refused() {
	groups := p.survey.Refused
	if len(groups) == 0 {
		return
	}
	if !p.all && len(groups) > mostGroups {
		groups = joined(groups)
	}
	p.gap()
	p.add(2, "  %-27s %-22s %s", "refused", "nothing in common", "what to do at the client")
	for i, g := range groups {
		spare := 0
		if i >= 3 {
			spare = 3
		}
		fails := failing(g.Meeting)
		const name, part = 27, 22
		advice := atClient(g)
		if len(g.String()) <= name && len(fails) <= part && len(advice) <= width-name-part-4 {
			p.add(spare, "  %-27s %-22s %s", g, fails, advice)
			continue
		}
		p.add(spare, "  %-27s %s", g, fails)
		p.add(spare, "      %s", advice)
	}
}

// joined is one group for each program, with what helps its newest releases.
func joined(groups []Group) []Group {
	var out []Group
	for _, g := range groups {
		n := len(out)
		if n == 0 || out[n-1].Name != g.Name || out[n-1].last != g.last-len(g.Versions) {
			out = append(out, g)
			continue
		}
		versions := slices.Concat(out[n-1].Versions, g.Versions)
		out[n-1] = g
		out[n-1].Versions = versions
	}
	return out
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
		return fmt.Sprintf("%s, and %d more", out[0], len(out)-1)
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
	var asks, in []Group
	for _, g := range p.survey.In {
		if len(g.Meeting.Asks) > 0 {
			asks = append(asks, g)
		} else {
			in = append(in, g)
		}
	}
	if len(p.survey.Refused) > 0 || len(asks) > 0 {
		p.gap()
		p.list(5, "These get in: ", Programs(in), 3)
	}
	p.list(4, "These ask their user first, about a weak method: ", Programs(asks), 2)
	p.list(6, "Could not tell: ", Programs(p.survey.Unknown), 1)
}

// list prints names, as many as fit into some lines; no names, no line.
func (p *page) list(spare int, lead string, groups []Group, most int) {
	if len(groups) == 0 {
		return
	}
	if p.terse {
		most = 1
	}
	const more = len(", and 99 more")
	text, begun := lead, true
	for i, g := range groups {
		item := g.String()
		if !begun {
			item = ", " + item
		}
		room := width
		if most == 1 && i < len(groups)-1 {
			room -= more
		}
		if len(text)+len(item) > room {
			if most == 1 {
				p.add(spare, "%s, and %d more", text, len(groups)-i)
				return
			}
			p.add(spare, "%s,", text)
			most--
			text, item = "    ", g.String()
		}
		text, begun = text+item, false
	}
	p.add(spare, "%s", text)
}

// agreed lists who gets in, and with what.
func (p *page) agreed() {
	p.gap()
	for _, g := range p.survey.In {
		asks := ""
		if len(g.Meeting.Asks) > 0 {
			asks = " (asks first)"
		}
		p.add(0, "  %-27s gets in%s with", g, asks)
		a := g.Meeting.Agreed
		mac := a[MAC]
		if mac == "" {
			mac = "its own MAC"
		}
		p.add(0, "      %s, %s", a[Kex], a[HostKey])
		p.add(0, "      %s, %s", a[Cipher], mac)
	}
	for _, g := range p.survey.Unknown {
		p.add(0, "  %-27s could not tell: its offer is known in part", g)
	}
}
