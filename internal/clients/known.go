// Package clients knows what SSH clients offer when a connection begins, release
// by release, and works out which of them can agree with a server's offer on how
// to talk, by the rules of RFC 4253, 7.1. For those that cannot it says which part
// fails and what would let them in.
//
// With a healthy server every client of this decade agrees; very old ones may not,
// and that is no fault of the server.
//
// It is pure: the server's offer and what sshd logged are handed to it.
package clients

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed known.txt
var known string

// Part is one of the four things that client and server have to agree on, in the
// order in which OpenSSH looks for them (kex.c, kex_choose_conf).
type Part int

// The parts. Compression is none of them: all know "none".
const (
	Kex Part = iota
	HostKey
	Cipher
	MAC
	parts
)

// Parts lists them all.
func Parts() []Part { return []Part{Kex, HostKey, Cipher, MAC} }

// String is the part in the words of OpenSSH's own message.
func (p Part) String() string {
	return [parts]string{"key exchange method", "host key type", "cipher", "MAC"}[p]
}

// Setting is the keyword of ssh_config and sshd_config that decides over it.
func (p Part) Setting() string {
	return [parts]string{"KexAlgorithms", "HostKeyAlgorithms", "Ciphers", "MACs"}[p]
}

// Lists are names of algorithms for each part, best first.
type Lists [parts][]string

// Release is one release of a client, or of a server.
type Release struct {
	// Name is the program, Version the release.
	Name, Version string
	// Offers is what it offers by default. A nil list is not known.
	Offers Lists
	// Also is what it can do beyond that, when it is told to.
	Also Lists
	// Asks is what it does only after asking the user.
	Asks Lists
	// RSA is the smallest RSA host key that it takes, in bits; 0 when not known.
	RSA int
	// MACAlways: it wants a MAC in common even where the cipher has its own.
	MACAlways bool
}

// String is the name with the version.
func (r Release) String() string { return r.Name + " " + r.Version }

// Known returns the releases of clients, each program's oldest first.
func Known() ([]Release, error) { return parse(known) }

// knows tells whether the lists of all parts are known.
func (r Release) knows() bool {
	return !slices.ContainsFunc(r.Offers[:], func(l []string) bool { return l == nil })
}

// marker tells whether a name in a list of key exchange methods is none: it
// announces an extension (RFC 8308, 2.1; OpenSSH's PROTOCOL, 1.9; dropbear's
// kexguess2).
func marker(name string) bool {
	return strings.HasPrefix(name, "ext-info-") || strings.HasPrefix(name, "kex-strict-") ||
		strings.HasPrefix(name, "kexguess2@")
}

// withoutMarkers leaves the methods.
func withoutMarkers(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), marker)
}
