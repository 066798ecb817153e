package clients

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Turned are refusals of the same kind: the same part, the same offer.
type Turned struct {
	Refusal
	// Count is how often, From.. the addresses, newest first; Last the last time.
	Count int
	Peers []netip.Addr
	Last  time.Time
	// Who are the known releases that offer just that, Family what only the
	// program itself tells; both may be empty.
	Who    []Group
	Family string
	// Now: with today's offer such a client would be refused again. It is false
	// where the server has changed since, or cannot be asked.
	Now bool
}

// mostPeers caps the addresses that are kept of one kind.
const mostPeers = 20

// Turned puts the refusals together by what was offered, newest first.
func (f Facts) Turned() []Turned {
	var out []Turned
	for _, r := range slices.Backward(f.Refusals) {
		if own(r.From) {
			continue
		}
		i := slices.IndexFunc(out, func(t Turned) bool { return t.Part == r.Part && slices.Equal(t.Offer, r.Offer) })
		if i < 0 {
			i = len(out)
			out = append(out, Turned{Refusal: r, Last: r.Time, Now: f.still(r)})
		}
		t := &out[i]
		t.Count++
		if r.From.IsValid() && !slices.Contains(t.Peers, r.From) && len(t.Peers) < mostPeers {
			t.Peers = append(t.Peers, r.From)
		}
	}
	for i := range out {
		t := &out[i]
		t.Who = offering(f.Known, t.Part, t.Offer, t.Cut)
		if len(t.Who) == 0 {
			t.Family = family(t.Part, t.Offer)
		}
	}
	return out
}

// own tells whether an address is one from which this program itself connects:
// any of 127.0.0.0/8 but the usual one, and the only one of IPv6.
func own(a netip.Addr) bool {
	return a.IsValid() && a.IsLoopback() && a != netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// still tells whether the offer of such a client has nothing in common with the
// server as it is now.
func (f Facts) still(r Refusal) bool {
	return f.Server != nil && !r.Cut && first(withoutMarkers(r.Offer), f.Server.list(r.Part)) == ""
}

// CouldBe names all known releases that offer just that.
func (t Turned) CouldBe() []string {
	who := []string{}
	for _, g := range Programs(t.Who) {
		who = append(who, g.String())
	}
	return who
}

// Likely says in a few words which client that was.
func (t Turned) Likely() string {
	who := t.CouldBe()
	switch {
	case len(who) > 2:
		return strings.Join(who[:2], ", ") + " or another"
	case len(who) > 0:
		return strings.Join(who, " or ")
	case t.Family != "":
		return t.Family
	}
	return "an unknown client"
}

// Remedy is what would let such a client in, as far as it is known which one it
// is: the fix of the first of them that is refused today.
func (t Turned) Remedy(s Survey) (Group, bool) {
	for _, who := range t.Who {
		for _, g := range s.Refused {
			if g.Name == who.Name && slices.Contains(g.Versions, who.Versions[0]) {
				return g, true
			}
		}
	}
	return Group{}, false
}
