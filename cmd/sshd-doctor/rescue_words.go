package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
	"github.com/sshd-doctor/sshd-doctor/internal/rescue"
)

// rescueAnswer is the answer as one JSON object.
type rescueAnswer struct {
	jsonHead
	// State is running, stopped, none, refused, failed or unknown.
	State string `json:"state"`
	// Reason is why it was refused, in one word.
	Reason    string            `json:"reason,omitempty"`
	Why       []string          `json:"why,omitempty"`
	Next      []string          `json:"next,omitempty"`
	Unit      string            `json:"unit,omitempty"`
	Listen    []string          `json:"listen,omitempty"`
	Until     string            `json:"until,omitempty"`
	Commands  []string          `json:"commands,omitempty"`
	HostKeys  []rescueKey       `json:"hostkeys,omitempty"`
	Throwaway bool              `json:"throwaway,omitempty"`
	Aside     []rescueAside     `json:"set_aside,omitempty"`
	Endpoints []rescueEndpoints `json:"endpoints,omitempty"`
}

type rescueKey struct {
	Type   string `json:"type"`
	SHA256 string `json:"sha256"`
	Served bool   `json:"served"`
}

type rescueAside struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Content string `json:"content"`
	Instead string `json:"instead"`
}

type rescueEndpoints struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Reached string `json:"reached"`
	Error   string `json:"error,omitempty"`
}

// print writes the answer in the form that was asked for. The last line is the
// verdict, or what to type next.
func (v *rescuer) print(a rescueAnswer, text []string) error {
	if v.json {
		a.jsonHead = headOf("rescue")
		return writeJSON(v.p.out, a)
	}
	if v.quiet {
		// The verdict is the last block.
		if i := lastIndex(text, ""); i >= 0 {
			text = text[i+1:]
		}
	}
	v.show(text)
	return nil
}

func lastIndex(text []string, want string) int {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == want {
			return i
		}
	}
	return -1
}

func (v *rescuer) show(lines []string) { fmt.Fprint(v.p.out, report.Plain(lines)) }

// cutShort says that the run ended before there was an answer.
func (v *rescuer) cutShort() error {
	v.p.outcome.Verdict = diag.Unknown
	text := "NO RESCUE: the time for this run was over. More of it: --timeout 10m"
	if !errors.Is(v.ctx.Err(), context.DeadlineExceeded) {
		text = "NO RESCUE: interrupted. Nothing was changed."
	}
	return v.print(rescueAnswer{State: "unknown", Why: []string{text}}, []string{text})
}

// refused says why there is no rescue, and what to do.
func (v *rescuer) refused(r *rescue.Refusal) error {
	v.p.outcome.Verdict = diag.Down
	var text []string
	if !v.told {
		text = append(append(text, r.Why...), "")
	}
	text = append(text, "NO RESCUE was started. Nothing was changed.")
	for i, c := range r.Do {
		lead := "Then:  "
		if i == 0 {
			lead = "Next:  "
		}
		if len(lead+c) > report.Width {
			// As a command, whose rows a shell puts together again.
			lead = strings.TrimRight(lead, " ") + "\n    "
		}
		text = append(text, strings.Split(lead+c, "\n")...)
	}
	return v.print(rescueAnswer{State: "refused", Reason: r.Code, Why: r.Why, Next: r.Do}, text)
}

func (v *rescuer) failed(err error) error {
	left := errors.Is(err, rescue.ErrLeft)
	if v.ctx.Err() != nil && !left {
		if isTerminal(v.p.out) {
			// Behind the ^C that the terminal shows.
			fmt.Fprintln(v.p.out)
		}
		return v.cutShort()
	}
	v.p.outcome.Verdict = diag.Down
	why := strings.Split(err.Error(), "\n")
	text := append(append([]string{}, why...), "", "NO RESCUE: it could not be started, and nothing is left of it.")
	if left {
		text[len(text)-1] = "NO RESCUE: it could not be started. Take back what is left of it:"
		text = append(text, "Next:  sshd-doctor rescue --stop")
	}
	return v.print(rescueAnswer{State: "failed", Why: why}, text)
}

