package fingerprint

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
)

// KnownHosts is a line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) for
// names as Bracketed writes them.
func (k Key) KnownHosts(names []string) string {
	return strings.Join(names, ",") + " " + k.Type + " " + k.Public
}

// Bracketed is a name or an address as known_hosts has it: with the port where
// that is not 22.
func Bracketed(name string, port int) string {
	if port == 22 {
		return name
	}
	return fmt.Sprintf("[%s]:%d", name, port)
}

// SSHFP is the resource records of a key (RFC 4255, 6594, 7479), as
// ssh-keygen -r prints them; none for a type that has no number.
func (k Key) SSHFP(name string) []string {
	var number int
	switch {
	case k.Type == "ssh-rsa":
		number = 1
	case k.Type == "ssh-dss":
		number = 2
	case strings.HasPrefix(k.Type, "ecdsa-sha2-nistp"):
		number = 3
	case k.Type == "ssh-ed25519":
		number = 4
	default:
		return nil
	}
	one, two := sha1.Sum(k.wire()), sha256.Sum256(k.wire())
	return []string{
		fmt.Sprintf("%s IN SSHFP %d 1 %x", name, number, one),
		fmt.Sprintf("%s IN SSHFP %d 2 %x", name, number, two),
	}
}

// Registry is the name of the value under which PuTTY keeps the key of a server
// in HKEY_CURRENT_USER\Software\SimonTatham\PuTTY\SshHostKeys, and the first word
// of a line of ~/.putty/sshhostkeys: "ssh-ed25519@22:host". PuTTY's own name for
// an RSA key is rsa2 (sshrsa.c), for a DSA key dss.
func Registry(wire, name string, port int) string {
	switch wire {
	case "ssh-rsa":
		wire = "rsa2"
	case "ssh-dss":
		wire = "dss"
	}
	return fmt.Sprintf("%s@%d:%s", wire, port, name)
}
