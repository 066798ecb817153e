package handshake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what is wrong with the answers. disk holds the host keys that sshd
// can use, those of a HostKeyAgent included; diskKnown is false where they could
// not be read.
func Judge(f Facts, disk []Key, diskKnown bool) []diag.Finding {
	var out []diag.Finding
	for _, t := range f.Targets {
		switch {
		case len(t.Tries) == 0:
			out = append(out, judgeUntried(t))
		case t.proven():
			out = append(out, judgeUp(f, t)...)
		default:
			out = append(out, judgeDown(f, t, disk)...)
		}
	}
	out = append(out, judgeOffers(f)...)
	out = append(out, judgeOthers(f, disk, diskKnown)...)
	if diskKnown {
		out = append(out, judgeKeys(f.ours(disk), disk)...)
	}
	return out
}

func judgeUntried(t Target) diag.Finding {
	found := ruleNotTried.Unknown(t.Addr.String(), fmt.Sprintf("%s was not connected to: %s", t.Addr, t.Untried))
	if t.Untried == UntriedBudget {
		// A bound of ours: no reason to doubt a box with many addresses.
		return found.As(diag.Notice)
	}
	return found
}

// judgeDown judges a target at which nothing was proven.
func judgeDown(f Facts, t Target, disk []Key) []diag.Finding {
	y := t.telling()
	at, e := t.Addr.String(), y.evidence(t)
	found := func(r diag.Rule, words string) []diag.Finding {
		return []diag.Finding{r.New(at, at+" "+words, e)}
	}
	switch {
	case y.busy():
		return []diag.Finding{judgeBusy(f, t)}
	case y.foreign():
		return []diag.Finding{ruleNotSSH.New(at, at+" answers, but not as an SSH server", e).
			With(lookAtPort())}
	case y.End == EndRefused:
		return found(ruleRefused, "refuses connections: nothing listens there")
	case y.End == EndUnreachable:
		return []diag.Finding{ruleNotTried.Unknown(at, "this machine cannot reach its own address "+at, e)}
	case y.End == EndNoCommon:
		return judgeNoCommon(t, y)
	case y.Reached == Connected && f.atPort(t.Addr.Port(), Target.choosy):
		return found(ruleOrdinaryOnly, "does not answer this machine; 127.0.0.1 does")
	case y.Reached < Banner && y.End == EndTimeout:
		return found(ruleTimeout, "does not answer")
	case y.complains():
		return found(ruleClosed, "ends each connection with an error")
	case y.Reached < Banner:
		return found(ruleClosed, "closes connections before saying a word")
	case y.End == EndTimeout:
		return found(ruleTimeout, "stops answering during the key exchange")
	case y.Reached == Banner && f.allowsNone(disk):
		return []diag.Finding{noneAllowed(f, t, e)}
	case y.Reached == Banner:
		return found(ruleFailed, "sends its banner and breaks off")
	}
	return found(ruleFailed, "breaks the key exchange off")
}

// judgeNoCommon judges an offer that our own client cannot use. Whether it is
// any use to others is for judgeOffers to say.
func judgeNoCommon(t Target, y Try) []diag.Finding {
	if y.Offer == nil || len(openSSH().missing(*y.Offer)) > 0 {
		return nil
	}
	return []diag.Finding{ruleNegotiation.Unknown(t.Addr.String(),
		fmt.Sprintf("%s offers no %s that this program speaks. OpenSSH's own client does: ssh -p %d %s",
			t.Addr, y.NoCommon, t.Addr.Port(), t.Addr.Addr()), y.evidence(t))}
}

