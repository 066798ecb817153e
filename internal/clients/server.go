package clients

import (
	"fmt"
	"slices"
	"strings"
)

// fixes are refused groups with the same fix.
type fixes struct {
	fix    Fix
	groups []Group
}

func (p *page) byFix(match func(Fix) bool) []fixes {
	var out []fixes
	for _, g := range p.survey.Refused {
		if !match(g.Fix) {
			continue
		}
		key := fmt.Sprintf("%+v", g.Fix)
		i := slices.IndexFunc(out, func(f fixes) bool { return fmt.Sprintf("%+v", f.fix) == key })
		if i < 0 {
			i = len(out)
			out = append(out, fixes{fix: g.Fix})
		}
		out[i].groups = append(out[i].groups, g)
	}
	return out
}

func (f Fix) weak() bool { return len(f.Weak) > 0 }

// server says what could be done on the server: first what weakens nothing.
func (p *page) server() {
	good := p.byFix(func(f Fix) bool { return !f.None && !f.weak() })
	weak := p.byFix(Fix.weak)
	none := p.byFix(func(f Fix) bool { return f.None })
	if len(good)+len(weak)+len(none) == 0 {
		return
	}
	p.gap()
	p.add("On this server:")
	for _, f := range good {
		p.good(f)
	}
	switch {
	case len(weak) > 0 && p.all:
		for _, f := range weak {
			p.weak(f)
		}
	case len(weak) > 0:
		lead := "  Only a weak method would help"
		if len(good) > 0 {
			lead = "  For the others only a weak method would help"
		}
		p.add("%s (%s).", lead, strings.Join(weakNames(weak), ", "))
		p.add("  That is your decision; what it costs: sshd-doctor clients --all")
	}
	if len(none) > 0 {
		var groups []Group
		for _, f := range none {
			groups = append(groups, f.groups...)
		}
		p.list("  Nothing helps here, sshd has none of their methods: ", groups, 2)
	}
}

// good is a fix that weakens nothing: a host key, or a method of today.
func (p *page) good(f fixes) {
	words := strings.Join(f.fix.settings(), ", ")
	if f.fix.Key != "" {
		key := strings.ToUpper(f.fix.Key) + " host key"
		if words != "" {
			key += ", and " + words
		}
		words = "a new " + key
	}
	p.list("  "+words+" lets in ", f.groups, 2)
	for _, command := range p.commands(f.fix) {
		p.add("      %s", command)
	}
}

// settings are the methods to add, with their settings.
func (f Fix) settings() []string {
	var out []string
	for _, part := range Parts() {
		if name := f.Add[part]; name != "" {
			out = append(out, part.Setting()+" +"+name)
		}
	}
	return out
}

// commands are what to type for a new host key. What stands in a list of methods
// is edited by a person.
func (p *page) commands(f Fix) []string {
	switch {
	case f.Key == "":
		return nil
	case slices.Contains(p.facts.Host.Made, f.Key):
		return []string{"sshd-doctor heal"}
	}
	path := "/etc/ssh/ssh_host_" + f.Key + "_key"
	return []string{
		fmt.Sprintf("ssh-keygen -q -t %s -N '' -f %s", f.Key, path),
		fmt.Sprintf("and a line in sshd_config: HostKey %s; then restart sshd", path),
	}
}

// weak is a fix that costs something.
func (p *page) weak(f fixes) {
	p.list("  "+strings.Join(f.fix.settings(), ", ")+" would let in ", f.groups, 2)
	if f.fix.Key != "" {
		p.add("      together with a new %s host key", strings.ToUpper(f.fix.Key))
	}
	p.add("      It is your decision. The cost:")
	for _, part := range f.fix.Weak {
		p.add("      %s", cost(part, f.fix.Add[part]))
	}
}

func weakNames(all []fixes) []string {
	var out []string
	for _, f := range all {
		for _, part := range f.fix.Weak {
			if name := f.fix.Add[part]; !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	const most = 2
	if len(out) > most {
		return append(out[:1], "...")
	}
	return out
}

// turned says who was refused in the last day.
func (p *page) turned() {
	all := p.facts.Turned()
	if p.facts.RefusalsErr != "" {
		p.gap()
		p.add("Who was refused in the last day: %s", p.facts.RefusalsErr)
	}
	if len(all) == 0 {
		if p.facts.RefusalsErr == "" {
			p.gap()
			p.add("In the last day sshd refused nobody for that reason.")
		}
		return
	}
	p.gap()
	p.add("Refused in the last day:")
	most := 3
	if p.all {
		most = len(all)
	}
	for i, t := range all {
		if i == most {
			p.add("  ... and %d more kinds: sshd-doctor clients --all", len(all)-i)
			break
		}
		p.one(t)
	}
}

func (p *page) one(t Turned) {
	who := t.subject()
	if n := len(t.Peers); n > 1 {
		who += fmt.Sprintf(" +%d", n-1)
	}
	times := ""
	if t.Count > 1 {
		times = fmt.Sprintf(" (%dx)", t.Count)
	}
	p.add("  %s%s: no common %s; %s", who, times, t.Part, t.Likely())
	if g, ok := t.Remedy(p.survey); ok && p.all {
		p.add("      at the client: %s", atClient(g))
	}
	if !t.Now && p.facts.Server != nil && !t.Cut {
		p.add("      That is over: it gets past this now.")
	}
	if p.all {
		p.add("      %s it offered: %s", t.Last.UTC().Format("2006-01-02 15:04 MST"), strings.Join(t.Offer, ","))
	}
}