// agreed shows what is going to be and asks once.
func (v *rescuer) agreed(p rescue.Plan) bool {
	until := v.h.Now().Add(p.For)
	text := []string{
		"A second, temporary sshd is going to listen beside the server's own:",
		"  where     " + places(p.Listen),
		fmt.Sprintf("  how long  %s, until %s; then it is gone, whatever happens", spoken(p.For), clock(until)),
		"  who       " + who(p),
	}
	if len(p.HostKeys) == 0 {
		text = append(text, "  identity  a host key made for this: the server has none that can be used")
	}
	text = append(text, "Who is logged in when the time is over stays. Nobody new gets in then.")
	text = append(text, asides(p)...)
	v.show(text)
	return v.ask().yes(v.p.out, "Start it? [Y/n] ", true)
}

func places(at []netip.AddrPort) string {
	var out []string
	for _, a := range at {
		out = append(out, a.Addr().String())
	}
	return fmt.Sprintf("%s, port %d", strings.Join(out, " and "), at[0].Port())
}

func who(p rescue.Plan) string {
	how := "with public keys only"
	if p.Password {
		how = "with keys or passwords"
	}
	if p.Only != "" {
		return p.Only + " alone, " + how
	}
	return "whom the server's configuration lets in, " + how
}

// spoken writes a duration in words.
func spoken(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d < u.size || d%u.size != 0 {
			continue
		}
		if n := d / u.size; n != 1 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
		return "1 " + u.name
	}
	return d.String()
}

func clock(t time.Time) string { return t.Format("15:04") }

// asides says which lines were put out of the way.
func asides(p rescue.Plan) []string {
	const most = 3
	var out []string
	if p.Bare {
		return []string{"The server has no configuration that sshd can read: the strictest values."}
	}
	for i, a := range p.Aside {
		if i == most {
			out = append(out, fmt.Sprintf("  and %d more", len(p.Aside)-most))
			break
		}
		if i == 0 {
			out = append(out, "sshd cannot read this; the rescue goes without it:")
		}
		out = append(out, fmt.Sprintf("  %s: %s", a.Where(), a.Content))
		if a.Instead != "" {
			out = append(out, "   in its place: "+a.Instead)
		}
	}
	return out
}

// up says that the rescue is there, and how to get in.
func (v *rescuer) up(res rescue.Result) error {
	p := res.Plan
	a := rescueAnswer{
		State: "running", Unit: rescue.Unit, Until: res.Until.UTC().Format(time.RFC3339), Throwaway: res.Throwaway,
		Commands: commands(res), Endpoints: endpointsOf(res.Endpoints),
	}
	for _, at := range p.Listen {
		a.Listen = append(a.Listen, at.String())
	}
	for _, k := range res.HostKeys {
		a.HostKeys = append(a.HostKeys, rescueKey{k.Type, k.SHA256, k.Served})
	}
	for _, l := range p.Aside {
		a.Aside = append(a.Aside, rescueAside{l.File, l.Line, l.Content, l.Instead})
	}
	text := []string{fmt.Sprintf("From your own computer, until %s (%s from now):", clock(res.Until), spoken(p.For)), ""}
	text = append(text, clientLines(a.Commands)...)
	if len(p.Clients) == 0 {
		text = append(text, "    (ADDRESS: this server has none but loopback ones)")
	}
	lead := "Your client asks about the key. Answer yes if it shows one of these:"
	if res.Throwaway {
		lead = "It is another identity than the server's, made for this rescue:"
	}
	text = append(text, "", lead)
	for _, k := range res.HostKeys {
		text = append(text, fmt.Sprintf("  %-8s %s", report.KeyType(k.Type), k.SHA256))
	}
	text = append(text, "")
	text = append(text, notes(res)...)
	if v.yes {
		// Who was asked has just seen them.
		text = append(text, asides(p)...)
	}
	text = append(text, "", "UP: it answers and proves its key on "+reached(res.Endpoints)+".",
		"When you are done:  sshd-doctor rescue --stop")
	return v.print(a, text)
}

