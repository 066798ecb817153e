package messages

import (
	"net/netip"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// Look is what was seen of this server, as far as an answer needs it.
type Look struct {
	// Skipped says why nobody looked; empty where somebody did.
	Skipped string
	Report  diag.Report
	// Next is what the report tells to type; empty where nothing is to be done.
	Next string
	// Root: it was root who looked.
	Root   bool
	Offers []Offer
	// Ports are those at which sshd is expected.
	Ports []int
	// Addrs are the addresses of this machine; none where they are not known.
	Addrs []netip.Addr
	// Keys are the host keys, on disk or served. Partial: there are others, which
	// could be neither read nor proven.
	Keys    []Key
	Partial bool
}

// Offer is what the server offers at one address, in the direction from the
// client to the server.
type Offer struct {
	Kex, HostKey, Cipher, MAC, Compression []string
}

// Key is a host key of this server, by its public half.
type Key struct {
	fingerprint.Key
	// Path is its file, empty for one that is only served.
	Path   string
	Served bool
}

// Answer is what a text means on this server.
type Answer struct {
	Found Found
	// Kind is what was answered, also where only a list or a fingerprint was
	// recognised.
	Kind    Kind
	Reading Reading
	// Now are sentences about this server, Show lines to compare with.
	Now, Show []string
	// Client are things to do or type at the client, Here on the server; the last
	// of all is the next one.
	Client, Here []string
	// Prints says of each fingerprint in the text whose it is.
	Prints []Print
	// Verdict is that of the look, or worse where another server answered. It is
	// Unknown where the text is.
	Verdict diag.Verdict
}

// Print is a fingerprint in the text and whose it is.
type Print struct {
	Fingerprint
	// Ours is "yes", "no" or "unknown".
	Ours string
	// Key is the key whose it is.
	Key Key
}
