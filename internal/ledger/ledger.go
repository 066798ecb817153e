// Package ledger keeps the host's fingerprints over time: which key, since when,
// until when, and why it changed where that can be known. It holds public keys
// only.
//
// On a healthy machine the ledger has one current entry for each host key that
// sshd serves, and nothing is written until a key changes: so an entry says when
// its key was first and last seen by a run that had something to write down.
package ledger

import (
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// Path is where the ledger lies, in Dir: mode 0644 in a directory of mode 0755,
// because what is in it every client is told.
const (
	Dir  = "/var/lib/sshd-doctor"
	Path = Dir + "/identity.json"
)

// Schema is the version of the form of the file.
const Schema = 1

// Origin says why a key is there.
type Origin string

// What can be known of where a key came from.
const (
	Unknown Origin = ""
	// Doctor: this program made it.
	Doctor Origin = "sshd-doctor"
	// CloudInit: made for a new instance-id, which is the entry's Detail.
	CloudInit Origin = "cloud-init"
	// Package: made when sshd's package was installed or upgraded.
	Package Origin = "package"
	// Agent: made when a program of the provider was set up; Detail names it.
	Agent Origin = "guest-agent"
	// Restore: the machine had it before, or its file is older than the change:
	// put back from a backup, a snapshot or another machine.
	Restore Origin = "restore"
	// Image: older than the machine itself.
	Image Origin = "image"
)

// Words say an origin in a few words; detail as in Entry.
func (o Origin) Words(detail string) string {
	switch o {
	case Doctor:
		return "made by sshd-doctor"
	case CloudInit:
		return "made by cloud-init for instance " + detail
	case Package:
		return "made when sshd was installed or upgraded"
	case Agent:
		return "made by " + detail
	case Restore:
		return "put back: from a backup, a copy, or switched on again"
	case Image:
		return "older than this machine: from an image or a copy"
	}
	return "reason not known"
}

// Entry is one host key over one stretch of time.
type Entry struct {
	Type string `json:"type"`
	Bits int    `json:"bits"`
	// SHA256 is the fingerprint, "SHA256:...".
	SHA256 string `json:"sha256"`
	// Public is the public key in base64.
	Public string `json:"public"`
	// Path is its file; empty for one that only the running sshd had.
	Path string `json:"path,omitempty"`
	// Made is when its file was written; zero when that is not known.
	Made time.Time `json:"made,omitzero"`
	// First is when it was first seen; zero for a key of which only the public
	// half was found, after the private one was lost.
	First time.Time `json:"first,omitzero"`
	// Last is when it was last written down as the machine's own.
	Last time.Time `json:"last"`
	// Gone is when it was replaced, as near as that is known; zero while it is
	// current.
	Gone   time.Time `json:"gone,omitzero"`
	Origin Origin    `json:"origin,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// Key is the key of an entry.
func (e Entry) Key() fingerprint.Key {
	return fingerprint.Key{Type: e.Type, Bits: e.Bits, Public: e.Public}
}

// Current tells whether the machine still has the key.
func (e Entry) Current() bool { return e.Gone.IsZero() }

// Since is from when on clients can have known the key: when its file was
// written, unless that is not known or it was put there later.
func (e Entry) Since() time.Time {
	if !e.Made.IsZero() && e.Origin != Restore && (e.First.IsZero() || e.Made.Before(e.First)) {
		return e.Made
	}
	return e.First
}

// Ledger is the whole record, oldest entry first.
type Ledger struct {
	Schema int     `json:"schema"`
	Keys   []Entry `json:"keys"`
}

// Current returns the entry of a key that the machine has now.
func (l Ledger) Current(sha256 string) (Entry, bool) {
	return l.find(func(e Entry) bool { return e.SHA256 == sha256 && e.Current() })
}

// Before lists what was replaced by the keys of a type, the latest first: in the
// order in which it was written down, because clocks are set.
func (l Ledger) Before(kind string) []Entry {
	var out []Entry
	for _, e := range slices.Backward(l.Keys) {
		if e.Type == kind && !e.Current() {
			out = append(out, e)
		}
	}
	return out
}

func (l Ledger) find(match func(Entry) bool) (Entry, bool) {
	if i := slices.IndexFunc(l.Keys, match); i >= 0 {
		return l.Keys[i], true
	}
	return Entry{}, false
}
