package service

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// in says how one finding looks in these tables: code, severity, consent, the
// remedy's commands.
func in(f diag.Finding) string {
	s := f.Code + " " + f.Severity.String()
	if f.Status == diag.CouldNotTell {
		s += " unknown"
	}
	if f.Remedy == nil {
		return s
	}
	return s + ", " + f.Remedy.Consent.String() + ": " + strings.Join(f.Remedy.Commands(), "; ")
}

const (
	start   = "systemctl reset-failed ssh.service; systemctl start ssh.service"
	marker  = "/etc/ssh/sshd_not_to_be_run"
	dropIn  = "/etc/systemd/system/ssh.service.d/50-site.conf"
	aside   = "mv " + dropIn + " " + dropIn + ".off; systemctl daemon-reload"
	restart = aside + "; " + start
)

// What systemd of three suites said of real machines, and what must be found.
func TestStatesOfRealMachines(t *testing.T) {
	for _, c := range []struct {
		state string
		want  []string
		// files are there besides; except is another answer of one suite.
		files  map[string]string
		except map[string][]string
	}{
		{state: "healthy"},
		{state: "running-disabled", want: []string{"unit-disabled notice"}},
		{state: "stopped", want: []string{"unit-stopped broken, none: " + start}},
		{state: "stopped-disabled", want: []string{"unit-disabled broken, asks: systemctl enable ssh.service; " + start}},
		{state: "masked", want: []string{"unit-masked broken, asks: systemctl unmask ssh.service; " + start}},
		{state: "masked-running", want: []string{"unit-masked warning, asks: systemctl unmask ssh.service"}},
		{state: "masked-runtime", want: []string{"unit-masked broken, asks: systemctl unmask --runtime ssh.service; " + start}},
		{
			state: "not-to-be-run", files: map[string]string{marker: ""},
			want: []string{"sshd-not-to-be-run broken, asks: mv " + marker + " " + marker + ".off; " + start},
		},
		// Somebody has taken the marker away since the unit was skipped.
		{state: "not-to-be-run", want: []string{"unit-stopped broken, none: " + start}},
		{state: "condition", want: []string{"unit-condition-failed broken, manual: systemctl cat ssh.service"}},
		// One of two conditions did not hold, and one was enough.
		{state: "condition-either", want: []string{"unit-stopped broken, none: " + start}},
		{state: "start-limit-restarts", want: []string{"start-limit-hit broken, none: " + start}},
		{state: "no-keys", want: []string{"start-limit-hit broken, none: " + start}},
		{state: "bad-config", want: []string{"start-limit-hit broken, none: " + start}},
		{state: "pre-failed", want: []string{"service-failed broken, none: " + start}},
		{state: "auto-restart", want: []string{"service-restarting broken, none: " + start}},
		// To systemd 247 and 252 a unit that they refuse always looks changed.
		{
			state: "two-execstart", want: []string{"unit-bad-setting warning, asks: " + aside, "unit-needs-daemon-reload notice"},
			except: map[string][]string{"trixie": {"unit-bad-setting warning, asks: " + aside}},
		},
		{
			state: "two-execstart-down", want: []string{
				"unit-bad-setting broken, asks: " + restart,
				"unit-needs-daemon-reload broken, none: systemctl daemon-reload",
			},
			except: map[string][]string{"trixie": {"unit-bad-setting broken, asks: " + restart}},
		},
		{
			state: "exec-missing", files: map[string]string{dropIn: "[Service]\nExecStart=\nExecStart=/usr/local/sbin/sshd -D\n"},
			want: []string{
				"unit-execstart-missing broken, asks: " + restart,
				"start-limit-hit broken, none: " + start,
			},
		},
		// Somebody has put the program there since.
		{
			state: "exec-missing", files: map[string]string{"/usr/local/sbin/sshd": "x"},
			want: []string{"start-limit-hit broken, none: " + start},
		},
		{state: "envfile-missing", want: []string{"service-failed broken, none: " + start}},
		{state: "killed", want: []string{"service-failed broken, none: " + start}},
		// systemd 247 and 252 do not notice the first drop-in of a unit.
		{
			state: "daemon-reload", want: []string{"unit-needs-daemon-reload notice"},
			except: map[string][]string{"bullseye": nil, "bookworm": nil},
		},
		{state: "port-taken", want: []string{"service-failed broken, none: " + start}},
		{state: "socket-idle"},
		{state: "socket-idle-both"},
		{state: "socket-used"},
		{
			state: "socket-enabled-down",
			want:  []string{"unit-stopped broken, none: systemctl reset-failed ssh.service ssh.socket; systemctl start ssh.socket"},
		},
		{
			state: "socket-port-taken",
			want:  []string{"unit-stopped broken, none: systemctl reset-failed ssh.service ssh.socket; systemctl start ssh.socket"},
		},
		// With Accept=yes the socket starts an instance for each connection, and
		// the service that failed before is nobody's business.
		{
			state: "socket-failed-service", want: []string{"service-failed broken, none: " + start},
			except: map[string][]string{"bullseye": nil},
		},
		// systemd makes a unit of the init script that is still there.
		{state: "unit-gone", files: map[string]string{"/etc/init.d/ssh": "x"}, want: []string{"unit-stopped broken, none: " + start}},
	} {
		for _, suite := range suites() {
			f := facts(t, c.state, suite, c.files)
			want := c.want
			if other, ok := c.except[suite]; ok {
				want = other
			}
			var got []string
			for _, found := range Judge(f) {
				got = append(got, in(found))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s on %s:\n  %s\nwant\n  %s", c.state, suite, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		}
	}
}

// Every capture is judged above, and what is found keeps the rules of the house.
func TestFindingsOfAllCaptures(t *testing.T) {
	known := map[string]diag.Rule{}
	for _, r := range Rules() {
		known[r.Code] = r
	}
	for _, state := range states(t) {
		for _, suite := range suites() {
			for _, found := range Judge(facts(t, state, suite, nil)) {
				r, ok := known[found.Code]
				if !ok || found.Severity > r.Severity || found.Symptom != r.Symptom {
					t.Errorf("%s on %s: %s is not as its rule says", state, suite, found.Code)
				}
				if found.Subject == "" || found.Summary == "" || len(found.Evidence) == 0 {
					t.Errorf("%s on %s: %+v says too little", state, suite, found)
				}
				for _, e := range found.Evidence {
					if e.Source == "" || e.Text == "" || e.Text != printable(e.Text) {
						t.Errorf("%s on %s: evidence %+v", state, suite, e)
					}
				}
				if r := found.Remedy; r != nil && r.Consent == diag.Asks && r.Reason == "" {
					t.Errorf("%s on %s: %s asks and does not say why", state, suite, found.Code)
				}
			}
		}
	}
}

// The evidence holds what sshd or systemd said, and not what only repeats it.
func TestEvidenceFromTheJournal(t *testing.T) {
	for state, want := range map[string]string{
		"no-keys":         "sshd: no hostkeys available -- exiting.",
		"bad-config":      "/etc/ssh/sshd_config.d/x.conf: line 1: Bad configuration option: NoSuchOption",
		"pre-failed":      "sshd: no hostkeys available -- exiting.",
		"auto-restart":    "sshd: no hostkeys available -- exiting.",
		"envfile-missing": "ssh.service: Failed to load environment files: No such file or directory",
		"port-taken":      "fatal: Cannot bind any address.",
		"exec-missing":    "ssh.service: Failed at step EXEC spawning /usr/local/sbin/sshd: No such file or directory",
	} {
		for _, suite := range suites() {
			var all []string
			for _, found := range Judge(facts(t, state, suite, nil)) {
				for _, e := range found.Evidence {
					all = append(all, e.Text)
					if strings.HasPrefix(e.Source, "journal") && isNoise(e.Text) {
						t.Errorf("%s on %s: %q says nothing new", state, suite, e.Text)
					}
				}
			}
			if !strings.Contains(strings.Join(all, "\n"), want) {
				t.Errorf("%s on %s: nothing says %q:\n  %s", state, suite, want, strings.Join(all, "\n  "))
			}
		}
	}
}

func TestHowTheUnitFailed(t *testing.T) {
	for state, want := range map[string]string{
		"pre-failed":      "ssh.service failed: /usr/sbin/sshd ended with status 1",
		"killed":          "ssh.service failed: /usr/sbin/sshd was killed by signal 9",
		"envfile-missing": "ssh.service failed: resources",
		"port-taken":      "ssh.service failed: /usr/sbin/sshd ended with status 255",
	} {
		for _, suite := range suites() {
			found := Judge(facts(t, state, suite, nil))
			if len(found) != 1 || found[0].Summary != want {
				t.Errorf("%s on %s: %+v, want %q", state, suite, found, want)
			}
		}
	}
	// A reload that was refused is not what ended the service later.
	u := Unit{ID: "ssh.service", Result: "watchdog", Exec: []Exec{
		{Line: "ExecStart", Path: "/usr/sbin/sshd"},
		{Line: "ExecReload", Path: "/usr/sbin/sshd", Ran: true, Code: 1, Status: 255},
	}}
	if got := failedHow(u); got != "ssh.service failed: watchdog" {
		t.Error(got)
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	for _, c := range []struct {
		what string
		f    Facts
		want string
	}{
		{
			"another init is in charge", Facts{NoSystemd: true, Err: "x", ByHand: []string{"rc-service sshd start"}},
			"no-systemd-in-charge warning unknown, manual: rc-service sshd start",
		},
		{"systemd does not answer", Facts{Err: "cannot reach systemd"}, "systemd-unreachable warning unknown"},
		{
			"there is no unit", Facts{Service: Unit{LoadState: "not-found"}, Socket: Unit{LoadState: "not-found"}},
			"unit-not-found broken, manual: apt-get install --reinstall openssh-server",
		},
		{
			"only the socket's file is left", Facts{
				Service: Unit{LoadState: "not-found"}, Socket: Unit{LoadState: "loaded", ActiveState: "inactive"},
			},
			"unit-not-found broken, manual: apt-get install --reinstall openssh-server",
		},
	} {
		got := Judge(c.f)
		if len(got) != 1 || in(got[0]) != c.want {
			t.Errorf("%s: %+v, want %s", c.what, got, c.want)
		}
	}
}

// A job that is under way is waited for by the next look, not judged.
func TestAUnitOnItsWayIsNotJudged(t *testing.T) {
	for _, u := range []Unit{
		{ID: "ssh.service", LoadState: "loaded", ActiveState: "activating", SubState: "start-pre"},
		{ID: "ssh.service", LoadState: "loaded", ActiveState: "deactivating", SubState: "stop-sigterm"},
		{ID: "ssh.service", LoadState: "loaded", ActiveState: "inactive", Job: true},
		{ID: "ssh.service", LoadState: "loaded", ActiveState: "reloading"},
	} {
		if got := Judge(Facts{Service: u}); len(got) > 0 {
			t.Errorf("%s/%s: %+v", u.ActiveState, u.SubState, got)
		}
	}
}

// Who starts sshd although it is disabled is asked first.
func TestADisabledUnitIsNotStartedUnasked(t *testing.T) {
	u := Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "failed", UnitFileState: "disabled"}
	got := Judge(Facts{Service: u})
	if len(got) != 1 || got[0].Remedy.Consent != diag.Asks || got[0].Remedy.Reason == "" {
		t.Errorf("%+v", got)
	}
	// Unless the socket is what the box starts.
	got = Judge(Facts{Service: u, Socket: Unit{ID: "ssh.socket", LoadState: "loaded", UnitFileState: "enabled"}})
	if len(got) != 1 || got[0].Remedy.Consent != diag.None {
		t.Errorf("%+v", got)
	}
}

func TestTwoDropInsAreNotGuessedBetween(t *testing.T) {
	u := Unit{ID: "ssh.service", LoadState: "bad-setting", DropIns: []string{
		"/usr/lib/systemd/system/ssh.service.d/10-vendor.conf", "/etc/systemd/system/ssh.service.d/50-a.conf",
	}}
	if got := Judge(Facts{Service: u}); len(got) != 1 || got[0].Remedy.Consent != diag.Asks {
		t.Errorf("one of the owner's: %+v", got)
	}
	u.DropIns = append(u.DropIns, "/run/systemd/system/ssh.service.d/50-b.conf")
	if got := Judge(Facts{Service: u}); len(got) != 1 || got[0].Remedy.Consent != diag.Manual {
		t.Errorf("two of them: %+v", got)
	}
	u.DropIns = u.DropIns[:1]
	if got := Judge(Facts{Service: u}); len(got) != 1 || got[0].Remedy.Consent != diag.Manual {
		t.Errorf("the vendor's alone: %+v", got)
	}
}

// A masked service matters not where a socket with Accept=yes does the work.
func TestAMaskBesideASocket(t *testing.T) {
	f := Facts{
		Service: Unit{ID: "ssh.service", LoadState: "masked", ActiveState: "inactive"},
		Socket:  Unit{ID: "ssh.socket", LoadState: "loaded", ActiveState: "active", Accept: true},
	}
	if got := Judge(f); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	f.Socket.Accept = false
	if got := Judge(f); len(got) != 1 || got[0].Code != "unit-masked" || got[0].Severity != diag.Broken {
		t.Errorf("the socket cannot start it: %+v", got)
	}
}

func TestMarkersThatSwitchSshdOff(t *testing.T) {
	for path, want := range map[string]bool{
		marker: true, "/etc/ssh/sshd-not-to-be-run": true, "/etc/nossh/disable_sshd": true,
		"/etc/ssh/ready": false, "/etc/not/there": false, "/run/sshd.pid": false,
	} {
		if got := isSwitch(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
