package host

import "testing"

func TestParseCgroup(t *testing.T) {
	v1 := "9:name=systemd:/system.slice/ssh.service\n8:pids:/system.slice/ssh.service\n1:cpu:/\n"
	hybrid := "9:name=systemd:/\n8:pids:/\n1:cpu:/\n0::/system.slice/ssh.service\n"
	tests := []struct{ name, text, group, unit string }{
		{"version 2", "0::/system.slice/ssh.service\n", "/system.slice/ssh.service", "ssh.service"},
		{"version 1", v1, "/system.slice/ssh.service", "ssh.service"},
		{"hybrid, version 2 counts", hybrid, "/system.slice/ssh.service", "ssh.service"},
		{"process 1", "0::/init.scope\n", "/init.scope", "init.scope"},
		{"below a unit", "0::/system.slice/docker.service/inner\n", "/system.slice/docker.service/inner", "docker.service"},
		{"a container", "0::/system.slice/docker-4f3a.scope\n", "/system.slice/docker-4f3a.scope", "docker-4f3a.scope"},
		{"an instance in a slice of its own", "0::/system.slice/system-getty.slice/getty@tty1.service\n",
			"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"},
		{"a login", "0::/user.slice/user-0.slice/session-3.scope\n", "/user.slice/user-0.slice/session-3.scope", "session-3.scope"},
		{"a user's own service", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service\n",
			"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", "user@1000.service"},
		{"another box", "0::/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service\n",
			"/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service", "systemd-nspawn@web.service"},
		{"an escaped name", "0::/system.slice/_cpu.service\n", "/system.slice/_cpu.service", "cpu.service"},
		{"no unit", "0::/docker/4f3a\n", "/docker/4f3a", ""},
		{"outside of the namespace", "0::/../..\n", "/../..", ""},
		{"the root", "0::/\n", "/", ""},
		{"nothing", "", "", ""},
		{"rubbish", "x\n::\n0:\n", "", ""},
		{"a name for a terminal", "0::/system.slice/a\x1b[2J.service\n", "/system.slice/a?[2J.service", "a?[2J.service"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if group, unit := parseCgroup(tt.text); group != tt.group || unit != tt.unit {
				t.Errorf("got %q %q, want %q %q", group, unit, tt.group, tt.unit)
			}
		})
	}
}
