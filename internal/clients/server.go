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
	p.add(1, "What this server could do (in sshd_config, where it is a setting):")
	told := map[string]bool{}
	for _, f := range good {
		p.good(f)
		if !told[f.fix.Key] {
			p.commands(f.fix)
		}
		told[f.fix.Key] = true
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
		p.add(2, "%s: %s", lead, strings.Join(weakNames(weak), ", "))
		p.add(2, "  sshd-doctor adds none. What each costs: sshd-doctor clients --all")
	}
	if len(none) > 0 {
		var groups []Group
		for _, f := range none {
			groups = append(groups, f.groups...)
		}
		p.add(3, "  Nothing; its sshd has no method any more that these know:")
		p.list(3, "    ", Programs(groups), 1)
	}
}

// good is a fix that weakens nothing: a host key, or a method of today.
func (p *page) good(f fixes) {
	words := strings.Join(f.fix.settings(), ", ")
	if f.fix.Key != "" {
		key := "a new " + strings.ToUpper(f.fix.Key) + " host key"
		if words != "" {
			key += ", and " + words
		}
		words = key
	}
	p.add(1, "  %s", words)
	p.list(2, "    lets in ", Programs(f.groups), 2)
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

// commands are what to type for a new host key. ssh-keygen -A makes what is missing
// and touches no key that is there; a HostKey line belongs before any Match. What
// stands in a list of methods is edited by a person.
func (p *page) commands(f Fix) {
	switch {
	case f.Key == "":
		return
	case slices.Contains(p.facts.Host.Made, f.Key):
		p.add(1, "    sshd-doctor heal")
		return
	}
	p.add(1, "    ssh-keygen -A")
	p.add(1, "    sed -i '1i HostKey /etc/ssh/ssh_host_%s_key' /etc/ssh/sshd_config", f.Key)
	p.add(1, "    sshd -t && systemctl restart ssh")
}

// weak is a fix that costs something.
func (p *page) weak(f fixes) {
	p.add(0, "  %s", strings.Join(f.fix.settings(), ", "))
	if f.fix.Key != "" {
		p.add(0, "    together with a new %s host key", strings.ToUpper(f.fix.Key))
	}
	p.list(0, "    would let in ", Programs(f.groups), 3)
	p.add(0, "    It is your decision. The cost:")
	for _, part := range f.fix.Weak {
		p.add(0, "    %s", cost(part, f.fix.Add[part]))
	}
}

// weakNames are the methods that would be needed, one line full at most.
func weakNames(all []fixes) []string {
	var out []string
	room := 24
	for _, f := range all {
		for _, part := range f.fix.Weak {
			name := f.fix.Add[part]
			switch {
			case slices.Contains(out, name):
			case len(name) > room:
				return append(out, "...")
			default:
				out = append(out, name)
				room -= len(name) + 2
			}
		}
	}
	return out
}

// turned says who was refused in the last day.
func (p *page) turned() {
	all := p.facts.Turned()
	p.gap()
	span := "in the last day"
	if !p.facts.Whole && !p.facts.Back.IsZero() {
		span = "since " + p.facts.Back.UTC().Format("15:04 MST") + " (its log is long)"
	}
	switch {
	case p.facts.RefusalsErr != "":
		p.add(3, "Refused in the last day: %s", p.facts.RefusalsErr)
	case len(all) == 0:
		p.add(7, "sshd refused nobody for that reason %s.", span)
	default:
		p.add(2, "Refused %s:", span)
	}
	for i, t := range all {
		p.one(t, min(2+i, 8))
	}
}

func (p *page) one(t Turned, spare int) {
	who := t.subject()
	if n := len(t.Peers); n > 1 {
		who += fmt.Sprintf(" and %d more", n-1)
	}
	if t.Count > 1 {
		who += fmt.Sprintf(" (%dx)", t.Count)
	}
	over := ""
	if !t.Now && p.facts.Server != nil && !t.Cut {
		over = " (over: not any more)"
	}
	p.add(spare, "  %s: no common %s%s; %s", who, t.Part, over, t.Likely())
	if !p.all {
		return
	}
	if g, ok := t.Remedy(p.survey); ok {
		p.add(0, "      at the client: %s", atClient(g))
	}
	p.add(0, "      %s", t.Last.UTC().Format("2006-01-02 15:04 MST"))
	for rest := "offered: " + strings.Join(t.Offer, ","); rest != ""; {
		n := min(len(rest), width-6)
		p.add(0, "      %s", rest[:n])
		rest = rest[n:]
	}
}
