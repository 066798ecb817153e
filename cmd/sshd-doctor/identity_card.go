package main

import (
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// card is the whole answer of "identity"; --json prints it, and docs/identity.md
// describes it.
type card struct {
	jsonHead
	// Verdict is healthy when each key that is served is the one on disk and each
	// on disk is served, degraded when not, unknown when nothing was proven.
	Verdict diag.Verdict `json:"verdict"`
	// Names and Ports are how clients may know this server.
	Names []string   `json:"names"`
	Ports []int      `json:"ports"`
	Keys  []cardKey  `json:"keys"`
	Past  []cardPast `json:"past"`
	// KnownHosts and SSHFP are of the proven keys only.
	KnownHosts []string   `json:"known_hosts"`
	SSHFP      []string   `json:"sshfp"`
	Forget     []string   `json:"forget"`
	Registry   []string   `json:"putty_registry"`
	Record     cardRecord `json:"record"`
	// Notes are what check mentions about the identity.
	Notes []cardNote  `json:"notes"`
	Asked *cardAnswer `json:"asked,omitempty"`

	endpoints []diag.Endpoint
	// whole: there is no key that could be neither read nor proven.
	whole bool
	// changed: some key was replaced not long ago.
	// unwritten: --record found something new, and could not write it.
	unwritten bool
	changed   bool
}

// cardKey is one key that the server has.
type cardKey struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Bits   int    `json:"bits"`
	SHA256 string `json:"sha256"`
	MD5    string `json:"md5"`
	PuTTY  string `json:"putty"`
	Public string `json:"public"`
	// Served: proven over loopback.
	Served bool `json:"served"`
	// File is how the file stands to it: same, other, absent, unread.
	File string `json:"file"`
	// Since is from when on it can have been seen; empty when that is not known.
	Since string `json:"since"`
	// Why is where it came from, a word of the record; Words says it to people.
	Why   ledger.Origin `json:"why"`
	Words string        `json:"words"`
}

// cardPast is a key that the server had.
type cardPast struct {
	Type   string `json:"type"`
	Bits   int    `json:"bits"`
	SHA256 string `json:"sha256"`
	MD5    string `json:"md5"`
	Since  string `json:"since"`
	Until  string `json:"until"`
	Why    string `json:"why"`

	key fingerprint.Key
}

// cardNote is one finding about the identity, of a key or a certificate.
type cardNote struct {
	Code    string `json:"code"`
	Summary string `json:"summary"`
}

type cardRecord struct {
	Path string `json:"path"`
	// State is absent, whole, damaged, newer or unread.
	State  ledger.State `json:"state"`
	Detail string       `json:"detail"`
	// Begins is when the record was begun.
	Begins string `json:"begins,omitempty"`
	// Written: by this run. Aside is where a damaged one was kept.
	Written bool   `json:"written"`
	Aside   string `json:"aside,omitempty"`
}

func (k cardKey) key() fingerprint.Key {
	return fingerprint.Key{Type: k.Type, Bits: k.Bits, Public: k.Public}
}

// newCard puts together what one look saw. The record is that of the machine's
// own configuration: where another one was asked about, it says nothing. It is
// pure.
func newCard(f checkup.Facts, r diag.Report, own bool) card {
	if !own {
		f.Identity.Ledger.Ledger = ledger.Ledger{}
	}
	known, _ := checkup.Known(f.Identity.Ledger.Ledger, checkup.Look{Facts: f, Report: r})
	c := card{
		jsonHead: headOf("identity"),
		Names:    notNil(f.Identity.Names.All()), Ports: append([]int{}, f.Ports()...), Keys: []cardKey{}, Past: []cardPast{},
		Notes:     []cardNote{},
		Record:    cardRecord{Path: ledger.Path, State: f.Identity.Ledger.State, Detail: f.Identity.Ledger.Detail},
		endpoints: r.Endpoints, whole: true,
	}
	for _, o := range r.Findings {
		c.changed = c.changed || o.Code == identity.CodeChanged
		if o.Stage == diag.Identity && o.Code != identity.CodeChanged || o.Code == identity.CodeCert {
			c.Notes = append(c.Notes, cardNote{o.Code, o.Summary})
		}
	}
	for _, e := range f.Identity.Ledger.Ledger.Keys {
		if at := moment(e.Last); c.Record.Begins == "" || at < c.Record.Begins {
			c.Record.Begins = at
		}
		if at := moment(e.First); at != "" && at < c.Record.Begins {
			c.Record.Begins = at
		}
	}
	c.addKeys(f, r)
	for i := range c.Keys {
		c.Keys[i].tell(known)
	}
	c.addPast(known)
	c.addLists(f)
	c.Verdict = c.verdict(f)
	return c
}

