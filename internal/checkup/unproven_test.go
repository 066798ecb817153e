package checkup

import (
	"net/netip"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// answered is a box on which a connection came as far as this.
func answered(y handshake.Try) Facts {
	at := netip.MustParseAddrPort("127.0.0.1:22")
	return Facts{
		Service: service.Facts{Service: service.Unit{
			ID: "ssh.service", LoadState: "loaded", ActiveState: "active", SubState: "running", UnitFileState: "enabled", MainPID: 7,
		}},
		Expect:    []listen.Expect{{Addr: at}},
		Handshake: handshake.Facts{Targets: []handshake.Target{{Addr: at, Tries: []handshake.Try{y}}}},
	}
}

func rowOf(r diag.Report, s diag.Stage) diag.Passed {
	for _, p := range r.Passed {
		if p.Stage == s {
			return p
		}
	}
	return diag.Passed{}
}

// The row of the handshake says that a key was proven only where one was.
func TestTheHandshakeRow(t *testing.T) {
	offer := &handshake.Offer{
		Kex: []string{"sntrup761x25519-sha512"}, HostKey: []string{"ssh-ed25519"},
		CipherC2S: []string{"aes256-ctr"}, CipherS2C: []string{"aes256-ctr"}, MACC2S: []string{"hmac-sha1"}, MACS2C: []string{"hmac-sha1"},
	}
	for name, c := range map[string]struct {
		try  handshake.Try
		want diag.Passed
	}{
		"proven": {
			handshake.Try{Reached: handshake.HostKey, End: handshake.EndProven, Proof: &handshake.Proof{Type: "ssh-ed25519"}},
			diag.Passed{Stage: diag.Handshake, Text: "key proven on 127.0.0.1 port 22"},
		},
		"no method in common": {
			handshake.Try{Reached: handshake.KexInit, End: handshake.EndNoCommon, NoCommon: "key exchange", Offer: offer},
			diag.Passed{Stage: diag.Handshake, Text: "no key was proven", Not: true},
		},
	} {
		if got := rowOf(Judge(answered(c.try), Options{}), diag.Handshake); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// While lo is down nothing can be proven from here, and others may well get in.
func TestWithoutLoopback(t *testing.T) {
	f := answered(handshake.Try{Reached: handshake.Connected, End: handshake.EndTimeout, Error: "no answer in time"})
	if r := Judge(f, Options{}); r.Cause != handshake.CodeTimeout {
		t.Errorf("with lo: %s, %+v", r.Verdict, r.Findings)
	}
	f.Listen.LoopbackDown = true
	r := Judge(f, Options{})
	if r.Verdict != diag.Unknown || r.Cause != "" {
		t.Errorf("without lo: %s, cause %s, %+v", r.Verdict, r.Cause, r.Findings)
	}
}

// A key that may not be read is not missing, a key that is not there is.
func TestKeysThatAreLacking(t *testing.T) {
	unread := hostkeys.Key{Path: "/etc/ssh/a", Real: "/etc/ssh/a", File: hostkeys.Regular, State: hostkeys.Unread}
	gone := hostkeys.Key{Path: "/etc/ssh/b", Real: "/etc/ssh/b", File: hostkeys.Absent}
	if (hostkeys.Facts{Keys: []hostkeys.Key{unread}}).Lacking() {
		t.Error("a key that could not be read is lacking")
	}
	if !(hostkeys.Facts{Keys: []hostkeys.Key{unread, gone}}).Lacking() {
		t.Error("a key that is not there is not lacking")
	}
}

// A sshd that reads its configuration again has one of its sockets, or none, for a
// moment. What somebody typed is no address of sshd's own.
func TestUnbound(t *testing.T) {
	four, six, typed := netip.MustParseAddrPort("0.0.0.0:22"), netip.MustParseAddrPort("[::]:22"), netip.MustParseAddrPort("0.0.0.0:2222")
	socket := func(a netip.AddrPort) listen.Socket {
		return listen.Socket{Listener: host.Listener{Addr: a, Inode: 1}, Owners: []host.Process{{PID: 7, Name: "sshd"}}}
	}
	for name, c := range map[string]struct {
		sockets []listen.Socket
		err     string
		want    bool
	}{
		"both":           {[]listen.Socket{socket(four), socket(six)}, "", false},
		"one":            {[]listen.Socket{socket(four)}, "", true},
		"none":           {nil, "", true},
		"cannot be told": {nil, "refused", false},
	} {
		f := Facts{
			Expect: []listen.Expect{{Addr: four}, {Addr: six}, {Addr: typed, From: listen.FromPort}},
			Listen: listen.Facts{Sockets: c.sockets, Err: c.err},
		}
		if f.unbound() != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}
