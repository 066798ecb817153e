package service

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// While sshd runs, what keeps it from starting again is a warning, and says when
// it bites.
func TestTheNextStart(t *testing.T) {
	up := Unit{Name: "ssh.service", ID: "ssh.service", LoadState: "loaded", ActiveState: "active", UnitFileState: "enabled"}
	switched := Condition{Name: "ConditionPathExists", Negate: true, Param: marker}
	for what, c := range map[string]struct {
		facts Facts
		want  string
	}{
		"nothing": {facts: Facts{Service: up}},
		"a unit that is not there": {
			facts: Facts{Service: up, Kin: []Kin{{Line: "Requires", Unit: Unit{ID: "vpn.service", LoadState: "not-found", ActiveState: "inactive"}}}},
			want:  "unit-needs-another warning, manual: systemctl status vpn.service; systemctl cat ssh.service; systemctl start ssh.service",
		},
		"a unit that a start would start": {
			facts: Facts{Service: up, Kin: []Kin{{Line: "Requires", Unit: Unit{ID: "vpn.service", LoadState: "loaded", ActiveState: "inactive"}}}},
		},
		"the marker": {
			facts: Facts{Service: up, LaterUnit: "ssh.service", Later: Condition{Name: "ConditionPathExists", Negate: true, Param: marker}},
			want:  "sshd-not-to-be-run warning, asks: mv " + marker + " " + marker + ".off",
		},
		"the marker, and an sshd for each client": {
			facts: Facts{
				Service:   Unit{Name: "ssh.service", ID: "ssh.service", LoadState: "loaded", ActiveState: "inactive", ConditionFailed: []Condition{switched}},
				Socket:    Unit{ID: "ssh.socket", LoadState: "loaded", ActiveState: "active", Accept: true},
				LaterUnit: "ssh.socket", Later: switched,
			},
			want: "sshd-not-to-be-run warning, asks: mv " + marker + " " + marker + ".off",
		},
		"a path that is gone": {
			facts: Facts{Service: up, LaterUnit: "ssh.service", Later: Condition{Name: "ConditionPathExists", Param: "/srv/data"}},
			want:  "unit-condition-failed warning, manual: systemctl cat ssh.service",
		},
	} {
		got, latent := "", ""
		for _, found := range Judge(c.facts) {
			got, latent = got+in(found), found.Latent
		}
		if got != c.want || (got != "") != (latent == NextStart) {
			t.Errorf("%s: %s (%s), want %s", what, got, latent, c.want)
		}
	}
}

// A mask that a generator makes comes back with the next daemon-reload.
func TestAMaskByAGenerator(t *testing.T) {
	u := Unit{Name: "ssh.service", ID: "ssh.service", LoadState: "masked", ActiveState: "inactive", UnitFileState: "masked-runtime"}
	u.maskedBy = "/run/systemd/generator.early/ssh.service"
	found, ok := judgeMasked(Facts{Service: u})
	if !ok || found.Remedy == nil || found.Remedy.Consent != diag.Manual {
		t.Errorf("%+v", found)
	}
	if r := setAsideDropIn("ssh.service", "/run/systemd/generator/ssh.service.d/50-vendor.conf", true); r.Consent != diag.Manual {
		t.Errorf("%+v", r)
	}
}

// Which mask it is that hides a unit: what a generator made stays where the one of
// a person is taken away, and a unit file beside it is no mask.
func TestWhoseMaskItIs(t *testing.T) {
	const early, ordinary = "/run/systemd/generator.early/ssh.service", "/run/systemd/generator/ssh.service"
	const etc, run = "/etc/systemd/system/ssh.service", "/run/systemd/system/ssh.service"
	for what, c := range map[string]struct {
		masks, files []string
		want         string
	}{
		"a person's":                         {masks: []string{etc}},
		"a person's, until the next boot":    {masks: []string{run}},
		"a person's and a generator's":       {masks: []string{etc, early}},
		"a generator's":                      {masks: []string{early}, want: early},
		"a generator's of ordinary rank":     {masks: []string{ordinary}, want: ordinary},
		"a generator's, over a unit of /etc": {masks: []string{early}, files: []string{etc}, want: early},
	} {
		root := t.TempDir()
		at := func(p string) string {
			p = filepath.Join(root, p)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			return p
		}
		for _, p := range c.masks {
			if err := os.Symlink("/dev/null", at(p)); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range c.files {
			if err := os.WriteFile(at(p), []byte("[Service]\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		u := Unit{Name: "ssh.service", LoadState: "masked"}
		u.byGenerator(&host.Host{Files: host.NewFiles(root)})
		if u.maskedBy != c.want {
			t.Errorf("%s: %q, want %q", what, u.maskedBy, c.want)
		}
	}
}

// Behind a socket that is up, a service that is switched off is told once, and as
// what it is: the outage of today.
func TestWhatKeepsSshdDownNowIsNotLatent(t *testing.T) {
	off := Condition{Name: "ConditionPathExists", Negate: true, Param: marker}
	f := Facts{
		Service: Unit{
			Name: "ssh.service", ID: "ssh.service", LoadState: "loaded", ActiveState: "inactive", UnitFileState: "disabled",
			ConditionFailed: []Condition{off},
		},
		Socket: Unit{Name: "ssh.socket", ID: "ssh.socket", LoadState: "loaded", ActiveState: "active", UnitFileState: "enabled"},
		Later:  off, LaterUnit: "ssh.socket",
	}
	got := Judge(f)
	if len(got) != 1 || got[0].Code != "sshd-not-to-be-run" || got[0].Severity != diag.Broken {
		t.Errorf("%+v", got)
	}
}

// Of a masked unit systemd does not say what it would make.
func TestTheDirectoryOfAMaskedUnit(t *testing.T) {
	for state, want := range map[string]bool{"masked": true, "bad-setting": true, "loaded": false, "not-found": false, "": false} {
		f := Facts{Service: Unit{LoadState: state}}
		if f.ManagesDir("/run/sshd") != want {
			t.Errorf("%q: %v", state, !want)
		}
		if f.ManagesDir("/var/empty") {
			t.Errorf("%q: /var/empty outlives a reboot", state)
		}
	}
}

// The line that failed first is the one that is named.
func TestTheLineThatFailed(t *testing.T) {
	ran := func(line string, code, status int) Exec {
		return Exec{Line: line, Ran: true, Code: code, Status: status}
	}
	optional := ran("ExecStartPre", exited, 1)
	optional.Ignored = true
	for _, c := range []struct {
		exec []Exec
		want string
	}{
		{[]Exec{optional, ran("ExecStart", exited, 255)}, "ExecStart"},
		{[]Exec{ran("ExecStart", exited, 255), ran("ExecStartPost", exited, 1)}, "ExecStartPost"},
		{[]Exec{ran("ExecStart", exited, 255), ran("ExecStartPost", killed, 15)}, "ExecStart"},
		{[]Exec{ran("ExecStart", exited, 0), ran("ExecReload", exited, 1)}, ""},
	} {
		if got, _ := (Unit{Exec: c.exec}).failedExec(); got.Line != c.want {
			t.Errorf("%+v: %q, want %q", c.exec, got.Line, c.want)
		}
	}
}
