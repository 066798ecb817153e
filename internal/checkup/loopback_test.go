package checkup

import (
	"net/netip"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// Where lo is down nothing answers from here, and that is no fault of sshd's.
func TestLoopbackIsTheCauseOfSilence(t *testing.T) {
	f := Facts{
		Service: service.Facts{Service: service.Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "active", MainPID: 7}},
		Expect:  []listen.Expect{{Addr: netip.MustParseAddrPort("0.0.0.0:22"), From: listen.FromConfig}},
		Handshake: handshake.Facts{Targets: []handshake.Target{{
			Addr: netip.MustParseAddrPort("127.0.0.1:22"), Tries: []handshake.Try{{End: handshake.EndTimeout}},
		}}},
	}
	f.Conf.Known = true
	f.Install.Binary.Path = "/usr/sbin/sshd"
	cause := func() string {
		r := Judge(f, Options{})
		return r.Cause + " " + string(r.Verdict)
	}
	if got, want := cause(), "handshake-timeout broken"; got != want {
		t.Errorf("lo is up: %s, want %s", got, want)
	}
	f.Listen.LoopbackDown = true
	if got, want := cause(), "loopback-down broken"; got != want {
		t.Errorf("lo is down: %s, want %s", got, want)
	}
	f.Handshake.Targets[0].Tries[0] = handshake.Try{Reached: handshake.HostKey}
	if got, want := cause(), "loopback-down degraded"; got != want {
		t.Errorf("lo is down, and sshd was proven elsewhere: %s, want %s", got, want)
	}
}

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
