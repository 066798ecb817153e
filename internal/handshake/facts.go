// Package handshake connects to sshd as a client would and says how far it got:
// the TCP connection, the banner, the server's whole offer, and for each host
// key type the server's own proof that it holds the private key. Nothing is
// ever authenticated: the connection ends as soon as the proof is verified.
//
// On a healthy machine every address that sshd is bound to answers with an
// OpenSSH banner, offers what today's clients speak, and proves exactly the host
// keys that are on disk.
//
// This package opens its own TCP connections, the one exception to the door in
// internal/host: a proof needs the connection itself, not an answer about it.
// It connects to addresses of this box only, so no packet leaves it, and makes
// at most four connections a run and address family. Over IPv4 each of them
// comes from a source address of its own in 127.0.0.0/8, so that neither
// PerSourcePenalties (OpenSSH 9.8 and later: one second for each connection that
// does not authenticate, enforced above 15 seconds) nor a ban falls on 127.0.0.1
// and those who use it; only where those get no answer, one last connection
// comes from 127.0.0.1 itself. IPv6 has a single loopback address, so there one
// connection to each address has to do, as long as the host key types can be
// proven over IPv4 on the same port. A connection leaves one line in sshd's log:
// "Connection closed by 127.x.y.z port N [preauth]".
package handshake

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Key is a host key on disk that sshd can use.
type Key struct {
	Path string
	// Type is the name of the public key format: ssh-rsa, ssh-ed25519,
	// ecdsa-sha2-nistp256.
	Type string
	// SHA256 is the fingerprint, with or without the "SHA256:" before it.
	SHA256 string
}

// Plan says what to connect to and what to have proven.
type Plan struct {
	// Targets are addresses of this box; others are not connected to.
	Targets []netip.AddrPort
	// Types are the host key types that sshd is expected to serve.
	Types []string
	// Allowed is HostKeyAlgorithms of sshd's effective configuration, nil where
	// it is not known. Types that it does not allow are not asked for.
	Allowed []string
	// Timeout bounds the whole run; zero means five seconds.
	Timeout time.Duration
	// Limit is how many connections may be open at the same time; zero means
	// four. A sshd with a small MaxStartups needs a small one.
	Limit int
	// OneServer says that one process is known to hold the sockets of all
	// targets. The types are then spread over them, which saves connections.
	OneServer bool
	// Offered: have the types proven too that the server offers beside Types.
	Offered bool
}

// Reach is how far a connection came.
type Reach int

// The places where a connection can end, nearest first.
const (
	// Refused: no TCP connection came about.
	Refused Reach = iota
	Connected
	Banner
	KexInit
	// HostKey: the server proved that it holds a private host key.
	HostKey
)

func (r Reach) String() string {
	return [...]string{"refused", "connected", "banner", "kexinit", "hostkey"}[r]
}

// End is what ended a connection.
type End string

// The ways in which a connection ends.
const (
	EndProven      End = "proven"
	EndRefused     End = "refused"
	EndUnreachable End = "unreachable"
	EndClosed      End = "closed"
	EndTimeout     End = "timeout"
	// EndNoCommon: our client and the server share no algorithm.
	EndNoCommon End = "no common algorithm"
	EndError    End = "error"
)

// Offer is the whole SSH_MSG_KEXINIT of the server (RFC 4253, 7.1).
type Offer struct {
	Kex                  []string
	HostKey              []string
	CipherC2S, CipherS2C []string
	MACC2S, MACS2C       []string
	CompC2S, CompS2C     []string
	LangC2S, LangS2C     []string
}

// Proof is one host key that the server showed it holds.
type Proof struct {
	// Type is that of the key, Algorithm that of the signature.
	Type, Algorithm string
	// SHA256 is the fingerprint as ssh-keygen -l prints it.
	SHA256 string
	// Public is the key in base64, as in the second word of a .pub file.
	Public string
}

