//go:build boxes

package rescue

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// outside is an address of each box that is not a loopback one.
const outside = "203.0.113.7"

// onEverySuite runs a test in a fresh box of each suite.
func onEverySuite(t *testing.T, test func(t *testing.T, b *box.Box)) {
	t.Helper()
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, "ip addr add "+outside+"/32 dev lo; useradd -m bob; echo bob:secret | chpasswd")
		test(t, b)
	})
}

// answer is what "rescue --json" says.
type answer struct {
	State     string
	Reason    string
	Why       []string
	Listen    []string
	Commands  []string
	Throwaway bool
	HostKeys  []struct{ Type, SHA256 string }
	Aside     []struct{ Content, Instead string } `json:"set_aside"`
}

// rescue runs the program in the box and returns its answer and exit status.
func rescue(t *testing.T, b *box.Box, args ...string) (answer, int) {
	t.Helper()
	r, err := b.Exec(t.Context(), nil, "sshd-doctor", append([]string{"rescue", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil {
		t.Fatalf("rescue %v printed %.300q, %.300q: %v", args, r.Stdout, r.Stderr, err)
	}
	return a, r.Exit
}

// up starts a rescue, which must come up.
func up(t *testing.T, b *box.Box, args ...string) answer {
	t.Helper()
	a, code := rescue(t, b, args...)
	if code != 0 || a.State != "running" {
		t.Fatalf("rescue %v: status %d, %+v", args, code, a)
	}
	return a
}

// gone says what is left of a rescue that is over.
func gone(t *testing.T, b *box.Box, port int) {
	t.Helper()
	seen, err := b.Client(t.Context(), outside, port)
	if err != nil || seen.Sight != box.Refused {
		t.Errorf("the port is still open: %v, %v", seen, err)
	}
	left := boxtest.Shell(t, b, `ls -d /run/sshd-doctor-rescue /run/systemd/transient/sshd-doctor-rescue* 2>/dev/null
		grep '^sshd-doctor-rescue ' /proc/mounts; systemctl --failed --no-legend --plain | grep rescue
		systemctl list-units --all --no-legend | grep sshd-doctor-rescue; true`)
	if left != "" {
		t.Errorf("left of the rescue:\n%s", left)
	}
}

// broken has the server's own sshd fail at a misspelt line.
const broken = "echo PasswordAuthenticatoin no >>/etc/ssh/sshd_config; systemctl restart ssh; systemctl is-active ssh && exit 1; true"

func TestBadLineAndBackIn(t *testing.T) {
	onEverySuite(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, broken)
		a := up(t, b, "--port", "2222", "--for", "70s")
		if a.Throwaway || len(a.HostKeys) != 3 || !slices.Contains(a.Commands, "ssh -p 2222 root@"+outside) {
			t.Errorf("answer: %+v", a)
		}
		if len(a.Aside) != 1 || a.Aside[0].Instead != "PasswordAuthentication no" {
			t.Errorf("set aside: %+v", a.Aside)
		}
		s, err := b.Login(t.Context(), outside, 2222)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		// Somebody tries the server's own unit, which fails again and takes its
		// runtime directory away.
		boxtest.Shell(t, b, "systemctl reset-failed ssh; systemctl restart ssh && exit 1; true")
		second, err := b.Login(t.Context(), outside, 2222)
		if err != nil {
			t.Fatalf("no login after the server's own unit has failed: %v", err)
		}
		second.Close()
		noPassword(t, b)
		if _, code := rescue(t, b, "--status"); code != 0 {
			t.Errorf("--status: %d", code)
		}
		if a, code := rescue(t, b, "--port", "2223"); code != 1 || a.Reason != "running" {
			t.Errorf("a second one: %d, %+v", code, a)
		}
		// Its owner corrects the line and starts the server's own sshd.
		boxtest.Shell(t, b, "sed -i /Authenticatoin/d /etc/ssh/sshd_config; systemctl reset-failed ssh; systemctl start ssh")
		for boxtest.Shell(t, b, "ss -Hltn 'sport = :2222'") != "" {
			time.Sleep(time.Second)
		}
		gone(t, b, 2222)
		if err := s.Ask(t.Context()); err != nil {
			t.Errorf("the session that was open: %v", err)
		}
		own, err := b.Client(t.Context(), outside, 22)
		if err != nil || own.Sight != box.OK {
			t.Errorf("the server's own sshd: %v, %v", own, err)
		}
		if r := boxtest.Shell(t, b, "systemctl is-active ssh; sshd-doctor check -q"); !strings.Contains(r, "HEALTHY") {
			t.Errorf("afterwards: %s", r)
		}
	})
}

// noPassword has the client offer nothing but passwords.
func noPassword(t *testing.T, b *box.Box) {
	t.Helper()
	seen, err := b.ClientWith(t.Context(), outside, 2222, "-o", "PreferredAuthentications=password,keyboard-interactive")
	if err != nil || !strings.Contains(seen.Text, "Permission denied (publickey).") {
		t.Errorf("passwords are offered: %v, %v", seen, err)
	}
}

func TestNoHostKeys(t *testing.T) {
	onEverySuite(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, "rm /etc/ssh/ssh_host_*; systemctl stop ssh")
		a := up(t, b, "--port", "2222", "--address", outside)
		if !a.Throwaway || len(a.HostKeys) != 1 || !slices.Equal(a.Listen, []string{outside + ":2222"}) {
			t.Fatalf("answer: %+v", a)
		}
		seen, err := b.ClientWith(t.Context(), outside, 2222, "-v")
		if err != nil || !strings.Contains(seen.Text, a.HostKeys[0].SHA256) {
			t.Errorf("the client does not see %s: %v, %v", a.HostKeys[0].SHA256, seen, err)
		}
		if inner, err := b.Client(t.Context(), "127.0.0.1", 2222); err != nil || inner.Sight != box.Refused {
			t.Errorf("it listens wider than it was told: %v, %v", inner, err)
		}
		s, err := b.Login(t.Context(), outside, 2222)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		// Its sshd is killed: systemd cleans up without anybody's help.
		boxtest.Shell(t, b, "kill -9 $(systemctl show -p MainPID --value sshd-doctor-rescue)")
		for strings.TrimSpace(boxtest.Shell(t, b, "ls -d /run/sshd-doctor-rescue 2>/dev/null; true")) != "" {
			time.Sleep(100 * time.Millisecond)
		}
		gone(t, b, 2222)
		if keys := boxtest.Shell(t, b, "ls /etc/ssh | grep ssh_host_; true"); keys != "" {
			t.Errorf("keys were made: %s", keys)
		}
		// Once more, and ended by its owner; then by a reboot.
		up(t, b, "--port", "2222")
		if a, code := rescue(t, b, "--stop"); code != 0 || a.State != "stopped" {
			t.Errorf("--stop: %d, %+v", code, a)
		}
		gone(t, b, 2222)
		up(t, b, "--port", "2222")
		if err := b.Reboot(t.Context()); err != nil {
			t.Fatal(err)
		}
		boxtest.Shell(t, b, "ip addr add "+outside+"/32 dev lo")
		gone(t, b, 2222)
	})
}

