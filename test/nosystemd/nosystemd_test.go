//go:build boxes

package nosystemd

import (
	"strings"
	"syscall"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

const refused = "Connection refused"

// reached tells whether the client got through key exchange.
func reached(said string) bool { return strings.Contains(said, "Permission denied") }

// A shell is the first process: keys and modes are repaired, what can be proven
// is proven by trial, nothing is started, and what is shown starts it.
func TestFirstProcessIsAShell(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		must(t, b, another+"rm /mnt/fs/etc/ssh/ssh_host_ed25519_key; chmod 644 /mnt/fs/etc/ssh/ssh_host_ecdsa_key")
		within(t, b, "sshd-doctor check").says(t, 1, "ssh_host_ed25519_key is not there", "there is no systemd here to start it")
		healed := within(t, b, "sshd-doctor heal; e=$?; pgrep -x sshd && echo STARTED; "+client+"; exit $e")
		healed.says(t, 1, "make a new ED25519 key", "no-systemd-in-charge",
			"sshd does not run. Tried on one connection, it proves its host key", refused)
		if strings.Contains(healed.text, "STARTED") {
			t.Errorf("sshd was started behind the person's back:\n%s", healed.text)
		}
		told := healed.told()
		if len(told) == 0 {
			t.Fatalf("nobody is told how to start it:\n%s", healed.text)
		}
		after := within(t, b, "set -e\n"+strings.Join(told, "\n")+"\nset +e\nsleep 0.5\n"+client+"\nsshd-doctor heal --yes")
		after.says(t, 0, "HEALTHY", "Could not tell: systemd is not running here")
		if !reached(after.text) {
			t.Errorf("the client does not get in after %q:\n%s", told, after.text)
		}
		within(t, b, "mv /etc/init.d /etc/init.x; mkdir -p /run/sshd; sshd-doctor check; e=$?; mv /etc/init.x /etc/init.d; exit $e").
			says(t, 1, "/usr/sbin/sshd")
		within(t, b, "sshd-doctor bundle -o /b.tgz && tar -xzOf /b.tgz sshd-doctor-bundle/MANIFEST.txt").
			says(t, 0, "systemd is not in charge here", "files/etc/ssh/sshd_config")
	})
}

// sshd is the first process of a container: all is well, and a new key is loaded
// by what is shown.
func TestFirstProcessIsSshd(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		must(t, b, another+"touch /mnt/fs/.dockerenv")
		script := `mkdir -p -m 755 /run/sshd; (sleep 1; (INSIDE) >/out 2>&1; kill -9 -1; kill -TERM 1) & exec /usr/sbin/sshd -D -e`
		inside := func(what string) screen {
			within(t, b, strings.Replace(script, "INSIDE", what, 1))
			said := must(t, b, "cat /mnt/fs/out")
			return screen{said, said, 0}
		}
		inside("sshd-doctor check; echo status $?").says(t, 0, "a container without systemd", "HEALTHY", "status 0")
		healed := inside("rm /etc/ssh/ssh_host_ed25519_key; sshd-doctor heal; echo status $?; " +
			"kill -HUP 1; sleep 1; echo AFTER; sshd-doctor check; echo status $?; " + client)
		healed.says(t, 0, "make a new ED25519 key")
		before, after, _ := strings.Cut(healed.text, "AFTER")
		if !strings.Contains(before, "status 0") && !strings.Contains(before, "kill -HUP 1") {
			t.Errorf("nobody is told how the new key is loaded:\n%s", before)
		}
		if !strings.Contains(after, "HEALTHY") || !strings.Contains(after, "status 0") || !reached(after) {
			t.Errorf("it is not healthy after what was told:\n%s", healed.text)
		}
	})
}

// sshd was started with options, and only its command line says so: on another
// port, with another file, as the first process and beside a shell.
func TestSshdWithOptions(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		must(t, b, another+"touch /mnt/fs/.dockerenv; echo Port 2223 >/mnt/fs/etc/ssh/other_config")
		for _, options := range []string{"-p 2200", "-o 'Port 2201' -e", "-f /etc/ssh/other_config"} {
			within(t, b, "mkdir -p -m 755 /run/sshd; /usr/sbin/sshd "+options+"; sleep 0.3; sshd-doctor check").
				says(t, 0, "a container without systemd", "HEALTHY", "key proven on 127.0.0.1 port 22")
		}
		within(t, b, "mkdir -p -m 755 /run/sshd; (sleep 1; sshd-doctor check >/out 2>&1; kill -9 -1; kill -TERM 1) & exec /usr/sbin/sshd -D -p 2202")
		said := must(t, b, "cat /mnt/fs/out")
		screen{said, said, 0}.says(t, 0, "HEALTHY", "key proven on 127.0.0.1 port 2202")
	})
}

