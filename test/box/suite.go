package box

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Suite is the name of a Debian release.
type Suite string

// The suites that boxes are made of. They hold still, so they belong in CI.
const (
	Bullseye Suite = "bullseye" // Debian 11: OpenSSH 8.4, systemd 247
	Bookworm Suite = "bookworm" // Debian 12: OpenSSH 9.2, systemd 252
	Trixie   Suite = "trixie"   // Debian 13: OpenSSH 10.0, systemd 257
)

// Suites lists every suite, oldest first.
func Suites() []Suite { return []Suite{Bullseye, Bookworm, Trixie} }

// ParseSuite turns a name into a Suite and refuses what it does not know.
func ParseSuite(name string) (Suite, error) {
	if s := Suite(name); slices.Contains(Suites(), s) {
		return s, nil
	}
	return "", fmt.Errorf("cannot use suite %q: it is none of %v", name, Suites())
}

// packages is what a box holds beside the minimal base: an SSH server as it is
// on a cloud machine, python3 to hold a port, chattr to make a file stubborn.
func packages() []string {
	return []string{
		"systemd", "systemd-sysv", "dbus", "openssh-server", "openssh-client",
		"iproute2", "procps", "libpam-systemd", "python3-minimal", "e2fsprogs",
	}
}

// baseName is the directory name of a suite's root. It changes with the
// package list, so that an old root is never taken for a new one.
func baseName(suite Suite, packages []string) string {
	sum := sha256.Sum256([]byte(strings.Join(packages, ",")))
	return string(suite) + "-" + hex.EncodeToString(sum[:4])
}
