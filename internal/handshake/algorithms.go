package handshake

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// typeOf returns the host key type that a signature algorithm belongs to: an
// RSA key has three (RFC 8332), every other type has the one of its own name.
func typeOf(algorithm string) string {
	switch algorithm {
	case ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512:
		return ssh.KeyAlgoRSA
	}
	return algorithm
}

// types returns the host key types in an offer, without certificates.
func (o Offer) types() []string {
	var out []string
	for _, a := range o.HostKey {
		if t := typeOf(a); !isCertificate(a) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (o Offer) has(kind string) bool { return slices.Contains(o.types(), kind) }

func isCertificate(algorithm string) bool { return strings.Contains(algorithm, "-cert-") }

// allowed leaves out the types that HostKeyAlgorithms does not name; nil names
// nothing because it is not known.
func allowed(types, algorithms []string) []string {
	var out []string
	for _, t := range types {
		if algorithms == nil || slices.ContainsFunc(algorithms, func(a string) bool { return typeOf(a) == t }) {
			out = append(out, t)
		}
	}
	return out
}

// hostKeyAlgorithms returns what to offer the server in order to see a key of
// the wanted type. The others follow, so that a server without that type proves
// another one and logs no failed negotiation. SHA-1 and DSA stand last: here
// they only show which key an old server holds.
func hostKeyAlgorithms(wanted string) []string {
	var first, rest []string
	for _, a := range ownHostKeyAlgorithms() {
		if typeOf(a) == wanted {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

func ownHostKeyAlgorithms() []string {
	order := []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
	all := slices.Concat(ssh.SupportedAlgorithms().HostKeys, ssh.InsecureAlgorithms().HostKeys)
	all = slices.DeleteFunc(all, isCertificate)
	return preferring(order, all)
}

// provable returns the types that our own client can verify, quickest first: an
// RSA signature is most of the work of a handshake. OpenSSH's hybrid
// ssh-mldsa44-ed25519 (10.4) is not among them.
func provable(types []string) []string {
	var out []string
	for _, a := range ownHostKeyAlgorithms() {
		if t := typeOf(a); slices.Contains(types, t) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// clientConfig is our side of the key exchange: everything that the library
// speaks. P-256 comes first because it is the cheapest for sshd, 2 to 5 ms less
// a connection than curve25519 or ML-KEM (8.4, 9.2 and 10.0, measured). The weak
// methods stand last and protect nothing here: no secret is ever sent, and which
// clients the server turns away is judged from its offer.
func clientConfig(wanted string) *ssh.ClientConfig {
	good, weak := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	return &ssh.ClientConfig{
		Config: ssh.Config{
			KeyExchanges: preferring(
				[]string{ssh.KeyExchangeECDHP256, ssh.KeyExchangeCurve25519},
				slices.Concat(good.KeyExchanges, weak.KeyExchanges)),
			Ciphers: slices.Concat(good.Ciphers, weak.Ciphers),
			MACs:    slices.Concat(good.MACs, weak.MACs),
		},
		ClientVersion:     "SSH-2.0-sshd-doctor",
		HostKeyAlgorithms: hostKeyAlgorithms(wanted),
	}
}

// preferring returns all with those in order put first, in that order.
func preferring(order, all []string) []string {
	out := make([]string, 0, len(all))
	for _, a := range slices.Concat(order, all) {
		if slices.Contains(all, a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
