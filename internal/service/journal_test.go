package service

import (
	"slices"
	"testing"
	"time"
)

// What a second sshd said is not why this one is down. A line without a unit may be
// of a process that was gone before journald could look.
func TestWhoseWordsTheyAre(t *testing.T) {
	const text = `{"MESSAGE":"fatal: of another","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"sshd-alt.service"}
{"MESSAGE":"of a session","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"session-3.scope"}
{"MESSAGE":"of nobody","SYSLOG_IDENTIFIER":"sshd"}
{"MESSAGE":"its own","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"ssh.service"}
{"MESSAGE":null,"SYSLOG_IDENTIFIER":"sshd"}
{"MESSAGE":"ssh.service: Failed","SYSLOG_IDENTIFIER":"systemd","_SYSTEMD_UNIT":"init.scope"}
{"MESSAGE":"a core\nof several lines","SYSLOG_IDENTIFIER":"systemd-coredump","_SYSTEMD_UNIT":"systemd-coredump@0.service"}
{"MESSAGE":"cut`
	want := []string{"of nobody", "its own", "ssh.service: Failed", "a core", "of several lines"}
	if got := entries(text, "ssh.service"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What the last start said is read from when it began, also where systemd waits to
// start the unit again or has given up.
func TestLastStart(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(1_700_000_000+int64(s), 0) }
	for name, c := range map[string]struct {
		since time.Time
		exec  []Exec
		want  time.Time
	}{
		"a start":                                {at(10), []Exec{{Line: "ExecStartPre", Began: at(11)}, {Line: "ExecStart", Began: at(12)}}, at(10)},
		"the next automatic one is waited for":   {at(10), []Exec{{Line: "ExecStartPre", Began: at(8)}, {Line: "ExecStart", Began: at(9)}}, at(9)},
		"its first program failed":               {at(10), []Exec{{Line: "ExecStartPre", Began: at(9)}, {Line: "ExecStart"}}, at(9)},
		"nothing could be started, long after":   {at(900), []Exec{{Line: "ExecStart", Began: at(9)}}, at(900)},
		"it was reloaded before":                 {at(900), []Exec{{Line: "ExecStart", Began: at(9)}, {Line: "ExecReload", Began: at(890)}}, at(900)},
		"nothing was ever started":               {time.Time{}, []Exec{{Line: "ExecStart"}}, time.Time{}},
		"nothing is known of what it was to run": {at(10), nil, at(10)},
	} {
		if got := (Unit{Since: c.since, Exec: c.exec}).lastStart(); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
