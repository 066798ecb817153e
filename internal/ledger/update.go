package ledger

import (
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// mostEntries bounds the ledger of a machine that gets new keys at every boot.
const mostEntries = 200

// Seen is what one look saw of the host's identity.
type Seen struct {
	At time.Time
	// Keys are those that sshd serves or has on disk.
	Keys []Key
	// Lost are public halves whose private key is no longer there.
	Lost []Key
	// Whole: these are all the keys there are, and clients get in. Only then a
	// key that is not among them is gone.
	Whole bool
}

// Key is one key that was seen.
type Key struct {
	fingerprint.Key
	Path string
	// Made is when its file was written; zero when that is not known.
	Made   time.Time
	Origin Origin
	Detail string
}

// Update returns the ledger with what was seen, and whether that is news: a key
// that came, or one that went. It is pure.
func (l Ledger) Update(s Seen) (Ledger, bool) {
	// Files have no more than seconds to tell, and the file is for people.
	s.At = s.At.UTC().Truncate(time.Second)
	out := Ledger{Schema: Schema, Keys: slices.Clone(l.Keys)}
	news := false
	for _, k := range s.Keys {
		if i := out.current(k.SHA256()); i >= 0 {
			out.Keys[i].Last = s.At
			continue
		}
		e := k.entry()
		e.First, e.Last = s.At, s.At
		e.Origin, e.Detail = l.origin(k, s.At)
		out.Keys, news = append(out.Keys, e), true
	}
	for _, k := range s.Lost {
		if _, known := out.find(func(e Entry) bool { return e.SHA256 == k.SHA256() }); known {
			continue
		}
		e := k.entry()
		e.Last, e.Gone = s.At, s.At
		out.Keys, news = append(out.Keys, e), true
	}
	if s.Whole && out.retire(s) {
		news = true
	}
	out.shorten()
	return out, news
}

// entry leaves out what could not be read again: a path of other letters than
// ASCII, a time that has no form in JSON.
func (k Key) entry() Entry {
	e := Entry{
		Type: k.Type, Bits: k.Bits, SHA256: k.SHA256(), Public: k.Public,
		Made: k.Made.UTC().Truncate(time.Second), Origin: k.Origin, Detail: k.Detail,
	}
	if printable(k.Path) {
		e.Path = k.Path
	}
	if y := e.Made.Year(); y < 1 || y > 9999 {
		e.Made = time.Time{}
	}
	return e
}

func (l Ledger) current(sha256 string) int {
	return slices.IndexFunc(l.Keys, func(e Entry) bool { return e.Current() && e.SHA256 == sha256 })
}

// origin says why a key is new here. The ledger itself knows a restore: the key
// was here before, or its file is older than the last time when another was seen
// in its place. A time that is still to come was told by a clock that was wrong.
func (l Ledger) origin(k Key, now time.Time) (Origin, string) {
	if k.Origin == Doctor {
		return k.Origin, k.Detail
	}
	// Clocks are set, and file times are a tick behind.
	const slack = time.Minute
	for _, e := range l.Keys {
		replaced := e.Current() && e.Type == k.Type && (e.Path == k.Path || e.Path == "" || k.Path == "")
		older := !k.Made.IsZero() && k.Made.Before(e.Last.Add(-slack)) && !e.Last.After(now.Add(slack))
		if e.SHA256 == k.SHA256() || replaced && older {
			return Restore, ""
		}
	}
	return k.Origin, k.Detail
}

// retire marks the entries whose keys were not seen. Where the file of the key
// that came in its place says when it was written, that is when the old one
// went.
func (l *Ledger) retire(s Seen) bool {
	any := false
	for i := range l.Keys {
		e := &l.Keys[i]
		if !e.Current() || slices.ContainsFunc(s.Keys, func(k Key) bool { return k.SHA256() == e.SHA256 }) {
			continue
		}
		e.Gone, any = s.At, true
		for _, k := range s.Keys {
			if k.Type == e.Type && k.Made.After(e.Last) && k.Made.Before(s.At) {
				e.Gone = k.Made.UTC().Truncate(time.Second)
			}
		}
	}
	return any
}

// shorten lets go of the keys that have been gone for longest.
func (l *Ledger) shorten() {
	for len(l.Keys) > mostEntries {
		oldest := slices.IndexFunc(l.Keys, func(e Entry) bool { return !e.Current() })
		if oldest < 0 {
			return
		}
		l.Keys = slices.Delete(l.Keys, oldest, oldest+1)
	}
}