// TestNeverLaxer asks the rescue's own sshd what it would do with an account.
func TestNeverLaxer(t *testing.T) {
	cases := []struct {
		title, lines string
		args         []string
		// reason is why it is refused; empty where it comes up.
		reason string
		user   string
		want   []string
	}{
		{
			"a Match block that lets passwords in", "Match User root\n PasswordAuthentication yes\n PermitEmptyPasswords yes",
			nil, "", "root", []string{"passwordauthentication no", "permitemptypasswords no", "authenticationmethods publickey"},
		},
		{
			"a Match block that restricts", "Match User bob\n ForceCommand /bin/x\n ChrootDirectory /srv",
			nil, "", "bob", []string{"forcecommand /bin/x", "chrootdirectory /srv"},
		},
		{"users that are let in, misspelt", "AllowUserz bob", nil, "who", "", nil},
		{"the same, and its owner names one", "AllowUserz bob", []string{"--user", "bob"}, "", "root", []string{"denyusers *"}},
		{"a misspelt Match", "Mtach User bob\n PermitRootLogin yes", []string{"--user", "bob"}, "", "bob", []string{"permitrootlogin without-password"}},
		{"keys elsewhere, misspelt", "AuthorizedKeyFile /etc/keys/%u", nil, "config-line", "", nil},
		{"root is shut out, misspelt", "PermitRootLogn yes", nil, "", "root", []string{"permitrootlogin no"}},
		{"a key and a password", "AuthenticationMethods publickey,password password,publickey,password", nil, "", "root", []string{"authenticationmethods publickey,password password,publickey,password"}},
		{"passwords only", "AuthenticationMethods password", nil, "no-keys", "", nil},
		{"passwords only, and asked for", "AuthenticationMethods password", []string{"--allow-password"}, "", "root", []string{"authenticationmethods password", "passwordauthentication yes"}},
		{"no passwords, and asked for", "PasswordAuthentication no", []string{"--allow-password"}, "no-password", "", nil},
		{"every method, said aloud", "AuthenticationMethods any", nil, "", "root", []string{"authenticationmethods publickey"}},
		{"forwarding", "Match all\n AllowTcpForwarding yes\n X11Forwarding yes\n PermitTunnel yes", nil, "", "root", []string{"disableforwarding yes", "x11forwarding no", "allowtcpforwarding no", "permittunnel no"}},
		{"a Match line above everything", "Match User bob\nUsePAM yes", nil, "config-line", "", nil},
		{"a cipher that is no more", "Ciphers arcfour-x,aes256-ctr", nil, "", "root", []string{"ciphers aes256-ctr"}},
		{"no cipher that is known", "Ciphers arcfour-x", nil, "config-line", "", nil},
		{"a Match line that asks for the port", "Match LocalPort 22\n AllowUsers bob", nil, "match-port", "", nil},
		{"its port", "Port 22\nPort 2222", nil, "own-port", "", nil},
		{"root, whom PermitRootLogin shuts out", "PermitRootLogin forced-commands-only", []string{"--user", "root", "--anyway"}, "barred", "", nil},
		{"root, who is in none of the groups", "AllowGroups bob", []string{"--user", "root", "--anyway"}, "barred", "", nil},
		{"bob, who is in one of them", "AllowGroups bo?", []string{"--user", "bob", "--anyway"}, "", "bob", []string{"allowgroups bo?"}},
		{"a group that is turned away", "DenyGroups b*", []string{"--user", "bob", "--anyway"}, "barred", "", nil},
		{"users from elsewhere", "AllowUsers carol@* bob@10.0.0.0/8", []string{"--user", "root", "--anyway"}, "barred", "", nil},
		{"users that are turned away", "DenyUsers r*", []string{"--user", "root", "--anyway"}, "barred", "", nil},
		{"a Match block that turns one away", "Match User bob\n DenyUsers b*", []string{"--user", "bob", "--anyway"}, "barred", "", nil},
		{"root with passwords, which sshd takes of others", "PubkeyAuthentication no\nPasswordAuthentication yes", []string{"--user", "root", "--allow-password", "--anyway"}, "barred", "", nil},
		{"no keys", "PubkeyAuthentication no", nil, "no-keys", "", nil},
		{"a Match line for an address of the server", "Match LocalAddress 203.0.113.7\n DenyUsers root", []string{"--address", "203.0.113.7"}, "", "bob", []string{"authenticationmethods publickey"}},
		{"a Match line for the only address of the server", "ListenAddress 203.0.113.7\nMatch LocalAddress 203.0.113.7\n DenyUsers root", []string{"--address", "127.0.0.1"}, "match-address", "", nil},
		{"a name that is not there", "XX yy", []string{"--user", "carol"}, "no-user", "", nil},
		{"a foreign address", "XX yy", []string{"--address", "198.51.100.1"}, "foreign-address", "", nil},
	}
	onEverySuite(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, "systemctl stop ssh; cp /etc/ssh/sshd_config /root/orig")
		for _, c := range cases {
			boxtest.Shell(t, b, "printf '"+strings.ReplaceAll(c.lines, "%", "%%")+"\n' | cat /root/orig - >/etc/ssh/sshd_config")
			a, code := rescue(t, b, append([]string{"--port", "2222"}, c.args...)...)
			if a.Reason != c.reason || (c.reason == "") != (code == 0) {
				t.Errorf("%s: status %d, %+v", c.title, code, a)
				continue
			}
			if c.reason != "" {
				continue
			}
			got := boxtest.Shell(t, b, "sshd -T -f /run/sshd-doctor-rescue/sshd_config -C addr=192.0.2.1,host=x,user="+c.user)
			for _, want := range c.want {
				if !slices.Contains(strings.Split(got, "\n"), want) {
					t.Errorf("%s: no %q for %s", c.title, want, c.user)
				}
			}
			rescue(t, b, "--stop")
		}
		options(t, b)
		accounts(t, b)
		socket(t, b)
		noConfiguration(t, b)
		refusals(t, b)
	})
}

