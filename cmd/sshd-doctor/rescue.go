package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/rescue"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

func rescueFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.IntSliceFlag{Name: "port", Usage: "listen on port `N`, for example 2222"},
		&cli.StringSliceFlag{Name: "address", Usage: "listen on `ADDRESS` alone (may be repeated)"},
		&cli.DurationFlag{Name: "for", Usage: "be gone after `D`, at most 24h", Value: rescue.Usual},
		&cli.StringFlag{Name: "user", Usage: "let in the account `NAME` alone"},
		&cli.BoolFlag{Name: "allow-password", Usage: "take passwords too, where the server does"},
		&cli.BoolFlag{Name: "anyway", Usage: "also where SSH is healthy"},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "start without a question"},
		&cli.BoolFlag{Name: "status", Usage: "say whether a rescue is under way"},
		&cli.BoolFlag{Name: "stop", Usage: "end the rescue"},
	}
	for _, f := range commonFlags() {
		if f.Names()[0] != "port" {
			own = append(own, f)
		}
	}
	return own
}

// rescue is the action of "rescue".
func (p *program) rescue(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	r, err := request(c)
	if err != nil {
		return err
	}
	s, err := p.session(c, "rescue")
	if err != nil {
		return err
	}
	defer s.end()
	if s.h.UID != 0 {
		return errRescueRoot
	}
	// The port is the rescue's, not one at which sshd is expected.
	s.options.Ports = nil
	v := rescuer{session: s, request: r, yes: c.Bool("yes") || !p.interactive() || s.json, anyway: c.Bool("anyway")}
	if !v.yes {
		if err := v.patient(c); err != nil {
			return err
		}
	}
	switch {
	case c.Bool("status"):
		return v.status()
	case c.Bool("stop"):
		return v.stop()
	}
	return v.start()
}

