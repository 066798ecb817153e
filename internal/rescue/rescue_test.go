package rescue

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// conf makes sshd's answer of lines such as "port 22".
func conf(lines ...string) sshdconf.Facts {
	f := sshdconf.Facts{Known: true, MainFile: "/etc/ssh/sshd_config"}
	for _, l := range lines {
		key, value, _ := strings.Cut(l, " ")
		f.Settings = append(f.Settings, sshdconf.Setting{Key: key, Value: value})
	}
	return f
}

// stock is a box whose sshd reads its configuration and listens everywhere.
func stock(more ...string) Facts {
	return Facts{
		Binary: "/usr/sbin/sshd", Reinstall: "apt-get install --reinstall openssh-server",
		Conf: conf(append([]string{
			"listenaddress [::]:22", "listenaddress 0.0.0.0:22", "permitrootlogin without-password",
			"passwordauthentication yes", "kbdinteractiveauthentication no", "logingracetime 120",
			"authenticationmethods any",
		}, more...)...),
		HostKeys: []diag.HostKey{{Path: "/etc/ssh/ssh_host_ed25519_key", Type: "ssh-ed25519"}},
		Own: []netip.Addr{
			netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("203.0.113.7"),
			netip.MustParseAddr("fe80::1"), netip.MustParseAddr("2001:db8::7"),
		},
	}
}

// change returns the stock box after something was done to it.
func change(do func(f *Facts)) Facts {
	f := stock()
	do(&f)
	return f
}

func asked(do ...func(r *Request)) Request {
	r := Request{Port: 2222, For: Usual}
	for _, d := range do {
		d(&r)
	}
	return r
}