// Try is one connection. What the server sent is in printable ASCII.
type Try struct {
	// Source is the address it came from; zero where the kernel chose.
	Source netip.Addr
	// Wanted is the host key type that was asked for first. A server that does
	// not offer it proves another one.
	Wanted  string
	Reached Reach
	End     End
	// Before is what came before the banner, or instead of it.
	Before string
	Banner string
	Offer  *Offer
	Proof  *Proof
	// NoCommon names the list in which nothing was in common.
	NoCommon string
	Error    string
}

// Untried is why an address was not connected to.
type Untried string

// The reasons, beside errors in their own words.
const (
	// UntriedForeign: a packet to it would leave the box.
	UntriedForeign Untried = "not an address of this box"
	UntriedBudget  Untried = "four others of its family were looked at"
	UntriedNoTime  Untried = "no time was left"
)

// Target is one address and the connections made to it, in order.
type Target struct {
	Addr  netip.AddrPort
	Tries []Try
	// Untried is empty where a connection was made.
	Untried Untried
}

// Facts is what one run saw.
type Facts struct {
	// Types are those of the plan that the configuration allows.
	Types   []string
	Allowed []string
	Targets []Target
}

// best returns the connection that came farthest.
func (t Target) best() (Try, bool) {
	if len(t.Tries) == 0 {
		return Try{}, false
	}
	return slices.MaxFunc(t.Tries, func(a, b Try) int { return int(a.Reached) - int(b.Reached) }), true
}

// Endpoints lists the addresses that were connected to, for the report.
func (f Facts) Endpoints() []diag.Endpoint {
	var out []diag.Endpoint
	for _, t := range f.Targets {
		b, ok := t.best()
		if !ok {
			continue
		}
		e := diag.Endpoint{
			Address: t.Addr.Addr().String(), Port: int(t.Addr.Port()),
			Reached: b.Reached.String(), Banner: b.Banner,
		}
		if b.Proof == nil {
			e.Error = firstOf(b.Before, b.Error)
		}
		out = append(out, e)
	}
	return out
}

// Proven tells whether some server proved the key with this fingerprint.
func (f Facts) Proven(sha256 string) bool {
	for _, t := range f.Targets {
		for _, y := range t.Tries {
			if y.Proof != nil && sameKey(y.Proof.SHA256, sha256) {
				return true
			}
		}
	}
	return false
}

// Proofs lists what was proven, each key once.
func (f Facts) Proofs() []Proof {
	var out []Proof
	for _, t := range f.Targets {
		for _, y := range t.Tries {
			if y.Proof != nil && !slices.ContainsFunc(out, func(p Proof) bool { return p.SHA256 == y.Proof.SHA256 }) {
				out = append(out, *y.Proof)
			}
		}
	}
	return out
}

// Unproven lists the types of key that some server offers and none has proven.
func (f Facts) Unproven() []string {
	var out []string
	for _, t := range f.Targets {
		for _, y := range t.Tries {
			if y.Offer == nil {
				continue
			}
			for _, kind := range y.Offer.types() {
				if !f.provenType(kind) && !slices.Contains(out, kind) {
					out = append(out, kind)
				}
			}
		}
	}
	return out
}

// Offer returns the first offer that was read.
func (f Facts) Offer() (Offer, bool) {
	if _, y, ok := f.Answer(); ok {
		return *y.Offer, true
	}
	return Offer{}, false
}

// Answer returns the first connection in which an offer was read, and where.
func (f Facts) Answer() (netip.AddrPort, Try, bool) {
	for _, t := range f.Targets {
		for _, y := range t.Tries {
			if y.Offer != nil {
				return t.Addr, y, true
			}
		}
	}
	return netip.AddrPort{}, Try{}, false
}

func (f Facts) provenType(t string) bool {
	for _, target := range f.Targets {
		if target.provenType(t) {
			return true
		}
	}
	return false
}

func (t Target) provenType(kind string) bool {
	return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.Proof != nil && y.Proof.Type == kind })
}

func (t Target) proven() bool {
	return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.Proof != nil })
}

func sameKey(a, b string) bool {
	trim := func(s string) string { return strings.TrimPrefix(s, "SHA256:") }
	return trim(a) == trim(b)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
