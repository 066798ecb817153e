package identity

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// KnownAs lists what stands in the known_hosts of clients for this machine on
// these ports: each name and each address, with a port that is not 22.
func (n Names) KnownAs(ports []int) []string {
	var out []string
	for _, port := range ports {
		for _, name := range n.All() {
			out = append(out, fingerprint.Bracketed(name, port))
		}
	}
	return out
}

// Forget is what to type on a client of OpenSSH so that it forgets the keys of
// this machine, one command for each name under which it may know it. The quotes
// are for brackets, and mean the same to shells and to Windows.
func (n Names) Forget(ports []int) []string {
	var out []string
	for _, known := range n.KnownAs(ports) {
		if known[0] == '[' {
			known = `"` + known + `"`
		}
		out = append(out, "ssh-keygen -R "+known)
	}
	return out
}

// RegistryKey is where PuTTY keeps the keys of servers on Windows.
const RegistryKey = `HKCU\Software\SimonTatham\PuTTY\SshHostKeys`

// Registry lists the values below RegistryKey that PuTTY may have for this
// machine: one for each type of key, port and name.
func (n Names) Registry(types []string, ports []int) []string {
	var out []string
	for _, port := range ports {
		for _, name := range n.All() {
			for _, kind := range types {
				if v := fingerprint.Registry(kind, name, port); !slices.Contains(out, v) {
					out = append(out, v)
				}
			}
		}
	}
	return out
}