func TestRefusals(t *testing.T) {
	at := func(addr string) func(r *Request) {
		return func(r *Request) { r.Addresses = []netip.Addr{netip.MustParseAddr(addr)} }
	}
	user := func(r *Request) { r.User = "alice" }
	password := func(r *Request) { r.Password = true }
	held := func(addr string) Facts {
		return change(func(f *Facts) {
			f.Held = []Held{{Addr: netip.MustParseAddrPort(addr), Owner: "nginx, pid 7, nginx.service"}}
		})
	}
	matching := func(criteria string) Facts {
		return change(func(f *Facts) {
			f.Files = []Copy{{From: "/etc/ssh/sshd_config", Data: []byte("Match " + criteria + "\n\tDenyUsers root\n")}}
		})
	}
	who := change(func(f *Facts) { f.Readable.Aside = []sshdconf.Aside{{Access: "allowusers", Who: true}} })
	bare := change(func(f *Facts) { f.Bare = true })
	for _, c := range []struct {
		box  string
		f    Facts
		r    Request
		code string
	}{
		{"a sound one", stock(), asked(), ""},
		{"sshd is not there", change(func(f *Facts) { f.BinaryErr = "it is not there" }), asked(), "no-sshd"},
		{"systemd does not answer", change(func(f *Facts) { f.Systemd = "no" }), asked(), "no-systemd"},
		{"a rescue is up", change(func(f *Facts) { f.Running.Active = true }), asked(), "running"},
		{"a line that nobody understands", change(func(f *Facts) { f.Readable.Stuck = []sshdconf.Aside{{}} }), asked(), "config-line"},
		{"a configuration that cannot be read", change(func(f *Facts) { f.Conf.Known = false }), asked(), "config-unreadable"},
		{"a directory that only heal makes", change(func(f *Facts) { f.PrivsepDir = "/usr/share/empty.sshd" }), asked(), "privsep-dir"},
		{"a directory that the unit makes", change(func(f *Facts) { f.PrivsepDir = "/run/sshd" }), asked(), ""},
		{"no such account", change(func(f *Facts) { f.Login.Unknown = true }), asked(user), "no-user"},
		{"who may log in is unreadable", who, asked(), "who"},
		{"the same, with a name", who, asked(user), ""},
		{"no configuration", bare, asked(user), "no-address"},
		{"the same, with an address", bare, asked(at("0.0.0.0")), "who"},
		{"the same, with both", bare, asked(at("0.0.0.0"), user), ""},
		{"the same, with passwords", bare, asked(at("0.0.0.0"), user, password), "no-password"},
		{"the main file is gone, what it included is not", change(func(f *Facts) {
			f.Bare, f.Remains = true, "line 1 of /etc/ssh/sshd_config.d/no.conf: PermitRootLogin no"
		}), asked(at("0.0.0.0"), user), "config-gone"},
		{"sshd's unit shows it another configuration", change(func(f *Facts) {
			f.Other = "BindReadOnlyPaths=/srv/sshd_config:/etc/ssh/sshd_config"
		}), asked(), "unit-view"},
		{"a sshd by hand, with a file of its own", change(func(f *Facts) { f.Stray = "/usr/sbin/sshd -f /root/strict (pid 7)" }), asked(), "other-sshd"},
		{"its own port", stock("listenaddress 192.0.2.1:2222"), asked(), "own-port"},
		{"a foreign address", stock(), asked(at("198.51.100.1")), "foreign-address"},
		{"the port is taken", held("0.0.0.0:2222"), asked(), "port-taken"},
		{"taken by an IPv6 wildcard", held("[::]:2222"), asked(at("203.0.113.7")), "port-taken"},
		{"taken on the address", held("203.0.113.7:2222"), asked(at("203.0.113.7")), "port-taken"},
		{"taken below the wildcard", held("203.0.113.7:2222"), asked(), "port-taken"},
		{"taken on another address", held("127.0.0.1:2222"), asked(at("203.0.113.7")), ""},
		{"another port is taken", held("0.0.0.0:2223"), asked(), ""},
		{"passwords are allowed", stock(), asked(password), ""},
		{"a Match line that asks for the port", change(func(f *Facts) {
			f.Files = []Copy{{From: "/etc/ssh/sshd_config", Data: []byte("UsePAM yes\nmatch user x LocalPort 22\nAllowUsers bob\n")}}
		}), asked(), "match-port"},
		{"a Match line that asks for the address, where the server listens", matching("LocalAddress 203.0.113.7"), asked(at("203.0.113.7")), ""},
		{"the same, and its port", matching("LocalAddress 203.0.113.7"), asked(), ""},
		{"a Match line that asks for the address, where the server does not listen", change(func(f *Facts) {
			*f = matching("user root LocalAddress 203.0.113.7")
			f.Conf = conf("listenaddress 203.0.113.7:22", "authenticationmethods any")
		}), asked(at("127.0.0.1")), "match-address"},
		{"the same, for a routing domain", change(func(f *Facts) {
			*f = matching("RDomain mgmt")
			f.Conf = conf("listenaddress 203.0.113.7:22 rdomain mgmt", "authenticationmethods any")
		}), asked(at("203.0.113.7")), "match-address"},
		{"the server listens in a routing domain alone", change(func(f *Facts) {
			f.Conf = conf("listenaddress 0.0.0.0:22 rdomain mgmt", "authenticationmethods any")
		}), asked(), "no-address"},
		{"the address is the socket's, and not the configuration's", change(func(f *Facts) {
			*f = matching("LocalAddress 203.0.113.7")
			f.Socket = Socket{Unit: "ssh.socket", Listen: []netip.AddrPort{netip.MustParseAddrPort("203.0.113.7:22")}}
		}), asked(at("127.0.0.1")), "match-address"},
		{"a file that cannot be followed", change(func(f *Facts) {
			f.Files = []Copy{{From: "/etc/ssh/sshd_config", Data: []byte("Include 'a b'\n")}}
		}), asked(), "include"},
		{"the port of its socket", change(func(f *Facts) {
			f.Socket = Socket{Unit: "ssh.socket", Listen: []netip.AddrPort{netip.MustParseAddrPort("203.0.113.7:2222")}}
		}), asked(), "own-port"},
		{"a socket for one network interface", change(func(f *Facts) {
			f.Socket = Socket{Unit: "ssh.socket", Device: "eth1", Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:22")}}
		}), asked(), "no-address"},
		{"options that are not known", change(func(f *Facts) { f.ArgsErr = "cannot read" }), asked(), "unit-args"},
		{"no keys at all", stock("pubkeyauthentication no"), asked(), "no-keys"},
		{"the same, with passwords", stock("pubkeyauthentication no"), asked(password), ""},
		{"keys are never enough", change(func(f *Facts) {
			f.Conf = conf("authenticationmethods password", "listenaddress 0.0.0.0:22", "passwordauthentication yes")
		}), asked(), "no-keys"},
	} {
		_, no := Judge(c.f, c.r)
		got := ""
		if no != nil {
			got = no.Code
			if len(no.Why) == 0 {
				t.Errorf("%s: no reason is given", c.box)
			}
		}
		if got != c.code {
			t.Errorf("%s: %q, want %q (%+v)", c.box, got, c.code, no)
		}
	}
}

func TestListensNoWiderThanSaid(t *testing.T) {
	for _, c := range []struct {
		title   string
		f       Facts
		said    []string
		listen  []string
		clients []string
	}{
		{"as the server does", stock(), nil, []string{"0.0.0.0:2222", "[::]:2222"}, []string{"203.0.113.7", "2001:db8::7"}},
		{"without IPv6", change(func(f *Facts) { f.NoIPv6 = true; f.Own = f.Own[:1] }), nil, []string{"0.0.0.0:2222"}, nil},
		{"one address", stock(), []string{"203.0.113.7"}, []string{"203.0.113.7:2222"}, []string{"203.0.113.7"}},
		{"loopback", stock(), []string{"127.0.0.1"}, []string{"127.0.0.1:2222"}, []string{"127.0.0.1"}},
		{"as its socket does", change(func(f *Facts) {
			f.Socket = Socket{Unit: "ssh.socket", Listen: []netip.AddrPort{netip.MustParseAddrPort("203.0.113.7:22")}}
		}), nil, []string{"203.0.113.7:2222"}, []string{"203.0.113.7"}},
		{"the server's one address", change(func(f *Facts) {
			f.Conf = conf("listenaddress 203.0.113.7:22", "listenaddress 198.51.100.9:22", "authenticationmethods any")
		}), nil, []string{"203.0.113.7:2222"}, []string{"203.0.113.7"}},
	} {
		r := asked()
		for _, s := range c.said {
			r.Addresses = append(r.Addresses, netip.MustParseAddr(s))
		}
		p, no := Judge(c.f, r)
		if no != nil {
			t.Errorf("%s: %+v", c.title, no)
			continue
		}
		var listen, clients []string
		for _, a := range p.Listen {
			listen = append(listen, a.String())
		}
		for _, a := range p.Clients {
			clients = append(clients, a.String())
		}
		if !slices.Equal(listen, c.listen) || !slices.Equal(clients, c.clients) {
			t.Errorf("%s: listens on %v, clients come to %v", c.title, listen, clients)
		}
	}
}

func TestKeysOnly(t *testing.T) {
	for _, c := range []struct {
		methods string
		want    string
		// left are the ways that stay as the server has them.
		left []string
	}{
		{"any", "AuthenticationMethods publickey", nil},
		{"publickey", "AuthenticationMethods publickey", nil},
		{"publickey,keyboard-interactive", "AuthenticationMethods publickey,keyboard-interactive", []string{"KbdInteractiveAuthentication no"}},
		{"publickey password", "AuthenticationMethods publickey", nil},
		{"password,publickey keyboard-interactive", "AuthenticationMethods password,publickey", []string{"PasswordAuthentication no", "KerberosAuthentication no"}},
	} {
		f := change(func(f *Facts) {
			f.Conf = conf("authenticationmethods "+c.methods, "listenaddress 0.0.0.0:22")
		})
		p, no := Judge(f, asked())
		if no != nil {
			t.Errorf("%s: %+v", c.methods, no)
			continue
		}
		if !slices.Contains(p.Head, c.want) {
			t.Errorf("%s: no %q in %q", c.methods, c.want, p.Head)
		}
		for _, line := range []string{"PasswordAuthentication no", "KbdInteractiveAuthentication no", "GSSAPIAuthentication no", "KerberosAuthentication no"} {
			off := slices.Contains(p.Always, line)
			if off == slices.Contains(c.left, line) {
				t.Errorf("%s: %s: %t", c.methods, line, off)
			}
		}
	}
}

// A second factor that some Match block changes cannot be told apart from here.
func TestSecondFactorThatDiffers(t *testing.T) {
	f := change(func(f *Facts) {
		f.Conf = conf("authenticationmethods publickey,password", "listenaddress 0.0.0.0:22", "passwordauthentication yes")
		f.Files = []Copy{{Data: []byte("AuthenticationMethods publickey,password\nMatch User x\nAuthenticationMethods password\n")}}
	})
	if _, no := Judge(f, asked()); no == nil || no.Code != "methods" {
		t.Errorf("%+v", no)
	}
	if _, no := Judge(f, asked(func(r *Request) { r.Password = true })); no != nil {
		t.Errorf("with passwords: %+v", no)
	}
}

func TestGraceIsNeverLonger(t *testing.T) {
	for said, want := range map[string]int{"120": mostGrace, "0": mostGrace, "5": 5, "2m": mostGrace} {
		if got := grace(conf("logingracetime " + said)); got != want {
			t.Errorf("LoginGraceTime %s: %d, want %d", said, got, want)
		}
	}
}

func TestUnitEndsByItself(t *testing.T) {
	p, no := Judge(change(func(f *Facts) { f.KeepDirs = []string{"/run/sshd"} }), asked(func(r *Request) { r.For = time.Hour }))
	if no != nil {
		t.Fatalf("%+v", no)
	}
	u := p.unit("/usr/bin/mount", "/usr/bin/umount")
	got := map[string]any{}
	for _, s := range u.Settings {
		got[s.Name] = s.Value
	}
	for name, want := range map[string]any{
		// A login that began before may take the rest of the hour.
		"RuntimeMaxUSec": uint64((time.Hour - mostGrace*time.Second).Microseconds()),
		"Restart":        "no", "CollectMode": "inactive-or-failed", "DefaultDependencies": false,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if u.Before[len(u.Before)-1] != "/run/sshd" || u.Afterwards[len(u.Afterwards)-1] != "/run/sshd" {
		t.Errorf("%+v", u)
	}
	if u := p.unit("", "/usr/bin/umount"); u.Before != nil || u.Afterwards != nil {
		t.Errorf("without mount(8): %+v", u)
	}
}

func TestVerify(t *testing.T) {
	p, no := Judge(stock("usepam yes", "maxauthtries 6", "allowusers alice"), asked())
	if no != nil {
		t.Fatalf("%+v", no)
	}
	good := []string{
		"listenaddress 0.0.0.0:2222", "listenaddress [::]:2222", "permitrootlogin without-password",
		"passwordauthentication no", "kbdinteractiveauthentication no", "logingracetime 20",
		"authenticationmethods publickey", "usepam yes", "maxauthtries 6", "allowusers alice", "loglevel DEBUG",
	}
	if err := p.verify(conf(good...)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ was, is string }{
		{"listenaddress [::]:2222", "listenaddress [::]:22"},
		{"listenaddress [::]:2222", "listenaddress [::]:2222 x\nlistenaddress 0.0.0.0:77"},
		{"passwordauthentication no", "passwordauthentication yes"},
		{"authenticationmethods publickey", "authenticationmethods any"},
		{"permitrootlogin without-password", "permitrootlogin yes"},
		{"usepam yes", "usepam no"},
		{"allowusers alice", ""},
		{"allowusers alice", "allowusers alice\nallowusers bob"},
		{"maxauthtries 6", "maxauthtries 6\npermitemptypasswords yes"},
	} {
		var lines []string
		for _, l := range good {
			if l == c.was {
				l = c.is
			}
			for _, part := range strings.Split(l, "\n") {
				if part != "" {
					lines = append(lines, part)
				}
			}
		}
		if err := p.verify(conf(lines...)); err == nil {
			t.Errorf("%q in the place of %q is accepted", c.is, c.was)
		}
	}
	if err := p.verify(sshdconf.Facts{}); err == nil {
		t.Error("no answer is accepted")
	}
}

// TestCopies: the files as sshd reads them, Includes followed.
func TestCopies(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{
		"/etc/ssh/sshd_config":            "Include /etc/ssh/sshd_config.d/*.conf\nPort 22\nlistenaddress=0.0.0.0\nPermitRootLogin no\nAuthenticationMethods any\nMatch User bob\n  Include extra\n  ForceCommand /bin/x\n",
		"/etc/ssh/sshd_config.d/b.conf":   "HostKey /etc/k\nUsePAM yes\n",
		"/etc/ssh/sshd_config.d/a.conf":   "BadLine\nX11Forwarding no",
		"/etc/ssh/sshd_config.d/.c.conf":  "PermitRootLogin yes\n",
		"/etc/ssh/sshd_config.d/d.before": "PermitRootLogin yes\n",
		"/etc/ssh/extra":                  "PermitTTY no\nInclude \"a b\"\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	covers := []host.Cover{{Path: "/etc/ssh/sshd_config.d/a.conf", Data: []byte("# gone\nX11Forwarding no")}}
	got := copies(&host.Host{Files: host.NewFiles(root)}, "/etc/ssh/sshd_config", covers)
	want := []struct{ from, text string }{
		{"/etc/ssh/sshd_config", "Include " + Dir + "/1.conf " + Dir + "/2.conf\n# not for the rescue: Port 22\n" +
			"# not for the rescue: listenaddress=0.0.0.0\nPermitRootLogin no\n# the default: AuthenticationMethods any\n" +
			"Match User bob\nInclude " + Dir + "/3.conf\n  ForceCommand /bin/x\n"},
		{"/etc/ssh/sshd_config.d/a.conf", "# gone\nX11Forwarding no\n"},
		{"/etc/ssh/sshd_config.d/b.conf", "# not for the rescue: HostKey /etc/k\nUsePAM yes\n"},
		{"/etc/ssh/extra", "PermitTTY no\nInclude \"a b\"\n"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d files: %+v", len(got), got)
	}
	for i, w := range want {
		if got[i].From != w.from || string(got[i].Data) != w.text {
			t.Errorf("copy of %s:\n%s\nwant, of %s:\n%s", got[i].From, got[i].Data, w.from, w.text)
		}
	}
}

func TestArguments(t *testing.T) {
	args := []string{"-f", "/etc/x", "-o", "PermitRootLogin no", "-o", "ListenAddress=0.0.0.0", "-p", "44", "-u", "0", "-h", "/k", "-o", "UsePAM=no"}
	if got := settings(args); !slices.Equal(got, []string{"PermitRootLogin no", "UsePAM=no"}) {
		t.Errorf("settings: %q", got)
	}
	glued := []string{"-oPermitRootLogin=no", "-Do", "UsePAM=no", "-oPort=44", "-p44", "-u0", "-4"}
	if got := settings(glued); !slices.Equal(got, []string{"PermitRootLogin=no", "UsePAM=no"}) {
		t.Errorf("settings: %q", got)
	}
	if got := flags(glued); !slices.Equal(got, []string{"-u", "0"}) {
		t.Errorf("flags: %q", got)
	}
	if got := flags(args); !slices.Equal(got, []string{"-u", "0"}) {
		t.Errorf("flags: %q", got)
	}
}

func TestOnlyOneAccount(t *testing.T) {
	p, no := Judge(stock(), asked(func(r *Request) { r.User = "alice" }))
	if no != nil {
		t.Fatalf("%+v", no)
	}
	if !strings.HasPrefix(p.always(), "Match User *,!alice\n\tDenyUsers *\nMatch all\n") {
		t.Errorf("%s", p.always())
	}
}

// What a person started counts where the server's own sshd does not run, and where
// it could let in others.
func TestStray(t *testing.T) {
	off, on := service.Facts{}, service.Facts{Service: service.Unit{ID: "ssh.service", ActiveState: "active"}}
	for _, c := range []struct {
		name  string
		unit  service.Facts
		args  string // of the unit
		argv  string // of the one by hand
		file  string
		stray bool
	}{
		{"none", off, "-D", "", "", false},
		{"as the unit would", off, "-D", "/usr/sbin/sshd", "", false},
		{"at another port", off, "-D -o LogLevel=INFO", "/usr/sbin/sshd -p 2222 -o LogLevel=INFO", "", false},
		{"with another file", off, "-D", "/usr/sbin/sshd -f /root/strict", "", true},
		{"with an option", off, "-D", "/usr/sbin/sshd -o AllowUsers=bob", "", true},
		{"without one of the unit's", off, "-D -o AllowUsers=bob", "/usr/sbin/sshd", "", true},
		{"beside the unit's", on, "-D", "/usr/sbin/sshd -f /root/strict", "", false},
		{"where a file is named", off, "-D", "/usr/sbin/sshd -f /root/strict", "/etc/ssh/sshd_config", false},
	} {
		from := From{Service: c.unit, Ask: sshdconf.Ask{Args: strings.Fields(c.args), File: c.file}}
		if argv := strings.Fields(c.argv); len(argv) > 0 {
			from.ByHand = []service.Listener{{PID: 7, Argv: argv}}
		}
		got, file := stray(from)
		if (got != "") != c.stray || (file != "") != (c.stray && strings.Contains(c.argv, "-f")) {
			t.Errorf("%s: %q, %q", c.name, got, file)
		}
	}
}
