package clients

import (
	"fmt"
	"slices"
	"strings"
)

// Fix is what a server could do for a client that it refuses.
type Fix struct {
	// Key is the type of a host key, as ssh-keygen -t calls it, that the server
	// does not offer and that would do.
	Key string
	// Add are methods to switch on, by part. A new host key needs none.
	Add [parts]string
	// Weak are the parts in which that method is a weak one.
	Weak []Part
	// None: nothing helps on this server; its sshd has none of the client's
	// methods any more.
	None bool
}

// Host is what is known of the server beyond its offer.
type Host struct {
	// Banner is what sshd calls itself: "SSH-2.0-OpenSSH_9.2p1 Debian-2".
	Banner string
	// Keys are the types of the host keys on disk, in the names of ssh-keygen -t.
	Keys []string
	// Made are the types that are missing and that "sshd-doctor heal" makes.
	Made []string
}

// can tells whether the sshd of this host has a method at all: what its own ssh
// can do, since both are built from the same source.
func (h Host) can(all []Release, p Part, name string) bool {
	_, version, found := strings.Cut(h.Banner, "OpenSSH_")
	if !found {
		return true
	}
	version, _, _ = strings.Cut(version, "p")
	version, _, _ = strings.Cut(version, " ")
	i := slices.IndexFunc(all, func(r Release) bool { return r.Name == openSSH && r.Version == version })
	if i < 0 {
		return true
	}
	return slices.Contains(all[i].Offers[p], name) || slices.Contains(all[i].Also[p], name)
}

// openSSH is the name of the program whose server this is about.
const openSSH = "OpenSSH"

// fix works out what the server could do for a client.
func (r Release) fix(m Meeting, s Server, h Host, all []Release) Fix {
	var f Fix
	if m.ShortRSA {
		f.Key = "rsa"
		return f
	}
	for _, p := range m.Failed {
		name := ""
		for _, n := range order(p, withoutMarkers(r.Offers[p])) {
			if (p != HostKey || plain(n) && KeyType(n) != "") && h.can(all, p, n) {
				name = n
				break
			}
		}
		switch {
		case name == "":
			return Fix{None: true}
		case p == HostKey && safe(p, name) && !slices.Contains(h.Keys, KeyType(name)):
			f.Key = KeyType(name)
			continue
		case !safe(p, name):
			f.Weak = append(f.Weak, p)
		}
		f.Add[p] = name
	}
	return f
}

func (r Release) isOpenSSH() bool { return strings.HasPrefix(r.Name, openSSH) }

// byOption is what has to be typed at the client, so that it uses what both can
// do; empty where that does not exist.
func (r Release) byOption(m Meeting, s Server) string {
	if m.ShortRSA {
		if r.isOpenSSH() {
			return fmt.Sprintf("-o RequiredRSASize=%d", s.RSA)
		}
		return ""
	}
	var options []string
	for _, p := range m.Failed {
		name := first(r.Also[p], s.list(p))
		if name == "" {
			return ""
		}
		options = append(options, option(r.Name, p, name))
	}
	return strings.Join(options, " ")
}

// option is how a program is told to use a method as well.
func option(program string, p Part, name string) string {
	switch program {
	case "JSch":
		key := [parts]string{"kex", "server_host_key", "cipher.s2c and cipher.c2s", "mac.s2c and mac.c2s"}[p]
		return fmt.Sprintf("setConfig(%s): add %s", key, name)
	case "AsyncSSH":
		key := [parts]string{"kex_algs", "server_host_key_algs", "encryption_algs", "mac_algs"}[p]
		return fmt.Sprintf("%s=[%q]", key, name)
	case "Go x/crypto":
		key := [parts]string{"KeyExchanges", "HostKeyAlgorithms", "Ciphers", "MACs"}[p]
		return fmt.Sprintf("ClientConfig.%s: add %q", key, name)
	case "libssh":
		key := [parts]string{"KEY_EXCHANGE", "HOSTKEYS", "CIPHERS_C_S and _S_C", "HMAC_C_S and _S_C"}[p]
		return fmt.Sprintf("SSH_OPTIONS_%s: %s", key, name)
	}
	return fmt.Sprintf("-o %s=+%s", p.Setting(), name)
}

// newer is the first later release of the same program that gets in; empty where
// none is known.
func (r Release) newer(s Server, all []Release) string {
	after := false
	for _, o := range all {
		if o.Name != r.Name {
			continue
		}
		if after && o.Meet(s).In() {
			return o.Version
		}
		after = after || o.Version == r.Version
	}
	return ""
}