func notNil(s []string) []string { return append([]string{}, s...) }

// addKeys lists the keys on disk in sshd's order, and then those that sshd
// served beside them.
func (c *card) addKeys(f checkup.Facts, r diag.Report) {
	for _, k := range r.HostKeys {
		if key, ok := fingerprint.Read(k.Public); ok {
			c.Keys = append(c.Keys, newCardKey(key, k.Path, "same", k.Served))
		}
	}
	for _, p := range f.Handshake.Proofs() {
		key, ok := fingerprint.Read(p.Public)
		if !ok || slices.ContainsFunc(c.Keys, func(k cardKey) bool { return k.Public == key.Public }) {
			continue
		}
		path, file := "", "absent"
		for _, k := range f.Keys.Keys {
			switch {
			case k.Pub.SHA256 == p.SHA256 && k.SHA256 == "" && k.State == hostkeys.Unread:
				path, file = k.Path, "unread"
			case k.SHA256 != "" && k.Type == p.Type:
				path, file = k.Path, "other"
			}
		}
		c.Keys = append(c.Keys, newCardKey(key, path, file, true))
	}
	for _, k := range f.Keys.Keys {
		c.whole = c.whole && (k.State != hostkeys.Unread || slices.ContainsFunc(c.Keys, func(have cardKey) bool { return have.Path == k.Path }))
	}
	for _, kind := range f.Handshake.Unproven() {
		c.whole = c.whole && slices.ContainsFunc(c.Keys, func(k cardKey) bool { return k.Type == kind })
	}
}

func newCardKey(k fingerprint.Key, path, file string, served bool) cardKey {
	return cardKey{
		Path: path, Type: k.Type, Bits: k.Bits, SHA256: k.SHA256(), MD5: k.MD5(), PuTTY: k.PuTTY() + " " + k.SHA256(),
		Public: k.Public, Served: served, File: file,
	}
}

// tell adds what the record knows of a key.
func (k *cardKey) tell(known ledger.Ledger) {
	if e, ok := known.Current(k.SHA256); ok {
		k.Since, k.Why, k.Words = moment(e.Since()), e.Origin, e.Origin.Words(e.Detail)
	}
}

func (c *card) addPast(known ledger.Ledger) {
	for _, e := range slices.Backward(known.Keys) {
		if e.Current() {
			continue
		}
		c.Past = append(c.Past, cardPast{
			Type: e.Type, Bits: e.Bits, SHA256: e.SHA256, MD5: e.Key().MD5(),
			Since: moment(e.Since()), Until: moment(e.Gone), Why: string(e.Origin), key: e.Key(),
		})
	}
}

// addLists makes what other programs take.
func (c *card) addLists(f checkup.Facts) {
	names := f.Identity.Names
	known := names.KnownAs(c.Ports)
	c.KnownHosts, c.SSHFP = []string{}, []string{}
	for _, k := range c.Keys {
		if !k.Served {
			continue
		}
		if len(known) > 0 {
			c.KnownHosts = append(c.KnownHosts, k.key().KnownHosts(known))
		}
		if name := names.Best(); names.Host != "" {
			c.SSHFP = append(c.SSHFP, k.key().SSHFP(name)...)
		}
	}
	c.Forget = notNil(names.Forget(c.Ports))
	c.Registry = notNil(names.Registry(c.types(), c.Ports))
}

// types are those of the keys of now and of the past, each once.
func (c card) types() []string {
	var out []string
	for _, k := range c.Keys {
		out = append(out, k.Type)
	}
	for _, p := range c.Past {
		out = append(out, p.Type)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// verdict compares what is served with what is on disk.
func (c card) verdict(f checkup.Facts) diag.Verdict {
	proven, differ := false, false
	for _, k := range c.Keys {
		proven = proven || k.Served
		switch {
		case k.Served:
			differ = differ || k.File == "other" || k.File == "absent" && !f.Keys.Agent
		case slices.Contains(f.Handshake.Types, k.Type) && !slices.Contains(f.Handshake.Unproven(), k.Type):
			differ = true
		}
	}
	switch {
	case !proven:
		return diag.Unknown
	case differ:
		return diag.Degraded
	}
	return diag.Healthy
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
