package clients

import (
	"slices"
	"strings"
)

// Server is a server's offer, as it was read from the wire.
type Server struct {
	Kex, HostKey []string
	// Cipher and MAC are those from client to server, and the other way.
	Cipher, MAC [2][]string
	// RSA is the size of its RSA host key in bits, 0 when not known.
	RSA int
}

// list returns what the server offers for a part, in both directions.
func (s Server) list(p Part) []string {
	switch p {
	case Kex:
		return s.Kex
	case HostKey:
		return s.HostKey
	case Cipher:
		return both(s.Cipher)
	}
	return both(s.MAC)
}

func both(directions [2][]string) []string {
	return slices.DeleteFunc(slices.Clone(directions[0]), func(name string) bool {
		return !slices.Contains(directions[1], name)
	})
}

// Meeting is what becomes of a client and a server.
type Meeting struct {
	// Failed are the parts in which they have nothing in common. The first is the
	// one that both sides name.
	Failed []Part
	// Unknown: what the client offers is not known for every part, and those that
	// are known do not fail.
	Unknown bool
	// ShortRSA: they agree on an RSA host key that is too short for the client.
	ShortRSA bool
	// Asks are the parts in which the client asks its user before it goes on.
	Asks []Part
	// Agreed is what they agree on; for ciphers and MACs from client to server. A
	// MAC is empty where the cipher has its own.
	Agreed [parts]string
}

// In tells whether the client gets in.
func (m Meeting) In() bool { return len(m.Failed) == 0 && !m.Unknown }

// Meet works out what a client and a server agree on.
func (r Release) Meet(s Server) Meeting {
	var m Meeting
	m.hostKeyAndKex(r, s)
	m.cipherAndMAC(r, s)
	if len(m.Failed) == 0 {
		m.Unknown = !r.knows()
	}
	if len(m.Failed) == 0 && !m.Unknown && isRSA(m.Agreed[HostKey]) && s.RSA > 0 && s.RSA < r.RSA {
		m.Failed, m.ShortRSA = []Part{HostKey}, true
	}
	for _, p := range Parts() {
		if slices.Contains(r.Asks[p], m.Agreed[p]) {
			m.Asks = append(m.Asks, p)
		}
	}
	return m
}

// hostKeyAndKex chooses both: a key exchange method counts only if there is a host
// key for it to be signed with. Where there is none, all implementations name the
// host key and not the method, if one could be had (test/clients).
func (m *Meeting) hostKeyAndKex(r Release, s Server) {
	m.Agreed[HostKey] = first(r.Offers[HostKey], s.HostKey)
	unsigned := r.Offers[HostKey] != nil && m.Agreed[HostKey] == ""
	for _, k := range withoutMarkers(r.Offers[Kex]) {
		if slices.Contains(s.Kex, k) && (!unsigned || needsNoHostKey(k)) {
			m.Agreed[Kex] = k
			break
		}
	}
	if r.Offers[Kex] != nil && first(withoutMarkers(r.Offers[Kex]), s.Kex) == "" {
		m.Failed = append(m.Failed, Kex)
	}
	if unsigned && m.Agreed[Kex] == "" {
		m.Failed = append(m.Failed, HostKey)
	}
}

// needsNoHostKey tells whether a method proves the server without a host key
// (RFC 4462, 2).
func needsNoHostKey(kex string) bool { return strings.HasPrefix(kex, "gss-") }

// cipherAndMAC chooses both for each direction: a cipher that authenticates what
// it encrypts needs no MAC, and then none is looked for.
func (m *Meeting) cipherAndMAC(r Release, s Server) {
	var noCipher, noMAC bool
	for d := range s.Cipher {
		cipher := first(r.Offers[Cipher], s.Cipher[d])
		mac := ""
		switch {
		case r.Offers[Cipher] == nil:
		case cipher == "":
			noCipher = true
		case (r.MACAlways || !ownMAC(cipher)) && r.Offers[MAC] != nil:
			mac = first(r.Offers[MAC], s.MAC[d])
			noMAC = noMAC || mac == ""
		}
		if d == 0 {
			m.Agreed[Cipher], m.Agreed[MAC] = cipher, mac
		}
	}
	if noCipher {
		m.Failed = append(m.Failed, Cipher)
	}
	if noMAC {
		m.Failed = append(m.Failed, MAC)
	}
}

// first returns the client's first that the server has as well.
func first(client, server []string) string {
	for _, name := range client {
		if slices.Contains(server, name) {
			return name
		}
	}
	return ""
}

// ownMAC tells whether a cipher authenticates what it encrypts (RFC 5647, in the
// form of OpenSSH's PROTOCOL, 1.6; PROTOCOL.chacha20poly1305).
func ownMAC(cipher string) bool {
	return strings.HasPrefix(cipher, "chacha20-poly1305") || strings.HasSuffix(cipher, "-gcm@openssh.com")
}

// isRSA tells whether an algorithm signs with an RSA key (RFC 8332).
func isRSA(algorithm string) bool {
	return strings.HasPrefix(algorithm, "ssh-rsa") || strings.HasPrefix(algorithm, "rsa-sha2-")
}