// userName is what useradd(8) takes, and what has no meaning in a pattern.
var userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$`)

// request reads what was asked for.
func request(c *cli.Context) (rescue.Request, error) {
	r := rescue.Request{For: c.Duration("for"), User: c.String("user"), Password: c.Bool("allow-password")}
	ports := owner(c, "port").IntSlice("port")
	switch {
	case c.Bool("status") && c.Bool("stop"):
		return r, usageError{"--status and --stop do not go together"}
	case len(ports) > 1:
		return r, usageError{"a rescue has one port, and --port was given more than once"}
	case r.For < rescue.Shortest || r.For > rescue.Longest:
		return r, usageError{fmt.Sprintf("--for %s is not possible: give a time from %s to %s",
			r.For, rescue.Span(rescue.Shortest), rescue.Span(rescue.Longest))}
	case r.User != "" && !userName.MatchString(r.User):
		return r, usageError{fmt.Sprintf("--user %q is not the name of an account", r.User)}
	}
	for _, n := range ports {
		if n < 1 || n > 65535 {
			return r, usageError{fmt.Sprintf("--port %d is not a port: give a number from 1 to 65535", n)}
		}
		r.Port = uint16(n)
	}
	for _, text := range c.StringSlice("address") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.IsMulticast() {
			return r, usageError{fmt.Sprintf("--address %q is not an IP address to listen on", text)}
		}
		if a = a.Unmap(); !slices.Contains(r.Addresses, a) {
			r.Addresses = append(r.Addresses, a)
		}
	}
	return r, nil
}

// rescuer is one run of "rescue".
type rescuer struct {
	*session
	request rescue.Request
	// yes: nobody is there to be asked, or no question is wanted.
	yes, anyway bool
	// told: why there is no rescue yet stands on the screen already.
	told    bool
	answers *answers
}

func (v *rescuer) start() error {
	if v.request.Port == 0 && v.yes {
		return usageError{"rescue needs a port to listen on, for example: sshd-doctor rescue --port 2222"}
	}
	report := v.lookOnce(v.ctx)
	if v.ctx.Err() != nil {
		return v.cutShort()
	}
	if report.Verdict == diag.Healthy && !v.anyway {
		return v.refused(&rescue.Refusal{
			Code: "healthy", Why: []string{"SSH is healthy here: somebody with a key or a password gets in by", "the ordinary way, and a second sshd would only be one more door."},
			Do: []string{"sshd-doctor rescue --anyway ..."},
		})
	}
	plan, refusal, err := v.decide()
	switch {
	case err != nil:
		return err
	case v.ctx.Err() != nil:
		return v.cutShort()
	case refusal != nil:
		return v.refused(refusal)
	}
	if !v.yes && !v.agreed(plan) {
		if v.ctx.Err() != nil {
			return v.cutShort()
		}
		fmt.Fprintln(v.p.out, "Nothing was started.")
		v.p.outcome.Verdict = diag.Down
		return nil
	}
	return v.carryOut(plan)
}

// carryOut starts what was decided. Only here another run is kept out: nobody
// else has to wait for a person's answers.
func (v *rescuer) carryOut(plan rescue.Plan) error {
	release, _, err := heal.Lock(heal.LockDir, heal.Mark(heal.LockDir))
	if err != nil {
		return err
	}
	defer release()
	if rescue.Look(v.ctx, v.h).Active {
		return v.refused(&rescue.Refusal{
			Code: "running", Why: []string{"Somebody else has started a rescue meanwhile."}, Do: []string{"sshd-doctor rescue --status"},
		})
	}
	if err := hostkeys.Protect(); err != nil {
		v.log.Warn(err)
	}
	if !v.quiet && !v.json {
		fmt.Fprintln(v.p.err, "... starting it, and proving it by a handshake")
	}
	over := v.waits.begin("the temporary sshd")
	res, err := rescue.Start(v.ctx, v.h, plan)
	over()
	var barred rescue.Barred
	switch {
	case errors.As(err, &barred) && !errors.Is(err, rescue.ErrLeft):
		return v.refused(barred.Refusal(v.request))
	case err != nil:
		return v.failed(err)
	}
	return v.up(res)
}

// decide collects and judges, and asks for what is missing where somebody is
// there to answer.
func (v *rescuer) decide() (rescue.Plan, *rescue.Refusal, error) {
	if v.request.Port == 0 {
		usual := strconv.Itoa(v.freePort())
		n, ok := port(v.ask().text(v.p.out, "On which port? ["+usual+"] ", usual))
		if !ok {
			return rescue.Plan{}, nil, usageError{"that is not a port: give a number from 1 to 65535"}
		}
		v.request.Port = n
	}
	for {
		over := v.waits.begin("sshd, asked for its configuration")
		facts := rescue.Collect(v.ctx, v.h, v.from(), v.request)
		over()
		plan, refusal := rescue.Judge(facts, v.request)
		if refusal == nil || !v.answered(refusal) {
			return plan, refusal, nil
		}
	}
}

func port(text string) (uint16, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && n > 0
}

// answered asks for what a refusal is about, where it can be asked for.
func (v *rescuer) answered(r *rescue.Refusal) bool {
	switch {
	case v.yes || v.ctx.Err() != nil:
		return false
	case r.Code == "who" && v.request.User == "":
		v.tell(r)
		name := v.ask().text(v.p.out, "Which account? [none] ", "")
		if !userName.MatchString(name) {
			return false
		}
		v.request.User = name
	case r.Code == "no-address" && len(v.request.Addresses) == 0:
		v.tell(r)
		a, err := netip.ParseAddr(v.ask().text(v.p.out, "Which address? [none] ", ""))
		if err != nil {
			return false
		}
		v.request.Addresses = []netip.Addr{a.Unmap()}
	default:
		return false
	}
	v.told = false
	return true
}

func (v *rescuer) tell(r *rescue.Refusal) {
	v.show(r.Why)
	v.told = true
}

func (v *rescuer) ask() *answers {
	if v.answers == nil {
		v.answers = newAnswers(v.ctx, v.p.in)
	}
	return v.answers
}

// from is what the look has found.
func (v *rescuer) from() rescue.From {
	usual := service.Usual(v.h, v.facts.Service)
	other := ""
	for _, s := range v.facts.View.Settings {
		other = s.String()
	}
	return rescue.From{
		Other:   other,
		ByHand:  service.ByHand(v.ctx, v.h),
		Ask:     sshdconf.Ask{Binary: v.facts.Sshd.Binary, Args: usual.Args, File: v.options.ConfigFile},
		Service: usual,
	}
}

// status is "rescue --status".
func (v *rescuer) status() error {
	s := rescue.Look(v.ctx, v.h)
	switch {
	case s.Err != "" && !s.NoSystemd:
		v.p.outcome.Verdict = diag.Unknown
		return v.print(rescueAnswer{State: "unknown", Why: []string{s.Err}}, []string{"COULD NOT TELL: " + s.Err})
	case !s.Active:
		v.p.outcome.Verdict = diag.Down
		text := []string{"No rescue is under way."}
		if len(s.Left) > 0 {
			text = append(text, "Of one that was cut off there is left: "+strings.Join(s.Left, ", "), "Next:  sshd-doctor rescue --stop")
		}
		return v.print(rescueAnswer{State: "none"}, text)
	}
	return v.running(s, rescue.Probe(v.ctx, v.h, s))
}

// stop is "rescue --stop".
func (v *rescuer) stop() error {
	release, _, err := heal.Lock(heal.LockDir, heal.Mark(heal.LockDir))
	if err != nil {
		return err
	}
	defer release()
	s := rescue.Look(v.ctx, v.h)
	if err := rescue.Stop(v.ctx, v.h); err != nil {
		return v.failed(err)
	}
	left := rescue.Look(context.WithoutCancel(v.ctx), v.h)
	switch {
	case left.Active:
		v.p.outcome.Verdict = diag.Down
		return v.print(rescueAnswer{State: "running"}, []string{"The rescue is still there. Try again, or: systemctl stop " + rescue.Unit})
	case !s.Active:
		return v.print(rescueAnswer{State: "none"}, []string{"There was no rescue to stop. Nothing is left of one."})
	}
	return v.print(rescueAnswer{State: "stopped"}, []string{
		"STOPPED: the temporary sshd is gone, with its files. Nobody new gets in",
		"through it; who is logged in stays.",
	})
}
