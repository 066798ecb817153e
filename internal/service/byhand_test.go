package service

import (
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// How sshd is started on machines without systemd.
func TestByHand(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		init  string
		want  []string
	}{
		{"an Alpine machine", []string{"/etc/init.d/sshd", "/sbin/rc-service", "/usr/sbin/sshd"}, "init", []string{"rc-service sshd start"}},
		{"Debian with sysvinit, or in a container", []string{"/etc/init.d/ssh", "/usr/sbin/service", "/etc/debian_version"}, "bash",
			[]string{"service ssh start"}},
		{"a script and nothing to call it", []string{"/etc/init.d/ssh"}, "sh", []string{"/etc/init.d/ssh start"}},
		{"runit", []string{"/etc/sv/sshd/run", "/usr/bin/sshd"}, "runit", []string{"sv up sshd"}},
		{"a Debian container without the script", []string{"/etc/debian_version", "/usr/sbin/sshd"}, "sleep",
			[]string{"mkdir -p -m 0755 /run/sshd", "/usr/sbin/sshd"}},
		{"a Fedora container", []string{"/usr/bin/sshd"}, "sleep", []string{"/usr/bin/sshd"}},
		{"nothing at all", nil, "x\x1b[2J", []string{"/usr/sbin/sshd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"/proc/1/comm": c.init + "\n"}
			for _, p := range c.files {
				files[p] = ""
			}
			f := Facts{NoSystemd: true}
			f.withoutSystemd(&host.Host{Files: hosttest.Tree(t, 0o755, files)})
			if !slices.Equal(f.ByHand, c.want) {
				t.Errorf("%q, want %q", f.ByHand, c.want)
			}
			if f.Init.Name != printable(c.init) {
				t.Errorf("process 1 is %q", f.Init.Name)
			}
		})
	}
}
