// Package disk looks at what there is to know of a system only while it does not
// run: whether all of its disk is mounted, whether its next boot will get past
// /etc/fstab, whether cloud-init will replace its host keys then, and whether its
// sshd, started in its own root, serves a client.
//
// On a healthy disk every part that fstab(5) names is there or may be missing,
// and the sshd on it proves one of its own host keys.
package disk

import "github.com/sshd-doctor/sshd-doctor/internal/host"

// Facts is what was seen of a disk.
type Facts struct {
	// Stops are the lines of /etc/fstab at which the boot would stop.
	Stops []Stop
	// Untold are the lines of /etc/fstab whose devices could not be looked for here.
	Untold []host.FstabLine
	// Parts are the mounts that the disk needs and that are not there now.
	Parts []host.FstabLine
	// NewKeys: cloud-init will make new host keys at the next boot; Why says by
	// what this was told.
	NewKeys bool
	Why     string
	// MissingKeys: cloud-init will make at least those that are missing.
	MissingKeys bool
	Trial       Trial
}

// Stop is a line of /etc/fstab without which the boot does not go on.
type Stop struct {
	host.FstabLine
	// Missing is what was looked for and is not there.
	Missing string
}

// Trial is what became of the disk's sshd when it was started in its own root.
type Trial struct {
	// Binary is its sshd.
	Binary string
	// NotRun says why it was not run at all; empty when it was, or when it could
	// not be expected to come up.
	NotRun string
	// Unborn: it has no host key before its first boot.
	Unborn bool
	// Done: it was connected to. Err says why it proved no host key.
	Done bool
	Err  string
	// Proven are the fingerprints of the host keys that it proved.
	Proven []string
}
