package service

import (
	"slices"
	"testing"
)

func TestUnitsOfSshd(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/systemd/system/company-ssh.service":   "[Service]\nExecStart=/usr/sbin/sshd -D\n",
		"/etc/systemd/system/backup.service":        "[Service]\nExecStart=/usr/bin/backup\n",
		"/etc/systemd/system/gate@.service":         "[Service]\nExecStart=/usr/sbin/sshd -i\n",
		"/usr/lib/systemd/system/ssh.service":       "[Service]\nExecStart=/usr/sbin/sshd -D\n",
		"/usr/lib/systemd/system/sshd-mgmt.service": "[Service]\nExecStart=/usr/sbin/ip vrf exec mgmt /usr/sbin/sshd -D\n",
		"/lib/systemd/system/company-ssh.service":   "[Service]\nExecStart=/usr/sbin/sshd -D\n",
	})
	if got := unitsOfSshd(h); !slices.Equal(got, []string{"company-ssh.service", "sshd-mgmt.service"}) {
		t.Errorf("%q", got)
	}
}

func TestWhatStartsSshd(t *testing.T) {
	for _, c := range []struct {
		line string
		argv []string
		want bool
	}{
		{"ExecStart", []string{"/usr/sbin/sshd", "-D"}, true},
		{"ExecStart", []string{"/usr/sbin/ip", "vrf", "exec", "mgmt", "/usr/sbin/sshd", "-D"}, true},
		{"ExecStartPre", []string{"/usr/sbin/sshd", "-t"}, false},
		{"ExecStart", []string{"/usr/bin/sshd-watch"}, false},
		{"ExecStart", nil, false},
	} {
		if got := (Unit{Exec: []Exec{{Line: c.line, Argv: c.argv}}}).startsSshd(); got != c.want {
			t.Errorf("%s=%q: %v", c.line, c.argv, got)
		}
	}
}

// systemd shows a unit that it starts again and again in several states.
func TestRetrying(t *testing.T) {
	for _, c := range []struct {
		active, sub string
		restarts    int
		want        bool
	}{
		{"activating", "auto-restart", 0, true},
		{"activating", "auto-restart-queued", 1, true},
		{"activating", "start-pre", 2, true},
		{"activating", "start-pre", 0, false},
		{"active", "running", 3, false},
		{"failed", "failed", 5, false},
	} {
		u := Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: c.active, SubState: c.sub, NRestarts: c.restarts}
		if got := u.Retrying(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		found, ok := judgeDown(Facts{Service: u})
		if c.want && (!ok || found.Code != "service-restarting") {
			t.Errorf("%+v: %v %+v", c, ok, found)
		}
	}
}

// The program that ended is named where it is not sshd itself.
func TestWhoMadeSystemdGiveUp(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/local/sbin/check": "systemd gave up starting ssh.service: check ended with status 3",
		"/usr/sbin/sshd":        "systemd gave up starting ssh.service",
	} {
		u := Unit{
			ID: "ssh.service", LoadState: "loaded", ActiveState: "failed", Result: "start-limit-hit",
			Exec: []Exec{{Line: "ExecStartPre", Path: path, Argv: []string{path, "-t"}, Ran: true, Code: 1, Status: 3}},
		}
		found, ok := judgeDown(Facts{Service: u})
		if !ok || found.Code != "start-limit-hit" || found.Summary != want {
			t.Errorf("%s: %+v", path, found)
		}
	}
}
