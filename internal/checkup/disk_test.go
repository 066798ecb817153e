package checkup

import (
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// What is typed outside of a disk: nothing that is meant for it reaches this
// machine, and what runs in its root finds what it needs.
func TestCommandsFromOutside(t *testing.T) {
	const mounts = "for d in dev proc sys; do mount --bind /$d /mnt/$d; done"
	for command, want := range map[string][]string{
		"systemctl enable ssh.service":             {"systemctl --root=/mnt enable ssh.service"},
		"systemctl set-default multi-user.target":  {"systemctl --root=/mnt set-default multi-user.target"},
		"mv /etc/a /etc/b":                         {"chroot /mnt mv /etc/a /etc/b"},
		"cat /etc/a /etc/b":                        {"cat /mnt/etc/a /mnt/etc/b"},
		"nano +3 /etc/fstab":                       {"nano +3 /mnt/etc/fstab"},
		"apt-get install --reinstall x":            {mounts, "chroot /mnt apt-get install --reinstall x"},
		"ssh-keygen -y -f /k >/k.pub":              {mounts, "chroot /mnt sh -c 'ssh-keygen -y -f /k >/k.pub'"},
		"/usr/sbin/sshd -t":                        {"sshd-doctor check --root /mnt"},
		"sshd-doctor heal --allow hostkey-missing": {"sshd-doctor heal --allow hostkey-missing --root /mnt"},
	} {
		r := diag.Remedy{Manual: []string{command}}
		if aboard(&r, "/mnt"); !slices.Equal(r.Manual, want) {
			t.Errorf("%s: %q, want %q", command, r.Manual, want)
		}
	}
}
