package casebook

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// decode gives the entries their meaning, for every suite of the case.
func (s sheet) decode(name string) (Case, error) {
	c := Case{Name: name, Plans: map[box.Suite]Plan{}}
	for field, to := range map[string]*string{"title": &c.Title, "origin": &c.Origin} {
		e, ok := s.get(field, "")
		if !ok || e.value == "" {
			return c, fmt.Errorf("no %q", field)
		}
		*to = e.value
	}
	c.Suites = box.Suites()
	if e, ok := s.get("suites", ""); ok {
		c.Suites = nil
		for _, word := range strings.Fields(e.value) {
			suite, err := box.ParseSuite(word)
			if err != nil {
				return c, e.wrong(err)
			}
			c.Suites = append(c.Suites, suite)
		}
	}
	for _, suite := range c.Suites {
		plan, err := s.plan(suite)
		if err != nil {
			return c, fmt.Errorf("%w (%s)", err, suite)
		}
		c.Plans[suite] = plan
	}
	return c, nil
}

func (e entry) wrong(err error) error {
	return fmt.Errorf("line %d: %w: %q", e.line, err, e.value)
}

// plan reads every field for one suite.
func (s sheet) plan(suite box.Suite) (Plan, error) {
	p := Plan{Addr: "127.0.0.1", Port: 22, Session: true}
	readers := []struct {
		field    string
		required bool
		read     func(string) error
	}{
		{"prepare", false, text(&p.Prepare)},
		{"break", true, text(&p.Break)},
		{"then", false, text(&p.Then)},
		{"proof", false, text(&p.Proof)},
		{"endpoint", false, p.readEndpoint},
		{"client", true, sights(&p.Client)},
		{"verdict", true, oneOf(&p.Verdict, "healthy", "degraded", "broken", "unknown")},
		{"cause", false, text(&p.Cause)},
		{"findings", false, words(&p.Findings)},
		{"says", false, lines(&p.Says)},
		{"heal", true, func(v string) error { return readStep(v, &p.Heal) }},
		{"consent", false, func(v string) error { p.Consent = &Step{}; return readStep(v, p.Consent) }},
		{"reboot", false, sights(&p.Reboot)},
		{"keys", false, words(&p.Keys)},
		{"session", false, p.readSession},
		{"woken", false, words(&p.Woken)},
	}
	for _, r := range readers {
		e, ok := s.get(r.field, suite)
		if !ok {
			if r.required {
				return p, fmt.Errorf("no %q", r.field)
			}
			continue
		}
		if err := r.read(e.value); err != nil {
			return p, e.wrong(err)
		}
	}
	if (p.Verdict == "healthy") != (p.Cause == "") {
		return p, fmt.Errorf("a verdict has a cause unless it is healthy: %q, %q", p.Verdict, p.Cause)
	}
	if p.Consent != nil && len(p.Consent.Args) == 0 {
		return p, errors.New("consent does not say to what: it begins with --yes or --allow CODE")
	}
	return p, nil
}

func (p *Plan) readEndpoint(v string) error {
	addr, port, ok := strings.Cut(v, " ")
	if _, err := netip.ParseAddr(addr); !ok || err != nil {
		return errors.New("an endpoint is an address and a port")
	}
	n, err := strconv.ParseUint(strings.TrimSpace(port), 10, 16)
	p.Addr, p.Port = addr, int(n)
	return err
}

func (p *Plan) readSession(v string) error {
	var word string
	err := oneOf(&word, "alive", "none")(v)
	p.Session = word == "alive"
	return err
}
