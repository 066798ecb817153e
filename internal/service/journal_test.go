package service

import (
	"slices"
	"testing"
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
