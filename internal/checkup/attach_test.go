package checkup

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// Under a socket unit a reload ends sshd: it cannot bind what the socket holds. A
// restart is one that open sessions survive, or somebody is asked.
func TestKeysAreLoadedAgain(t *testing.T) {
	const restart = "systemctl reset-failed ssh.service; systemctl restart ssh.service"
	for _, c := range []struct {
		socket, kill, want string
		consent            diag.Consent
	}{
		{"inactive", "process", "systemctl reload ssh.service", diag.None},
		{"inactive", "control-group", "systemctl reload ssh.service", diag.None},
		{"active", "process", restart, diag.None},
		{"active", "control-group", restart, diag.Asks},
	} {
		f := Facts{Service: service.Facts{
			Service: service.Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "active", KillMode: c.kill},
			Socket:  service.Unit{ID: "ssh.socket", LoadState: "loaded", ActiveState: c.socket},
		}}
		x := found(diag.Identity, handshake.CodeNotLoaded, "not served", false)
		attachReload(f, []diag.Finding{x}, &x)
		if x.Remedy == nil || x.Remedy.Commands()[0] != c.want || x.Remedy.Consent != c.consent {
			t.Errorf("the socket is %s, KillMode=%s: %+v, want %s", c.socket, c.kill, x.Remedy, c.want)
		}
	}
}
