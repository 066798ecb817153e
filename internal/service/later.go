package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// NextStart is when a latent outage bites.
const NextStart = "at the next start of sshd, at a reboot at the latest"

// later looks at what would skip the next start of a unit that is up now. Only
// conditions on paths can be told from here, and on such as outlive a reboot.
func (f *Facts) later(h *host.Host) {
	for _, u := range []Unit{f.Socket, f.Service} {
		if !u.Active() {
			continue
		}
		for _, c := range u.Conditions {
			if c.Name != "ConditionPathExists" || c.trigger || host.Volatile(c.Param) {
				continue
			}
			if there, err := h.Files.Exists(c.Param); err == nil && there == c.Negate {
				f.Later, f.LaterUnit = c, u.ID
				return
			}
		}
	}
}

// needs asks about the units without which a service that runs could not be
// started again. Of a stock one there are none to ask about.
func (f *Facts) needs(ctx context.Context, h *host.Host) {
	u := f.Service
	for _, line := range []struct {
		name  string
		units []string
	}{{"Requisite", u.Requisite}, {"BindsTo", u.BindsTo}, {"Requires", u.Requires}} {
		for _, name := range line.units {
			if ordinary(name) || f.own(name) || f.hasKin(name) || len(f.Kin) == mostKin {
				continue
			}
			if other, err := ask(ctx, h, name); err == nil {
				f.Kin = append(f.Kin, Kin{Line: line.name, Unit: other})
			}
		}
	}
}

// judgeNeedsLater: the service runs, and a unit that it needs cannot be started:
// sshd's next start fails.
func judgeNeedsLater(f Facts) (diag.Finding, bool) {
	lacking := slices.DeleteFunc(slices.Clone(f.Kin), func(k Kin) bool {
		return k.Line == "Conflicts" || k.Unit.rises() || k.Unit.Loaded()
	})
	if !f.Service.Active() || len(lacking) == 0 {
		return diag.Finding{}, false
	}
	first := lacking[0]
	found := ruleNeeds.New(f.Service.ID, fmt.Sprintf("%s runs, but needs %s, which %s", f.Service.ID, first.name(), first.how()),
		evidenceOf(lacking)...).As(diag.Warning).With(seeTo(f, lacking))
	found.Latent = NextStart
	return found, true
}

// judgeSkippedLater: somebody switched sshd off, or took away what its unit asks
// for, and nothing has been restarted since.
func judgeSkippedLater(f Facts) (diag.Finding, bool) {
	// What keeps sshd down now is said once, as what it is.
	if _, now := judgeSwitchBehindSocket(f); now || f.LaterUnit == "" {
		return diag.Finding{}, false
	}
	c, evidence := f.Later, diag.Evidence{Source: "systemd, " + f.LaterUnit, Text: f.Later.String() + " does not hold now"}
	found := ruleCondition.New(f.LaterUnit, fmt.Sprintf("%s is up, and its next start is skipped: %s does not hold", f.LaterUnit, c), evidence).
		With(diag.Remedy{
			Summary: "decide whether the condition still makes sense", Consent: diag.Manual,
			Manual: []string{"systemctl cat " + f.LaterUnit},
		})
	if c.Negate && isSwitch(c.Param) {
		found = ruleNotToBeRun.New(c.Param, fmt.Sprintf("%s exists: %s is up, but will not start again", c.Param, f.LaterUnit), evidence).
			With(diag.Remedy{
				Summary: "set " + c.Param + " aside", Consent: diag.Asks,
				Reason: "this file is the documented way to switch sshd off",
				Steps:  []diag.Step{SetAside{Path: c.Param, Why: "off"}},
			})
	}
	found = found.As(diag.Warning)
	found.Latent = NextStart
	return found, true
}

// judgeNotAtBoot: the service runs, and nothing that systemd knows starts it at
// boot. Whoever started it may have wanted just that, so it is a note.
func judgeNotAtBoot(f Facts) (diag.Finding, bool) {
	u := f.Service
	if !u.Active() || !u.Loaded() || u.UnitFileState != "disabled" || len(u.startedBy) > 0 ||
		f.SocketActive() || f.Socket.UnitFileState == "enabled" {
		return diag.Finding{}, false
	}
	return ruleDisabled.New(u.ID, u.ID+" runs, but is disabled: no boot starts it",
		unitEvidence(u, "ActiveState", "UnitFileState")).As(diag.Notice), true
}
