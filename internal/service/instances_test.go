package service

import (
	"slices"
	"testing"
)

func TestTemplatesAndSocketsOfSshd(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/systemd/system/gate@.service":     "[Service]\nExecStart=/usr/sbin/sshd -D -p %i\n",
		"/etc/systemd/system/gate.service":      "[Service]\nExecStart=/usr/sbin/sshd -D\n",
		"/etc/systemd/system/backup@.service":   "[Service]\nExecStart=/usr/bin/backup %i\n",
		"/etc/systemd/system/a.socket":          "[Socket]\nListenStream=22\nAccept=yes\n",
		"/etc/systemd/system/b.socket":          "[Socket]\nListenStream=22\n",
		"/etc/systemd/system/c.socket":          "[Socket]\nListenStream=22\nService=gate.service\n",
		"/etc/systemd/system/d.socket":          "Accept=yes\n",
		"/usr/lib/systemd/system/ssh.socket":    "[Socket]\nListenStream=22\n",
		"/usr/lib/systemd/system/sshd@.service": "[Service]\nExecStart=/usr/sbin/sshd -i\n",
		"/usr/lib/systemd/system/b.socket":      "[Socket]\nAccept=yes\n",
	})
	if got := templatesOfSshd(h); !slices.Equal(got, []string{"gate@.service", "sshd@.service"}) {
		t.Errorf("templates: %q", got)
	}
	if got := unitsOfSshd(h); !slices.Equal(got, []string{"gate.service"}) {
		t.Errorf("units: %q", got)
	}
	want := []string{"a.socket", "b.socket", "c.socket", "d.socket"}
	if got := socketFiles(h); !slices.Equal(got, want) {
		t.Errorf("sockets: %q", got)
	}
	for socket, want := range map[string]string{
		"a.socket": "a@.service", "b.socket": "b.service", "c.socket": "gate.service", "d.socket": "", "e.socket": "",
	} {
		if got := startedBySocket(h, socket); got != want {
			t.Errorf("%s starts %q, want %q", socket, got, want)
		}
	}
}

// sshd -i serves one connection that somebody else took, sshd(8).
func TestPerConnection(t *testing.T) {
	for option, want := range map[string]bool{"-i": true, "-D": false} {
		u := Unit{Exec: []Exec{{Line: "ExecStart", Argv: []string{"/usr/sbin/sshd", option}}}}
		if got := u.perConnection(); got != want {
			t.Errorf("%s: %v", option, got)
		}
	}
}
