package rescue

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// Without systemd a command is shown, with the server's own options; where it
// could let in more than the server does, none.
func TestByHand(t *testing.T) {
	without := func(do func(f *Facts)) Facts {
		return change(func(f *Facts) { f.Systemd, f.NoSystemd = "no", true; do(f) })
	}
	for _, c := range []struct {
		title string
		f     Facts
		r     Request
		want  string
	}{
		{"a sound one", without(func(*Facts) {}), asked(), "timeout 1800 /usr/sbin/sshd -D -o ListenAddress=0.0.0.0:2222 " +
			"-o '" + "ListenAddress=[::]:2222' -o PidFile=none -o AuthenticationMethods=publickey -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no"},
		{"options of its unit", without(func(f *Facts) {
			f.Args = []string{"-o", "AllowUsers=alice bob", "-p", "22", "-o", "ListenAddress 10.0.0.1", "-u", "0", "-h", "/k", "-f", "/etc/x"}
		}), asked(), " -o 'AllowUsers=alice bob' -u 0 -h /k -f /etc/x"},
		{"a second factor", without(func(f *Facts) {
			f.Conf = conf("authenticationmethods publickey,password", "listenaddress 203.0.113.7:22", "passwordauthentication yes")
		}), asked(), "-o ListenAddress=203.0.113.7:2222 -o PidFile=none -o AuthenticationMethods=publickey,password -o KbdInteractiveAuthentication=no"},
		{"options that are not known", without(func(f *Facts) { f.ArgsErr = "cannot read it" }), asked(), ""},
		{"a configuration of its unit's own", without(func(f *Facts) { f.Other = "RootDirectory=/srv/jail" }), asked(), ""},
		{"one account", without(func(*Facts) {}), asked(func(r *Request) { r.User = "alice" }), ""},
		{"its own port", without(func(f *Facts) { f.Conf = conf("listenaddress 0.0.0.0:2222") }), asked(), ""},
		{"a Match line that asks for the port", without(func(f *Facts) {
			f.Files = []Copy{{From: "/etc/ssh/sshd_config", Data: []byte("Match LocalPort 22\nDenyUsers root\n")}}
		}), asked(), ""},
		{"a line that sshd rejects", without(func(f *Facts) { f.Readable.Aside = []sshdconf.Aside{{}} }), asked(), ""},
	} {
		_, no := Judge(c.f, c.r)
		if no == nil || no.Code != "no-systemd" {
			t.Fatalf("%s: %+v", c.title, no)
		}
		last := no.Why[len(no.Why)-1]
		if shown := strings.Contains(last, "timeout"); shown != (c.want != "") || !strings.HasSuffix(last, c.want) {
			t.Errorf("%s: %q", c.title, no.Why)
		}
	}
}

func TestPortIsNotTheServers(t *testing.T) {
	for _, c := range []struct {
		taken []uint16
		want  uint16
	}{{nil, 2222}, {[]uint16{22, 2222}, 2022}, {[]uint16{2222, 2022, 2200, 22022, 22222}, 22223}} {
		if got := Port(c.taken); got != c.want {
			t.Errorf("%v: %d", c.taken, got)
		}
	}
}
