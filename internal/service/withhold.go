package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Withhold looks at every remedy that starts sshd's unit, whoever proposed it:
// one that would stop or start other units as well needs consent, and one that
// systemd would refuse is left to a person.
func Withhold(f Facts, findings []diag.Finding) {
	if f.Service.Active() {
		return
	}
	effects, bars := f.effects(), f.bars()
	for i := range findings {
		found := &findings[i]
		if found.Remedy == nil || found.Remedy.Consent == diag.Manual || !f.starts(found.Remedy.Steps) {
			continue
		}
		// The remedy may be shared with the finding that was copied.
		r := *found.Remedy
		switch {
		case f.refuses() && onlyStarts(r.Steps):
			r = diag.Remedy{
				Summary: "find out which unit should start " + f.Service.ID, Consent: diag.Manual,
				Reason: "RefuseManualStart=yes: systemd starts it only where another unit needs it",
				Manual: []string{"systemctl cat " + f.Service.ID},
			}
			found.Evidence = append(found.Evidence, f.refusal())
		case len(bars) > 0 && onlyStarts(r.Steps):
			r = seeTo(f, bars)
			found.Evidence = append(found.Evidence, evidenceOf(bars)...)
		case len(effects) > 0:
			r.Consent, r.Next = diag.Asks, false
			r.Reason = joined(r.Reason, effects)
			if found.Code != CodeNeeds {
				found.Evidence = append(found.Evidence, evidenceOf(f.affected())...)
			}
		default:
			continue
		}
		found.Remedy = &r
	}
}

func (f Facts) refuses() bool { return f.Service.RefuseManualStart && !f.intendsSocket() }

func (f Facts) refusal() diag.Evidence {
	e := diag.Evidence{Source: "systemd, " + f.Service.ID, Text: "RefuseManualStart=yes"}
	if f.RefusedBy != "" {
		e.Source = f.RefusedBy
	}
	return e
}

// starts tells whether steps start the unit that is looked at.
func (f Facts) starts(steps []diag.Step) bool {
	return slices.ContainsFunc(steps, func(s diag.Step) bool {
		unit, ok := startedBy(s)
		return ok && slices.Contains([]string{f.Service.ID, f.Service.Name, f.Socket.ID}, unit)
	})
}

func onlyStarts(steps []diag.Step) bool {
	return !slices.ContainsFunc(steps, func(s diag.Step) bool {
		_, ok := startedBy(s)
		return !ok
	})
}

func startedBy(s diag.Step) (unit string, ok bool) {
	switch s := s.(type) {
	case Start:
		return s.Unit, true
	case Restart:
		return s.Unit, true
	}
	return "", false
}

func (f Facts) affected() []Kin {
	return slices.DeleteFunc(slices.Clone(f.Kin), func(k Kin) bool { return k.effect() == "" })
}

func (f Facts) effects() []string {
	var out []string
	for _, k := range f.affected() {
		out = append(out, k.effect())
	}
	return out
}

func (f Facts) bars() []Kin {
	return slices.DeleteFunc(slices.Clone(f.Kin), func(k Kin) bool { return !k.bars() })
}

func joined(reason string, effects []string) string {
	text := "that also " + strings.Join(effects, " and ")
	if reason == "" {
		return text
	}
	return reason + "; " + text
}

// evidenceOf says how units hang together with sshd's, and how they are.
func evidenceOf(kin []Kin) []diag.Evidence {
	var out []diag.Evidence
	for _, k := range kin {
		names := []string{"LoadState", "ActiveState", "Result"}
		if k.Unit.Result == "" {
			// Devices and targets have none.
			names = names[:2]
		}
		e := unitEvidence(k.Unit, names...)
		e.Source = fmt.Sprintf("%s=%s", k.Line, k.name())
		out = append(out, e)
		for _, l := range lastSaid(k.Said) {
			out = append(out, diag.Evidence{Source: "journal, " + k.name(), Text: l})
		}
	}
	return out
}

func lastSaid(all []string) []string {
	const most = 2
	said := slices.DeleteFunc(slices.Clone(all), isNoise)
	return said[max(0, len(said)-most):]
}

// judgeNeeds names the units without which systemd does not start sshd's.
func judgeNeeds(f Facts) (diag.Finding, bool) {
	lacking := slices.DeleteFunc(slices.Clone(f.Kin), func(k Kin) bool { return !k.bars() && !k.failed() })
	if len(lacking) == 0 {
		return diag.Finding{}, false
	}
	first := lacking[0]
	found := ruleNeeds.New(f.Service.ID, fmt.Sprintf("%s needs %s, which %s", f.Service.ID, first.name(), first.how()),
		evidenceOf(lacking)...)
	if len(f.bars()) > 0 {
		return found.With(seeTo(f, lacking)), true
	}
	return found.With(startAgain(f)), true
}

// seeTo leaves it to a person to bring up what sshd's unit needs.
func seeTo(f Facts, lacking []Kin) diag.Remedy {
	r := diag.Remedy{
		Consent: diag.Manual, Summary: "see to " + lacking[0].name() + ", or have sshd do without it",
		Reason: "why " + f.Service.ID + " should need it is not known",
	}
	for _, k := range lacking[:min(len(lacking), 3)] {
		r.Manual = append(r.Manual, "systemctl status "+k.name())
	}
	r.Manual = append(r.Manual, "systemctl cat "+f.Service.ID, "systemctl start "+f.Service.ID)
	return r
}