// options: what the unit gives sshd counts, however it is written, and also
// behind a mask.
func options(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, `cp /root/orig /etc/ssh/sshd_config
		echo 'SSHD_OPTS="-oPermitRootLogin=no -o MaxAuthTries=3"' >/etc/default/ssh`)
	for _, before := range []string{"true", "systemctl mask ssh"} {
		boxtest.Shell(t, b, before)
		up(t, b, "--port", "2222", "--anyway")
		got := boxtest.Shell(t, b, "sshd -T -f /run/sshd-doctor-rescue/sshd_config")
		for _, want := range []string{"permitrootlogin no", "maxauthtries 3"} {
			if !slices.Contains(strings.Split(got, "\n"), want) {
				t.Errorf("%s: no %q", before, want)
			}
		}
		rescue(t, b, "--stop")
	}
	boxtest.Shell(t, b, "systemctl unmask ssh; : >/etc/default/ssh")
}

// accounts are those that sshd's configuration lets in and something else does
// not.
func accounts(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, `install -d -o bob -g bob -m 700 ~bob/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/bobs
		install -o bob -g bob -m 600 /root/bobs.pub ~bob/.ssh/authorized_keys; usermod -s /bin/sh bob`)
	for _, c := range []struct{ do, undo string }{
		{"usermod -s /usr/sbin/nologin bob", "usermod -s /bin/sh bob"},
		{"usermod -e 2001-01-01 bob", "usermod -e '' bob"},
		{"chmod g+w ~bob", "chmod g-w ~bob"},
		{"chmod o+w ~bob/.ssh", "chmod o-w ~bob/.ssh"},
		{"true", "true"},
	} {
		boxtest.Shell(t, b, c.do)
		a, code := rescue(t, b, "--port", "2222", "--anyway", "--user", "bob")
		if want := c.do != "true"; want != (code == 1 && a.Reason == "barred") {
			t.Errorf("%s: status %d, %+v", c.do, code, a)
		}
		rescue(t, b, "--stop")
		boxtest.Shell(t, b, c.undo)
	}
	boxtest.Shell(t, b, "printf 'DenyUsers root\n' | cat /root/orig - >/etc/ssh/sshd_config; ip addr del "+outside+"/32 dev lo")
	if a := up(t, b, "--port", "2222", "--anyway"); !slices.Equal(a.Commands, []string{"ssh -p 2222 YOU@ADDRESS"}) {
		t.Errorf("only loopback addresses, and root is shut out: %q", a.Commands)
	}
	rescue(t, b, "--stop")
	boxtest.Shell(t, b, "cp /root/orig /etc/ssh/sshd_config; ip addr add "+outside+"/32 dev lo")
}

