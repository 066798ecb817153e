package clients

import (
	"cmp"
	"slices"
	"strings"
)

// Fix is what a server could do for a client that it refuses.
type Fix struct {
	// Key is the type of a host key, as ssh-keygen -t calls it, that is not there
	// and that would do.
	Key string
	// Add are methods to switch on, by part.
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
	// Keys are the types of the host keys on disk, by their names on the wire.
	Keys []string
	// Made are the types that are missing and that "sshd-doctor heal" makes, in the
	// names of ssh-keygen -t.
	Made []string
	// Allowed is HostKeyAlgorithms of the configuration, nil where it is not known.
	Allowed []string
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

// has tells whether a key for an algorithm is on disk.
func (h Host) has(algorithm string) bool {
	return slices.ContainsFunc(h.Keys, func(k string) bool {
		return k == algorithm || isRSA(k) && isRSA(algorithm) && !strings.Contains(algorithm, "-cert-")
	})
}

// choice is, for each part, what a server could add, best first.
type choice struct {
	host  Host
	names [parts][]string
}

// choose puts what could be added in the order in which it should be thought of:
// safe before weak, one step before two, SHA-1 after all that is as safe, then that
// which lets the most releases in.
func choose(all []Release, s Server, h Host) choice {
	c := choice{host: h}
	for _, p := range Parts() {
		count := map[string]int{}
		for _, r := range all {
			m := r.Meet(s)
			// Where there is no cipher yet, a MAC may be needed as well.
			mac := p == MAC && slices.Contains(m.Failed, Cipher)
			if !mac && !slices.Contains(m.Failed, p) {
				continue
			}
			for _, name := range withoutMarkers(r.Offers[p]) {
				if h.can(all, p, name) && (p != HostKey || h.makeable(name)) {
					if count[name] == 0 {
						c.names[p] = append(c.names[p], name)
					}
					count[name]++
				}
			}
		}
		slices.SortStableFunc(c.names[p], func(a, b string) int {
			return cmp.Or(weakness(p, a)-weakness(p, b), h.trouble(p, a)-h.trouble(p, b), sha1(a)-sha1(b), count[b]-count[a])
		})
	}
	return c
}

// sha1 is 1 for a method of SHA-1: as a MAC that is safe, and nothing to begin with.
func sha1(name string) int {
	if strings.Contains(name, "sha1") {
		return 1
	}
	return 0
}

// makeable tells whether the host has, or could be given, a key of its own for an
// algorithm: no certificate, and no key in a security token. ssh-keygen makes the
// smallest curve unless it is told otherwise.
func (h Host) makeable(algorithm string) bool {
	return h.has(algorithm) || slices.Contains([]string{
		"ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa",
	}, algorithm)
}

// trouble is 1 where both a new key and a setting are needed.
func (h Host) trouble(p Part, name string) int {
	if p == HostKey && !h.has(name) && !h.allows(name) {
		return 1
	}
	return 0
}

// fix is what lets in one client.
func (c choice) fix(r Release, m Meeting, s Server) Fix {
	if m.ShortRSA {
		return Fix{Key: "rsa"}
	}
	var f Fix
	// A MAC is looked for only when there is a cipher.
	for range parts {
		for _, p := range m.Failed {
			if !c.add(&f, p, r) {
				return Fix{None: true}
			}
			s = s.with(p, f.Add[p])
		}
		if m = r.Meet(s.withKey(f.Key)); len(m.Failed) == 0 {
			return f
		}
	}
	return f
}

// add chooses what one part needs; it tells whether there is something.
func (c choice) add(f *Fix, p Part, r Release) bool {
	name := first(c.names[p], r.Offers[p])
	if name == "" {
		return false
	}
	if p == HostKey && !c.host.has(name) {
		f.Key = KeyType(name)
		if safe(p, name) && c.host.allows(name) {
			// sshd offers a new key by itself.
			return true
		}
	}
	f.Add[p] = name
	if !safe(p, name) && !slices.Contains(f.Weak, p) {
		f.Weak = append(f.Weak, p)
	}
	return true
}

// with is the server with one method more.
func (s Server) with(p Part, name string) Server {
	add := func(list []string) []string { return append(slices.Clone(list), name) }
	switch {
	case name == "":
	case p == Kex:
		s.Kex = add(s.Kex)
	case p == HostKey:
		s.HostKey = add(s.HostKey)
	case p == Cipher:
		s.Cipher = [2][]string{add(s.Cipher[0]), add(s.Cipher[1])}
	case p == MAC:
		s.MAC = [2][]string{add(s.MAC[0]), add(s.MAC[1])}
	}
	return s
}

// withKey is the server with a host key more, of a type as ssh-keygen -t calls it,
// as sshd offers it by default.
func (s Server) withKey(kind string) Server {
	switch kind {
	case "ecdsa":
		return s.with(HostKey, "ecdsa-sha2-nistp256")
	case "ed25519":
		return s.with(HostKey, "ssh-ed25519")
	case "rsa":
		return s.with(HostKey, "rsa-sha2-512").with(HostKey, "rsa-sha2-256")
	}
	return s
}

func (h Host) allows(algorithm string) bool {
	return h.Allowed == nil || slices.Contains(h.Allowed, algorithm)
}
