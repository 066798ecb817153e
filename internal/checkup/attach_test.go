package checkup

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// Under a socket unit a reload ends sshd: it cannot bind what the socket holds.
func TestKeysAreLoadedAgain(t *testing.T) {
	for _, c := range []struct{ socket, want string }{
		{"inactive", "systemctl reload ssh.service"},
		{"active", "systemctl reset-failed ssh.service; systemctl restart ssh.service"},
	} {
		f := Facts{Service: service.Facts{
			Service: service.Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "active"},
			Socket:  service.Unit{ID: "ssh.socket", LoadState: "loaded", ActiveState: c.socket},
		}}
		x := found(diag.Identity, handshake.CodeNotLoaded, "not served", false)
		attachReload(f, []diag.Finding{x}, &x)
		if x.Remedy == nil || x.Remedy.Commands()[0] != c.want {
			t.Errorf("the socket is %s: %+v, want %s", c.socket, x.Remedy, c.want)
		}
	}
}