// socket: where a socket unit listens, sshd's configuration does not say where
// clients come in.
func socket(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, `mkdir -p /etc/systemd/system/ssh.socket.d
		printf '[Socket]\nListenStream=\nListenStream=`+outside+`:2200\nFreeBind=yes\n' >/etc/systemd/system/ssh.socket.d/x.conf
		systemctl daemon-reload; systemctl stop ssh; systemctl disable ssh; systemctl enable --now ssh.socket`)
	for _, state := range []string{"is-active", "is-enabled"} {
		boxtest.Shell(t, b, "systemctl "+state+" ssh.socket")
		if a := up(t, b, "--port", "2222", "--anyway"); !slices.Equal(a.Listen, []string{outside + ":2222"}) {
			t.Errorf("%s: it listens on %q", state, a.Listen)
		}
		rescue(t, b, "--stop")
		if a, code := rescue(t, b, "--port", "2200", "--anyway"); code != 1 || a.Reason != "own-port" {
			t.Errorf("%s: the socket's port: %d, %+v", state, code, a)
		}
		boxtest.Shell(t, b, "systemctl stop ssh.socket ssh")
	}
	boxtest.Shell(t, b, "systemctl disable ssh.socket; rm -r /etc/systemd/system/ssh.socket.d; systemctl daemon-reload; systemctl enable ssh")
}

