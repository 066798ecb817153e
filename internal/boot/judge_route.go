package boot

import (
	"slices"
	"strconv"
	"strings"
)

// packet is the first packet of a new TCP connection.
type packet struct {
	port int
	// six: over IPv6; loop: from this machine itself.
	six, loop bool
	// nat: its destination may have been another one.
	nat bool
}

// fate is what can become of a packet: every rule whose conditions are not known
// is taken both ways.
type fate struct {
	// accepted, passed: it may be accepted, or come to the end of the chain.
	accepted, passed bool
	// by is the last rule or policy that drops it.
	by string
}

// mostSteps bounds the walk through chains that jump to one another.
const mostSteps = 20000

type walk struct {
	chains []Chain
	packet packet
	steps  int
}

// dropped tells whether a packet is certainly dropped, by what, and in which base
// chain: only then is anything said about a firewall. What is not understood may
// let it in.
func dropped(chains []Chain, p packet) (in Chain, by string, is bool) {
	p.nat = slices.ContainsFunc(chains, func(c Chain) bool {
		return slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Verdict == Translate })
	})
	w := &walk{chains: chains, packet: p}
	for _, c := range chains {
		if (c.Hook != "input" && c.Hook != "prerouting") || !c.sees(p) {
			continue
		}
		end := w.run(c, 0)
		switch {
		case end.accepted || w.steps > mostSteps:
		case end.passed && c.Policy != "drop":
		case end.passed:
			return c, c.where() + ": policy drop", true
		default:
			return c, end.by, true
		}
	}
	return Chain{}, "", false
}

// sees tells whether a chain is asked about packets of this family.
func (c Chain) sees(p packet) bool { return c.Family == "inet" || c.Family == "ip6" == p.six }

func (c Chain) where() string { return "chain " + c.Family + " " + c.Table + " " + c.Name }

func (w *walk) run(c Chain, depth int) fate {
	var f fate
	for _, r := range c.Rules {
		if w.steps++; w.steps > mostSteps || depth > 16 {
			return fate{accepted: true, passed: true}
		}
		may, must := r.matches(w.packet)
		if !may {
			continue
		}
		ends := w.apply(c, r, depth, &f)
		if must && ends {
			return f
		}
	}
	f.passed = true
	return f
}

// apply notes what a matching rule may do, and tells whether no packet that it
// matches goes on behind it.
func (w *walk) apply(c Chain, r Rule, depth int, f *fate) (ends bool) {
	switch r.Verdict {
	case Accept:
		f.accepted = true
	case Drop, Reject:
		f.by = c.where() + ": " + r.Text
	case Return:
		f.passed = true
	case Jump, Goto:
		i := slices.IndexFunc(w.chains, func(t Chain) bool {
			return t.Family == c.Family && t.Table == c.Table && t.Name == r.Target
		})
		if i < 0 {
			f.accepted, f.passed = true, true // a target of another kind
			return false
		}
		sub := w.run(w.chains[i], depth+1)
		f.accepted = f.accepted || sub.accepted
		if sub.by != "" {
			f.by = sub.by
		}
		if r.Verdict == Goto {
			f.passed = f.passed || sub.passed
			return true
		}
		return !sub.passed
	case Unclear:
		f.accepted = true
		return false
	case Pass, Translate:
		return false
	}
	return true
}

// matches tells whether a rule may match a packet, and whether it must.
func (r Rule) matches(p packet) (may, must bool) {
	may, must = true, true
	for _, m := range r.Match {
		known, hit := m.test(p)
		switch {
		case !known:
			must = false
		case hit == m.Not:
			return false, false
		}
	}
	return may, must
}

// test compares one property of a packet; known is false where it is not
// decided.
func (m Match) test(p packet) (known, hit bool) {
	has := func(values ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(m.Values, v) })
	}
	switch m.Key {
	case ByPort:
		return m.holds(p.port)
	case ByProtocol:
		return true, has("tcp", "6")
	case ByFamily:
		if p.six {
			return true, has("ipv6", "10")
		}
		return true, has("ipv4", "2")
	case ByState:
		return !p.nat || !has("dnat"), has("new")
	case ByStatus:
		return !p.nat && slices.Equal(m.Values, []string{"dnat"}), false
	case ByInput:
		pattern := slices.ContainsFunc(m.Values, func(v string) bool { return strings.ContainsAny(v, "+*") })
		if p.loop {
			return !pattern, has("lo")
		}
		// From outside it comes over an interface of which only that is known.
		return !slices.ContainsFunc(m.Values, func(v string) bool { return v != "lo" }), false
	}
	return false, false
}

// holds tells whether a port is among "22" and "20-25".
func (m Match) holds(port int) (known, hit bool) {
	known = true
	for _, v := range m.Values {
		low, high, isRange := strings.Cut(v, "-")
		if !isRange {
			high = low
		}
		a, err1 := strconv.Atoi(low)
		b, err2 := strconv.Atoi(high)
		switch {
		case err1 != nil || err2 != nil:
			known = false
		case a <= port && port <= b:
			return true, true
		}
	}
	return known, false
}