// judgeUp judges the failures at a target at which something was proven. They
// matter where a type stayed unproven although it was asked for again.
func judgeUp(f Facts, t Target) []diag.Finding {
	var out []diag.Finding
	at := t.Addr.String()
	once := func(g diag.Finding) {
		if !slices.ContainsFunc(out, func(o diag.Finding) bool { return o.Code == g.Code }) {
			out = append(out, g)
		}
	}
	for _, y := range t.Tries {
		lost := t.offers(y.Wanted) && !f.atPort(t.Addr.Port(), func(t Target) bool { return t.provenType(y.Wanted) })
		switch e := y.evidence(t); {
		case y.Proof != nil:
		case y.busy():
			once(judgeBusy(f, t))
		case t.choosy() && y.fresh():
			once(ruleOrdinaryOnly.New(at, at+" answers 127.0.0.1, but not 127.x.y.z", e))
		case !lost:
		case y.Reached >= KexInit:
			once(ruleFailed.New(at, fmt.Sprintf("%s breaks off when it is to prove its %s key", at, shortType(y.Wanted)), e))
		case y.End == EndTimeout:
			// A slow machine, most likely: no reason to call it degraded.
			once(ruleTimeout.New(at, at+" does not answer every connection in time", e).As(diag.Notice))
		default:
			once(ruleClosed.New(at, at+" closes some connections without a word", e).As(diag.Warning))
		}
	}
	return out
}

// judgeBusy tells the two reasons apart for which sshd turns a connection away
// with a line of text. From 9.8 on the line is the same for both; but a source
// address that was never used before cannot have earned a penalty.
func judgeBusy(f Facts, t Target) diag.Finding {
	at := t.Addr.String()
	i := slices.IndexFunc(t.Tries, Try.busy)
	e := t.Tries[i].evidence(t)
	switch {
	case f.throttled(t.Addr.Port()):
	case f.provenAtPort(t.Addr.Port()):
		return rulePenalty.New(at, at+" refuses this machine for a while", e).As(diag.Notice)
	default:
		return rulePenalty.Unknown(at, at+" refuses this machine for a while", e).With(wait())
	}
	return ruleMaxStartups.New(at, at+" is busy and turns connections away; it is not broken", e).With(wait())
}

// ordinary is the address from which programs on this box usually come.
func ordinary() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// fresh tells whether the connection came from a source of its own.
func (y Try) fresh() bool {
	return y.Source.Is4() && y.Source.IsLoopback() && y.Source != ordinary()
}

// throttled tells whether a connection to the port was turned away that cannot
// have been penalised.
func (f Facts) throttled(port uint16) bool {
	return f.atPort(port, func(t Target) bool {
		return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.busy() && (y.saysBusy() || y.fresh()) })
	})
}

func (f Facts) provenAtPort(port uint16) bool { return f.atPort(port, Target.proven) }

func (f Facts) atPort(port uint16, match func(Target) bool) bool {
	return slices.ContainsFunc(f.Targets, func(t Target) bool { return t.Addr.Port() == port && match(t) })
}

// choosy tells whether 127.0.0.1 got an answer where fresh sources got none.
func (t Target) choosy() bool {
	any := func(match func(Try) bool) bool { return slices.ContainsFunc(t.Tries, match) }
	return any(func(y Try) bool { return y.Proof != nil && y.Source == ordinary() }) &&
		any(func(y Try) bool { return y.Proof == nil && y.fresh() && !y.busy() }) &&
		!any(func(y Try) bool { return y.Proof != nil && y.fresh() })
}

// telling returns the connection that says most: one that was turned away with
// words, else the last of those that came farthest.
func (t Target) telling() Try {
	best := t.Tries[0]
	for _, y := range t.Tries {
		if y.busy() {
			return y
		}
		if y.Reached >= best.Reached {
			best = y
		}
	}
	return best
}

func (y Try) evidence(t Target) diag.Evidence {
	source := "connection to " + t.Addr.String()
	if y.Source.IsValid() {
		source += " from " + y.Source.String()
	}
	var parts []string
	for _, s := range []string{y.Before, y.Banner, y.Error} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return diag.Evidence{Source: source, Text: strings.Join(parts, "; ")}
}

func wait() diag.Remedy {
	return diag.Remedy{
		Summary: "wait a little and try again", Consent: diag.Manual,
		Manual: []string{"journalctl -b -n 200 --no-pager | grep -iE 'startups|penalty'"},
	}
}

func lookAtPort() diag.Remedy {
	return diag.Remedy{
		Summary: "find out which program holds the port", Consent: diag.Manual,
		Manual: []string{"ss -ltnp"},
	}
}
