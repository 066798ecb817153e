package service

import (
	"slices"
	"strings"
	"testing"
)

// What systemd does not tell, the files on the box do: never are options lost
// that decide who gets in.
func TestUsual(t *testing.T) {
	const unit = "[Service]\nEnvironmentFile=-/etc/default/ssh\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
	for _, c := range []struct {
		title string
		f     Facts
		files map[string]string
		args  string
		why   string
	}{
		{"systemd knows", Facts{Binary: "/usr/sbin/sshd", Args: []string{"-D"}}, map[string]string{"/etc/default/ssh": "SSHD_OPTS=-4"}, "-D", ""},
		{"systemd could not tell", Facts{Binary: "/usr/sbin/sshd", ArgsErr: "no"}, map[string]string{"/etc/default/ssh": "SSHD_OPTS=-4"}, "", "no"},
		{"the unit on disk", Facts{NoSystemd: true}, map[string]string{
			"/lib/systemd/system/ssh.service": unit, "/etc/default/ssh": "SSHD_OPTS='-o AllowUsers=alice'",
		}, "-D -o AllowUsers=alice", ""},
		{"a mask in front of it", Facts{Service: Unit{LoadState: "masked"}}, map[string]string{
			"/lib/systemd/system/ssh.service": unit, "/etc/systemd/system/ssh.service": "", "/etc/default/ssh": "SSHD_OPTS=-oPermitRootLogin=no",
		}, "-D -oPermitRootLogin=no", ""},
		{"a unit that starts another program", Facts{}, map[string]string{
			"/lib/systemd/system/ssh.service": "[Service]\nExecStart=/usr/local/bin/start-it\n",
		}, "", "starts /usr/local/bin/start-it"},
		{"no unit, and a file of options", Facts{}, map[string]string{libUnit: "none", "/etc/sysconfig/sshd": "OPTIONS=-u0\n"}, "-u0", ""},
		{"options that only a shell knows", Facts{}, map[string]string{libUnit: "none", "/etc/default/ssh": "SSHD_OPTS=\"$MORE -4\"\n"}, "", "a shell"},
		{"nothing at all", Facts{}, map[string]string{libUnit: "none"}, "", "no unit"},
	} {
		got := Usual(disk(t, c.files), c.f)
		if strings.Join(got.Args, " ") != c.args || (c.why == "") != (got.ArgsErr == "") || !strings.Contains(got.ArgsErr, c.why) {
			t.Errorf("%s: %q, %q", c.title, got.Args, got.ArgsErr)
		}
	}
}

func TestWhereASocketListens(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"22", "[::]:22"},
		{"[::]:22", "[::]:22"},
		{"10.9.9.9:22 10.9.9.9:2200", "10.9.9.9:22 10.9.9.9:2200"},
		{"/run/ssh.sock @abstract vsock::22 70000", ""},
	} {
		var got []string
		for _, a := range (Unit{Listen: strings.Fields(c.said)}).Addresses() {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q", c.said, got)
		}
	}
	for _, c := range []struct {
		socket Unit
		want   bool
	}{
		{Unit{ActiveState: "active"}, true},
		{Unit{ActiveState: "failed"}, true},
		{Unit{ActiveState: "inactive", UnitFileState: "enabled"}, true},
		{Unit{ActiveState: "inactive", UnitFileState: "disabled"}, false},
		{Unit{}, false},
	} {
		if got := (Facts{Socket: c.socket}).SocketDecides(); got != c.want {
			t.Errorf("%+v: %t", c.socket, got)
		}
	}
	if !slices.Equal((Unit{Listen: []string{"22", "22"}}).Addresses(), (Unit{Listen: []string{"22"}}).Addresses()) {
		t.Error("one address twice")
	}
}
