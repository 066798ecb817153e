//go:build boxes

package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// units asks which of those that can be enabled are.
const units = "systemctl is-enabled sshd-doctor.timer sshd-doctor-check.timer sshd-doctor-firstboot.service || true"

// firstBoot boots an image that has the package and no machine-id: systemd then
// enables what it has not been told to leave. What was enabled in the image is.
func firstBoot(t *testing.T, b *box.Box, m manager) {
	t.Helper()
	for _, enable := range []string{"", "sshd-doctor-firstboot.service"} {
		want := "disabled\ndisabled\ndisabled\n"
		boxtest.Shell(t, b, m.first())
		if enable != "" {
			want = "disabled\ndisabled\nenabled\n"
			boxtest.Shell(t, b, "systemctl enable "+enable)
		}
		if err := b.Off(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(b.Disk(), "etc/machine-id")); err != nil {
			t.Fatal(err)
		}
		if err := b.On(t.Context()); err != nil {
			t.Fatal(err)
		}
		boxtest.Shell(t, b, "systemctl is-active first-boot-complete.target || [ ! -e /lib/systemd/system/first-boot-complete.target ]")
		if got := boxtest.Shell(t, b, units); got != want {
			t.Errorf("after the first boot of an image with %q enabled: %q, want %q", enable, got, want)
		}
		boxtest.Shell(t, b, m.purge)
	}
}

// live is the life of the package on one machine.
func live(t *testing.T, b *box.Box, m manager) {
	t.Helper()
	boxtest.Shell(t, b, "mkdir -p /run/issue.d /var/lib/cloud/scripts/per-instance /var/lib/cloud/instances/iid/scripts; ln -sfn instances/iid /var/lib/cloud/instance")
	before := paths(t, b)

	said := boxtest.Shell(t, b, m.first())
	if !strings.Contains(said, "systemctl enable --now sshd-doctor.timer") {
		t.Errorf("%s: installing does not say how to turn on the timer: %s", m.kind, said)
	}
	if got := boxtest.Shell(t, b, "systemctl list-units --all --no-legend 'sshd-doctor*'; find /etc /run/systemd -name '*sshd-doctor*'; systemctl --failed --no-legend"); got != "" {
		t.Errorf("%s: installing enabled or started something: %s", m.kind, got)
	}
	boxtest.Shell(t, b, "sshd-doctor check --quiet; journalctl --list-catalog 460413c78f7b4391ac8aca71c541b162; cd $(dirname $(systemctl show -p FragmentPath --value sshd-doctor.timer)); systemd-analyze verify --man=no sshd-doctor*")
	if got := boxtest.Shell(t, b, m.verify); got != "" {
		t.Errorf("%s: files differ from the package: %s", m.kind, got)
	}

	// The box heals by itself from now on, and has healed something.
	boxtest.Shell(t, b, `rm /etc/ssh/ssh_host_ed25519_key; : >/etc/ssh/ssh_host_ecdsa_key
systemctl restart ssh.service
systemctl enable --now sshd-doctor.timer 2>/dev/null
systemctl start sshd-doctor.service || { journalctl -o cat -t sshd-doctor; cat /run/sshd-doctor/last.json; exit 1; }
ssh-keygen -l -f /etc/ssh/ssh_host_ecdsa_key >/dev/null`)
	aside := boxtest.Shell(t, b, "ls /etc/ssh/ssh_host_*-*")
	upgrades(t, b, m)
	leave(t, b, m)
	boxtest.Shell(t, b, m.purge)
	if got := boxtest.Shell(t, b, "ls /etc/ssh/ssh_host_*-*"); got != aside {
		t.Errorf("%s: the key that was moved aside: %q, before: %q", m.kind, got, aside)
	}
	for _, p := range paths(t, b) {
		if !slices.Contains(before, p) && !strings.Contains(aside, p+"\n") {
			t.Errorf("%s: purging leaves %s", m.kind, p)
		}
	}
}

// upgrades: a timer that somebody switched on goes on, in whatever way it was
// switched off it stays off; and none is lost where systemd itself is replaced.
func upgrades(t *testing.T, b *box.Box, m manager) {
	t.Helper()
	const ask = "systemctl is-enabled sshd-doctor.timer || true; systemctl show -P ActiveState -P SubState sshd-doctor.timer 2>/dev/null || systemctl show -p ActiveState -p SubState --value sshd-doctor.timer"
	for i, c := range []struct{ set, want string }{
		{"systemctl stop sshd-doctor.timer", "enabled inactive dead"},
		{"systemctl disable sshd-doctor.timer", "disabled inactive dead"},
		{"systemctl mask --now sshd-doctor.timer", "masked inactive dead"},
		{"systemctl unmask sshd-doctor.timer; systemctl start sshd-doctor.timer", "disabled active waiting"},
		{"systemctl enable --now sshd-doctor.timer", "enabled active waiting"},
		{"systemctl daemon-reexec", "enabled active waiting"},
	} {
		install, version := m.later(), "1.0.1"
		if i%2 == 1 {
			install, version = m.first(), "1.0.0"
		}
		boxtest.Shell(t, b, c.set+" 2>/dev/null; "+install)
		// A timer that has just begun may run its service at once.
		got := boxtest.Shell(t, b, "for i in $(seq 300); do [ $(systemctl show -p ActiveState --value sshd-doctor.service) = inactive ] && break; sleep 0.1; done; sshd-doctor version; "+ask)
		if want := "sshd-doctor " + version + " " + c.want; strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("%s: an upgrade after %q: %q, want %q", m.kind, c.set, got, want)
		}
	}
}

// leave removes the package while all of its parts are at work: the timer, a
// problem that is told, the keys above the login prompt, cloud-init's script, and
// a run.
func leave(t *testing.T, b *box.Box, m manager) {
	t.Helper()
	boxtest.Shell(t, b, `ln -s /usr/lib/sshd-doctor/cloud-init-per-instance /var/lib/cloud/scripts/per-instance/50-sshd-doctor
/var/lib/cloud/scripts/per-instance/50-sshd-doctor
sshd-doctor heal --announce >/dev/null 2>&1
echo 'Prot 22' >>/etc/ssh/sshd_config
systemctl start sshd-doctor.service
systemctl is-failed sshd-doctor-problem.service
ls /run/issue.d/50-sshd-doctor.issue /var/lib/cloud/instance/scripts/zzzz-sshd-doctor
systemctl start --no-block sshd-doctor.service`)
	boxtest.Shell(t, b, m.remove)
	left := boxtest.Shell(t, b, "systemctl list-units --all --no-legend --plain 'sshd-doctor*'; find /etc /run /var/lib/cloud -name '*sshd-doctor*' -print; ls -d /var/lib/sshd-doctor; sed -i '/^Prot 22$/d' /etc/ssh/sshd_config")
	if left != "/var/lib/sshd-doctor\n" {
		t.Errorf("%s: removing leaves %s", m.kind, left)
	}
}

// paths lists every file of the box, less what dpkg, systemd and logs write by
// themselves.
func paths(t *testing.T, b *box.Box) []string {
	t.Helper()
	all := boxtest.Shell(t, b, `find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp \
-o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/systemd/catalog -o -path /var/lib/systemd/deb-systemd-helper-enabled \) -prune -o -print`)
	list := strings.Split(strings.TrimSpace(all), "\n")
	if len(list) < 1000 {
		t.Fatalf("only %d files in a whole system", len(list))
	}
	return list
}

// command is one on this machine.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
}
