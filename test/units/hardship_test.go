//go:build boxes

package units

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// loseKeys leaves a box without host keys and without a running sshd.
const loseKeys = "rm -f /etc/ssh/ssh_host_*; systemctl reset-failed ssh; systemctl restart ssh 2>/dev/null || true\n"

// wantIn runs a unit, which has to heal the box.
func wantIn(t *testing.T, b *box.Box, where, script string) {
	t.Helper()
	if got := boxtest.Shell(t, b, script); got != "Result=success\n" {
		t.Errorf("%s: the unit ended with %q: %s", where, got, boxtest.Shell(t, b, "journalctl --sync; journalctl -q -b -o cat -n 20 SYSLOG_IDENTIFIER=sshd-doctor + _PID=1 UNIT=sshd-doctor.service + _PID=1 UNIT=sshd-doctor-firstboot.service"))
	}
	if a, err := b.Client(t.Context(), "127.0.0.1", 22); err != nil || a.Sight != box.OK {
		t.Errorf("%s: the client: %v, %v", where, a, err)
	}
}

// A new machine whose /var is read-only, or has room for no more file: nothing of
// the units' own has ever been made there, and it need not be.
func TestHealsWhereNothingCanBeMadeInVar(t *testing.T) {
	places := map[string]string{
		"read-only": "mount --bind /var /var; mount -o remount,ro,bind /var",
		"no inode":  "mount -t tmpfs -o nr_inodes=9 tmpfs /mnt; mkdir -p /mnt/lib /mnt/log /mnt/tmp; mount --bind /mnt /var; umount /mnt; for i in $(seq 9); do touch /var/x$i || break; done 2>/dev/null",
	}
	inBoxes(t, func(t *testing.T, b *box.Box) {
		for where, makeSo := range places {
			for _, unit := range []string{"sshd-doctor.service", "sshd-doctor-firstboot.service"} {
				boxtest.Shell(t, b, "rm -rf /var/lib/sshd-doctor /run/sshd-doctor; "+makeSo+"; ! mkdir /var/lib/sshd-doctor 2>/dev/null")
				wantIn(t, b, unit+", "+where, loseKeys+"systemctl start "+unit+" || true; systemctl show -p Result "+unit)
				boxtest.Shell(t, b, "umount /var")
			}
		}
	})
}

// An upgrade of systemd has it start itself again, in the middle of a run.
func TestHealsWhileSystemdIsReplaced(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		wantIn(t, b, "daemon-reexec", loseKeys+`systemctl start --no-block sshd-doctor.service
until ls /etc/ssh/ssh_host_*_key >/dev/null 2>&1; do sleep 0.01; done
systemctl daemon-reexec
while [ "$(systemctl show -p ActiveState sshd-doctor.service)" = ActiveState=activating ]; do sleep 0.1; done
systemctl show -p Result sshd-doctor.service`)
	})
}

// A run that is killed while systemd runs something for it leaves no unit behind.
func TestNothingIsLeftOfOneThatIsKilled(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, `mkdir -p /etc/systemd/system/ssh.service.d
			cp -a /etc/ssh /srv/ssh
			printf '[Service]\nBindReadOnlyPaths=/srv/ssh:/etc/ssh\n' >/etc/systemd/system/ssh.service.d/view.conf
			systemctl daemon-reload
			systemctl restart ssh.service
			left() { systemctl list-units --all --no-legend --plain 'sshd-doctor-ask-*'; }
			seen=
			for i in $(seq 20); do
				systemctl start --no-block sshd-doctor-check.service
				for j in $(seq 100); do [ -z "$(left)" ] || { seen=yes; break; }; done
				systemctl kill -s KILL sshd-doctor-check.service || true
			done
			[ "$seen" ]
			for i in $(seq 50); do [ -n "$(left)" ] || exit 0; sleep 0.1; done
			left
			exit 1`)
	})
}
