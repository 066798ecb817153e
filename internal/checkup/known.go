package checkup

import (
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// Look is one look at the box, with what was made of it.
type Look struct {
	Facts  Facts
	Report diag.Report
}

// Known is a ledger with what was seen of the host's keys since, in the order of
// the looks, and whether that is news. It is pure.
func Known(l ledger.Ledger, looks ...Look) (known ledger.Ledger, news bool) {
	known = l
	for _, look := range looks {
		var more bool
		known, more = known.Update(look.seen())
		news = news || more
	}
	return known, news
}

// Remember settles the findings about the identity of a heal, which knows more
// than its last look: what the box was like before, and which keys it made
// itself.
func Remember(r *diag.Report, f Facts, known ledger.Ledger) {
	f.Identity.History, f.Identity.Ports = known, f.Ports()
	r.Findings = slices.DeleteFunc(r.Findings, func(o diag.Finding) bool { return o.Code == identity.CodeChanged })
	if changed, ok := identity.Changed(f.Identity); ok {
		r.Findings = append(r.Findings, changed)
	}
	made := slices.ContainsFunc(r.HostKeys, func(k diag.HostKey) bool { return k.New })
	if made || finds(*r, identity.CodeChanged) {
		r.Forget = f.Identity.Names.Forget(f.Identity.Ports)
	}
}

// Ports are those on which clients reach sshd, or should.
func (f Facts) Ports() []int { return ports(f.Expect) }

func finds(r diag.Report, codes ...string) bool {
	return slices.ContainsFunc(r.Findings, func(f diag.Finding) bool { return slices.Contains(codes, f.Code) })
}

// seen is what the ledger is told of a look.
func (l Look) seen() ledger.Seen {
	f, s := l.Facts, ledger.Seen{At: l.Facts.Identity.Now}
	for _, k := range l.Report.HostKeys {
		if key, ok := fingerprint.Read(k.Public); ok {
			s.Keys = append(s.Keys, f.ledgerKey(key, k.Path, k.New))
		}
	}
	// Keys of another server than this sshd are not the host's.
	own := !finds(l.Report, handshake.CodeOtherServer, boot.CodeInitrd)
	for _, p := range f.Handshake.Proofs() {
		key, ok := fingerprint.Read(p.Public)
		if ok && own && !slices.ContainsFunc(s.Keys, func(k ledger.Key) bool { return k.Public == key.Public }) {
			s.Keys = append(s.Keys, f.ledgerKey(key, f.pathOf(p.SHA256), false))
		}
	}
	whole := own && f.UID == 0 && f.Conf.Known && !f.Keys.Agent && proven(f.Handshake.Endpoints())
	for _, kind := range f.Handshake.Unproven() {
		whole = whole && slices.ContainsFunc(s.Keys, func(k ledger.Key) bool { return k.Type == kind })
	}
	for _, k := range f.Keys.Keys {
		whole = whole && k.State != hostkeys.Unread && k.File != hostkeys.Unseen
		key, ok := fingerprint.Read(k.Pub.Public)
		if ok && f.UID == 0 && !f.Keys.Agent && k.Pub.State == hostkeys.PubParsed && k.State != hostkeys.Unread &&
			!slices.ContainsFunc(s.Keys, func(k ledger.Key) bool { return k.Public == key.Public }) {
			s.Lost = append(s.Lost, ledger.Key{Key: key, Path: k.Path})
		}
	}
	s.Whole = whole
	return s
}

func (f Facts) ledgerKey(key fingerprint.Key, path string, byUs bool) ledger.Key {
	k := ledger.Key{Key: key, Path: path, Made: f.made(path)}
	if k.Origin, k.Detail = f.Identity.Origin(k.Made); byUs {
		k.Origin, k.Detail = ledger.Doctor, ""
	}
	return k
}

// pathOf is the file whose public half says that it has a key; empty for none.
func (f Facts) pathOf(sha256 string) string {
	for _, k := range f.Keys.Keys {
		if k.SHA256 == "" && k.Pub.SHA256 == sha256 {
			return k.Path
		}
	}
	return ""
}

// made is when the private key at a path was written, zero when that is not
// known.
func (f Facts) made(path string) time.Time {
	for _, k := range f.Identity.Keys {
		if k.Path == path {
			return k.Made
		}
	}
	return time.Time{}
}