// notes are what may still keep somebody out.
func notes(res rescue.Result) []string {
	var out []string
	p := res.Plan
	l := p.Login
	port := p.Listen[0].Port()
	switch {
	case res.Entry.Barred != "":
		out = append(out, fmt.Sprintf("%s cannot get in: %s.", l.Name, res.Entry.Barred),
			"Put in the name of an account that may.")
	case l.Name == "":
		out = append(out, "root may not log in here: put in the name of an account that may.")
	case l.Keys == 0 && none(p, "authorizedkeyscommand") &&
		none(p, "trustedusercakeys") && (!p.Password || res.Entry.KeysOnly):
		out = append(out, fmt.Sprintf("%s has no public key yet, so nobody gets in as %s. Put one into", l.Name, l.Name),
			"  "+strings.Join(l.KeyFiles, " "))
	}
	if from := res.Entry.From; len(from) > 0 {
		out = append(out, fmt.Sprintf("%s gets in only from %s (AllowUsers).", l.Name, strings.Join(from, ", ")))
	}
	if l.NoLogin != "" {
		out = append(out, "Only root can log in now: "+l.NoLogin+" says so.")
	}
	return append(out, fmt.Sprintf("If it does not answer, a firewall is in between: port %d has to be open.", port))
}

func none(p rescue.Plan, key string) bool {
	for _, v := range p.Conf.Get(key) {
		if v != "none" && v != "" {
			return false
		}
	}
	return true
}

// commands are what to type on another computer. No account is named that is
// known to be turned away.
func commands(res rescue.Result) []string {
	p := res.Plan
	name := p.Login.Name
	if name == "" || res.Entry.Barred != "" {
		name = "YOU"
	}
	port := p.Listen[0].Port()
	var out []string
	for _, a := range p.Clients {
		out = append(out, fmt.Sprintf("ssh -p %d %s@%s", port, name, a))
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("ssh -p %d %s@ADDRESS", port, name))
	}
	return out
}

// clientLines are the commands, as many as a screen has room for.
func clientLines(all []string) []string {
	const most = 3
	var out []string
	for i, c := range all {
		if i == most {
			out = append(out, fmt.Sprintf("    # or at %d more addresses of this server", len(all)-most))
			break
		}
		out = append(out, "    "+c)
	}
	return out
}

func reached(all []diag.Endpoint) string {
	var out []string
	for _, e := range all {
		if e.Reached == "hostkey" {
			out = append(out, e.Address)
		}
	}
	const most = 2
	if len(out) > most {
		return strings.Join(out[:most], ", ") + " and others"
	}
	return strings.Join(out, " and ")
}

func endpointsOf(all []diag.Endpoint) []rescueEndpoints {
	var out []rescueEndpoints
	for _, e := range all {
		out = append(out, rescueEndpoints{e.Address, e.Port, e.Reached, e.Error})
	}
	return out
}

// running says how a rescue that is under way is doing.
func (v *rescuer) running(s rescue.Status, probed []diag.Endpoint) error {
	a := rescueAnswer{State: "running", Unit: rescue.Unit, Endpoints: endpointsOf(probed)}
	if !s.Until.IsZero() {
		a.Until = s.Until.UTC().Format(time.RFC3339)
	}
	text := []string{"A temporary sshd is up beside the server's own."}
	if len(s.Listen) > 0 {
		text = append(text, "  where     "+places(s.Listen))
		for _, at := range s.Listen {
			a.Listen = append(a.Listen, at.String())
		}
	}
	if left := s.Until.Sub(v.h.Now()); left > 0 {
		unit := time.Second
		if left > 2*time.Minute {
			unit = time.Minute
		}
		text = append(text, fmt.Sprintf("  how long  until %s, %s from now", clock(s.Until), spoken(left.Round(unit))))
		if s.Grace > 0 {
			text = append(text, fmt.Sprintf("            (who logs in has to begin %s before)", spoken(s.Grace)))
		}
	}
	at := reached(probed)
	switch {
	case len(s.Listen) == 0:
		v.p.outcome.Verdict = diag.Unknown
		text = append(text, "", "COULD NOT TELL where it listens, so nothing was proven.", "Next:  sshd-doctor rescue --stop")
		return v.print(a, text)
	case at == "":
		v.p.outcome.Verdict = diag.Down
		text = append(text, "", "NOT REACHED: nobody proves a host key there.", "Next:  sshd-doctor rescue --stop")
		return v.print(a, text)
	}
	text = append(text, "", "UP: it answers and proves its key on "+at+".", "When you are done:  sshd-doctor rescue --stop")
	return v.print(a, text)
}