func noConfiguration(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, "rm /etc/ssh/sshd_config")
	if a, code := rescue(t, b, "--port", "2222", "--address", outside); code != 1 || a.Reason != "who" {
		t.Errorf("no configuration: %d, %+v", code, a)
	}
	up(t, b, "--port", "2222", "--address", outside, "--user", "root")
	s, err := b.Login(t.Context(), outside, 2222)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	noPassword(t, b)
	rescue(t, b, "--stop")
	// What the main file included is still there, and it keeps root out.
	for _, c := range []struct{ line, reason string }{{"PermitRootLogin no", "config-gone"}, {"PasswordAuthentication yes", ""}} {
		boxtest.Shell(t, b, "mkdir -p /etc/ssh/sshd_config.d; echo "+c.line+" >/etc/ssh/sshd_config.d/50-cloud.conf")
		if a, _ := rescue(t, b, "--port", "2222", "--address", outside, "--user", "root"); a.Reason != c.reason {
			t.Errorf("no main file, and %s: %+v", c.line, a)
		}
		rescue(t, b, "--stop")
	}
	boxtest.Shell(t, b, "rm /etc/ssh/sshd_config.d/50-cloud.conf")
}

// ownView: the server's own sshd has another configuration than the one here.
func ownView(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, `sed '1iAllowUsers bob' /root/orig >/srv/strict; mkdir -p /etc/systemd/system/ssh.service.d
		printf '[Service]\nBindReadOnlyPaths=/srv/strict:/etc/ssh/sshd_config\n' >/etc/systemd/system/ssh.service.d/view.conf
		systemctl daemon-reload; systemctl restart ssh`)
	if a, code := rescue(t, b, "--port", "2222", "--anyway"); code != 1 || a.Reason != "unit-view" {
		t.Errorf("a unit with files of its own: %d, %+v", code, a)
	}
	boxtest.Shell(t, b, "rm -r /etc/systemd/system/ssh.service.d; systemctl daemon-reload; systemctl restart ssh")
}

