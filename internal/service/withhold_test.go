package service

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// stoppedWith is a server whose enabled ssh.service is stopped, with one unit
// that its start has to do with.
func stoppedWith(k Kin) Facts {
	u := Unit{
		Name: "ssh.service", ID: "ssh.service", LoadState: "loaded", ActiveState: "inactive",
		SubState: "dead", UnitFileState: "enabled",
	}
	return Facts{Service: u, Kin: []Kin{k}}
}

func unit(name, load, active string) Unit {
	return Unit{Name: name, ID: name, LoadState: load, ActiveState: active}
}

// What a start of sshd's unit does to others decides who may start it.
func TestStartsThatTouchOtherUnits(t *testing.T) {
	job := unit("keygen.service", "loaded", "inactive")
	job.Type = "oneshot"
	stays := job
	stays.RemainAfterExit = true
	for _, c := range []struct {
		kin        Kin
		code, with string
		says       string
	}{
		{Kin{Line: "Conflicts", Unit: unit("other.service", "loaded", "active")}, "unit-stopped", "asks", "stops other.service, which is active"},
		{Kin{Line: "Conflicts", Unit: unit("other.service", "loaded", "activating")}, "unit-stopped", "asks", "stops other.service, which is activating"},
		{Kin{Line: "Conflicts", Unit: unit("other.service", "loaded", "inactive")}, "unit-stopped", "none", ""},
		{Kin{Line: "Conflicts", Unit: unit("other.service", "not-found", "inactive")}, "unit-stopped", "none", ""},
		{Kin{Line: "BindsTo", Unit: unit("vpn.service", "loaded", "inactive")}, "unit-stopped", "asks", "starts vpn.service, which is stopped"},
		{Kin{Line: "Requires", Unit: unit("vpn.service", "loaded", "active")}, "unit-stopped", "none", ""},
		{Kin{Line: "Requires", Unit: unit("vpn.service", "loaded", "failed")}, "unit-needs-another", "asks", "starts vpn.service again, which failed"},
		{Kin{Line: "Requires", Unit: unit("vpn.service", "masked", "inactive")}, "unit-needs-another", "manual", ""},
		{Kin{Line: "Requires", Unit: unit("vpn.service", "not-found", "inactive")}, "unit-needs-another", "manual", ""},
		{Kin{Line: "BindsTo", Unit: unit("dev-sdz1.device", "loaded", "inactive")}, "unit-needs-another", "manual", ""},
		{Kin{Line: "Requisite", Unit: unit("vpn.service", "loaded", "inactive")}, "unit-needs-another", "manual", ""},
		{Kin{Line: "Requires", Unit: job}, "unit-stopped", "none", ""},
		{Kin{Line: "Requires", Unit: stays}, "unit-stopped", "asks", "starts keygen.service, which is stopped"},
	} {
		f := stoppedWith(c.kin)
		all := Judge(f)
		Withhold(f, all)
		if len(all) != 1 || all[0].Code != c.code || all[0].Remedy.Consent.String() != c.with ||
			!strings.Contains(all[0].Remedy.Reason, c.says) {
			t.Errorf("%s=%s %s %s: %+v", c.kin.Line, c.kin.Unit.ID, c.kin.Unit.LoadState, c.kin.Unit.ActiveState, all)
			continue
		}
		quoted := false
		for _, e := range all[0].Evidence {
			quoted = quoted || e.Source == c.kin.Line+"="+c.kin.Unit.ID
		}
		if quoted != (c.with != "none") {
			t.Errorf("%s=%s: the evidence names it: %v", c.kin.Line, c.kin.Unit.ID, quoted)
		}
	}
}

// Whoever proposes the start, the other unit is in danger; a running sshd is not
// started, and so harms nobody.
func TestWithholdOfOthersRemedies(t *testing.T) {
	f := stoppedWith(Kin{Line: "Conflicts", Unit: unit("other.service", "loaded", "active")})
	remedy := func(steps ...diag.Step) []diag.Finding {
		return []diag.Finding{{Code: "x", Remedy: &diag.Remedy{Steps: steps}}}
	}
	for _, c := range []struct {
		steps []diag.Step
		want  diag.Consent
	}{
		{[]diag.Step{DaemonReload{}, Start{Unit: "ssh.service"}}, diag.Asks},
		{[]diag.Step{Restart{Unit: "ssh.service"}}, diag.Asks},
		{[]diag.Step{Start{Unit: "keygen.service"}}, diag.None},
		{[]diag.Step{DaemonReload{}}, diag.None},
	} {
		all := remedy(c.steps...)
		if Withhold(f, all); all[0].Remedy.Consent != c.want {
			t.Errorf("%v: %s", c.steps, all[0].Remedy.Consent)
		}
		up := f
		up.Service.ActiveState = "active"
		all = remedy(c.steps...)
		if Withhold(up, all); all[0].Remedy.Consent != diag.None {
			t.Errorf("%v of a unit that is up: %s", c.steps, all[0].Remedy.Consent)
		}
	}
}

func TestStartsThatSystemdRefuses(t *testing.T) {
	f := stoppedWith(Kin{Line: "Conflicts", Unit: unit("other.service", "loaded", "inactive")})
	f.Service.RefuseManualStart, f.RefusedBy = true, "/etc/systemd/system/ssh.service.d/refuse.conf"
	all := Judge(f)
	Withhold(f, all)
	r := all[0].Remedy
	if r.Consent != diag.Manual || len(r.Steps) > 0 || !strings.Contains(r.Reason, "RefuseManualStart=yes") {
		t.Errorf("%+v", r)
	}
	last := all[0].Evidence[len(all[0].Evidence)-1]
	if last != (diag.Evidence{Source: f.RefusedBy, Text: "RefuseManualStart=yes"}) {
		t.Errorf("%+v", last)
	}
}