// A chroot beside a system that runs, as rescue systems make it: that system is
// none of the doctor's business.
func TestChroot(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		must(t, b, another+"for d in proc sys dev run; do mount --bind /$d /mnt/fs/$d; done; rm /mnt/fs/etc/ssh/ssh_host_*")
		const state = "systemctl show ssh.service -p MainPID,ActiveEnterTimestampMonotonic,NRestarts,InvocationID; " +
			"cat /etc/ssh/ssh_host_*.pub; journalctl -b -q _PID=1 -o cat | grep -ci reload || true"
		before := must(t, b, state)
		run(t, b, "chroot /mnt/fs sshd-doctor check").says(t, 1, "this is a chroot", "hostkey-missing")
		run(t, b, "chroot /mnt/fs sshd-doctor heal --yes").says(t, 2, "this is a chroot", "make a new ED25519 key",
			"On a trial connection its sshd proves its host key", "COULD NOT TELL")
		if after := must(t, b, state); after != before {
			t.Errorf("the system around it was changed:\n%s\n%s", before, after)
		}
		run(t, b, "sshd-doctor check").says(t, 0, "HEALTHY")
	})
}

// Neither D-Bus nor systemd's own socket is there.
func TestNoWayToSystemd(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		must(t, b, "systemctl stop dbus.socket dbus.service; chmod 644 /etc/ssh/ssh_host_ed25519_key")
		run(t, b, "sshd-doctor heal").says(t, 0, "close the key", "HEALED")
		must(t, b, "mv /run/systemd/private /run/systemd/gone; rm -rf /run/dbus; chmod 644 /etc/ssh/ssh_host_rsa_key")
		run(t, b, "sshd-doctor heal").says(t, 2, "close the key", "neither systemd's own socket nor D-Bus answers")
		must(t, b, "pkill -x sshd; sleep 0.5")
		down := run(t, b, "sshd-doctor heal --yes")
		down.says(t, 1, "systemd-unreachable", "it cannot be started: neither systemd's own socket nor D-Bus answers", "/usr/sbin/sshd")
		must(t, b, strings.Join(down.told(), "\n")+"\nsleep 1")
		if said := must(t, b, client); !reached(said) {
			t.Errorf("the client does not get in after %q: %s", down.told(), said)
		}
		must(t, b, "sshd-doctor bundle -o /root/b.tgz")
	})
}

// Process 1 is stopped and answers nobody.
func TestProcessOneIsStopped(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		signal := func(s syscall.Signal) {
			t.Helper()
			if err := syscall.Kill(b.Init(), s); err != nil {
				t.Fatal(err)
			}
		}
		must(t, b, "rm /etc/ssh/ssh_host_ed25519_key")
		signal(syscall.SIGSTOP)
		defer signal(syscall.SIGCONT)
		run(t, b, "sshd-doctor check").says(t, 1, "process 1 is stopped, so systemd answers nobody", "hostkey-missing", "DEGRADED")
		healed := run(t, b, "sshd-doctor heal --yes")
		if strings.Contains(healed.text, "kill -HUP") {
			// Since OpenSSH 9.8 sshd keeps its keys in memory.
			healed.says(t, 1, "process 1 is stopped", "make a new ED25519 key", "DEGRADED")
		} else {
			healed.says(t, 2, "process 1 is stopped", "make a new ED25519 key", "COULD NOT TELL")
		}
		run(t, b, "sshd-doctor bundle -o /root/b.tgz; tar -xzOf /root/b.tgz sshd-doctor-bundle/MANIFEST.txt").
			says(t, 0, "cannot reach systemd: it does not answer within 5s", "files/etc/systemd/system/sshd.service")
		run(t, b, "pkill -x sshd; sleep 0.5; sshd-doctor heal").says(t, 1, "systemd-unreachable", "kill -CONT 1")
		signal(syscall.SIGCONT)
		run(t, b, "sleep 1; sshd-doctor heal").says(t, 0, "HEAL")
	})
}

// Nothing is mounted at /proc, so nobody knows who has the port: that is no
// stranger's, and what can be repaired is.
func TestNoProc(t *testing.T) {
	const without = "exec unshare -m sh -c 'umount -l /proc; "
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		run(t, b, without+"sshd-doctor check'").says(t, 0, "HEALTHY")
		run(t, b, without+"sshd-doctor rescue --port 2222 --anyway --yes; sshd-doctor rescue --status'").
			says(t, 2, "UP:", "COULD NOT TELL where it listens")
		run(t, b, "sshd-doctor rescue --status; sshd-doctor rescue --stop").says(t, 0, "UP:", "STOPPED")
		must(t, b, "rm /etc/ssh/ssh_host_ed25519_key; chown 1000 /etc/ssh/ssh_host_rsa_key; chmod 644 /etc/ssh/ssh_host_ecdsa_key")
		healed := run(t, b, without+"sshd-doctor heal; :'")
		healed.says(t, 0, "make a new ED25519 key", "give the key back to root")
		if mode := must(t, b, "stat -c %a /etc/ssh/ssh_host_ecdsa_key"); mode != "600\n" && !strings.Contains(healed.text, "mount -t proc") {
			t.Errorf("a key is open to others, and nobody is told why:\n%s", healed.text)
		}
		run(t, b, "sshd-doctor heal --yes").says(t, 0, "SSH answers and proves its key")
	})
}