// byHand: the unit is off, and somebody started a sshd with another file.
func byHand(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, `sed '1iAllowUsers bob' /root/orig >/srv/strict; systemctl stop ssh
		mkdir -p /run/sshd; /usr/sbin/sshd -f /srv/strict -o PidFile=/run/strict.pid`)
	if a, code := rescue(t, b, "--port", "2222", "--anyway"); code != 1 || a.Reason != "other-sshd" || !strings.Contains(strings.Join(a.Why, " "), "/srv/strict") {
		t.Errorf("a sshd by hand: %d, %+v", code, a)
	}
	boxtest.Shell(t, b, `kill $(cat /run/strict.pid); systemd-run -q --unit=mine /usr/sbin/sshd -D -f /srv/strict -o PidFile=/run/strict.pid
		for i in $(seq 50); do [ -s /run/strict.pid ] && exit; sleep 0.1; done; exit 1`)
	if a, code := rescue(t, b, "--port", "2222", "--anyway"); code != 1 || a.Reason != "other-sshd" {
		t.Errorf("a sshd by hand, in a unit made for it: %d, %+v", code, a)
	}
	if a, code := rescue(t, b, "--port", "2222", "--anyway", "--sshd-config", "/srv/strict"); code != 0 || a.State != "running" {
		t.Errorf("with its file named: %d, %+v", code, a)
	}
	if s, err := b.Login(t.Context(), outside, 2222); err == nil {
		s.Close()
		t.Error("root gets in, whom that file does not let in")
	}
	rescue(t, b, "--stop")
	boxtest.Shell(t, b, "kill $(cat /run/strict.pid); systemctl start ssh")
}

// cutOff: what systemd could not run at the end of a rescue is done by --stop.
func cutOff(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, "mkdir /run/sshd-doctor-rescue; mount -t tmpfs -o mode=0755 sshd-doctor-rescue /run/sshd")
	r, err := b.Run(t.Context(), "sshd-doctor rescue --status")
	if err != nil || !strings.Contains(r.Stdout, "left: /run/sshd-doctor-rescue, /run/sshd\n") {
		t.Errorf("--status of a rescue that was cut off: %v, %+v", err, r)
	}
	rescue(t, b, "--stop")
	gone(t, b, 2222)
}

// refusals are those that have nothing to do with the configuration.
func refusals(t *testing.T, b *box.Box) {
	t.Helper()
	boxtest.Shell(t, b, "cp /root/orig /etc/ssh/sshd_config; systemctl start ssh")
	ownView(t, b)
	byHand(t, b)
	cutOff(t, b)
	if a, code := rescue(t, b, "--port", "2222"); code != 1 || a.Reason != "healthy" {
		t.Errorf("a healthy server: %d, %+v", code, a)
	}
	up(t, b, "--port", "2222", "--anyway")
	rescue(t, b, "--stop")
	if a, code := rescue(t, b, "--port", "22", "--anyway"); code != 1 || a.Reason != "own-port" {
		t.Errorf("the server's own port: %d, %+v", code, a)
	}
	boxtest.Shell(t, b, "mv /usr/sbin/sshd /usr/sbin/sshd.away")
	if a, code := rescue(t, b, "--port", "2222", "--anyway"); code != 1 || a.Reason != "no-sshd" {
		t.Errorf("no sshd: %d, %+v", code, a)
	}
	boxtest.Shell(t, b, "mv /usr/sbin/sshd.away /usr/sbin/sshd; systemd-run -q --unit holder /usr/sbin/sshd -D -p 2222 -o PidFile=none")
	for boxtest.Shell(t, b, "ss -Hltn 'sport = :2222'") == "" {
		time.Sleep(100 * time.Millisecond)
	}
	a, code := rescue(t, b, "--port", "2222", "--anyway")
	if code != 1 || a.Reason != "port-taken" || !strings.Contains(strings.Join(a.Why, " "), "holder.service") {
		t.Errorf("a port that is taken: %d, %+v", code, a)
	}
}
