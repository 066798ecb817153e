package messages

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// of returns one list of an offer.
func (o Offer) of(p Part) []string {
	switch p {
	case Kex:
		return o.Kex
	case HostKey:
		return o.HostKey
	case Cipher:
		return o.Cipher
	case MAC:
		return o.MAC
	case Compression:
		return o.Compression
	}
	return nil
}

// offer compares the lists in the text with what this server offers.
func (a *Answer) offer(e *Entry, l *Look) {
	live := Offer{}
	if len(l.Offers) > 0 {
		live = l.Offers[0]
	}
	server, client := a.Reading.sides(e)
	// The names tell it better than the words around them: libssh calls each of
	// them a kex error.
	part := cmp.Or(partOf(slices.Concat(server, client)), a.Reading.Part)
	raw := live.of(part)
	have := methods(raw)
	switch {
	case e.Name == "weak-warning":
		return
	case l.Skipped != "":
		raw = server
	case len(live.Kex) == 0:
		a.say("This server's own lists could not be read, so nothing was compared.")
		return
	case part == NoPart:
		a.say("Which list it is about the text does not say: type more of it, or what stands behind it.")
		return
	case len(server) > 0:
		if !a.compare(server, have, l.Ports) {
			a.elsewhere(l)
			return
		}
	}
	if len(client) > 0 && l.Skipped == "" {
		a.refused(part, client, have)
	}
	a.missingKeys(part, l)
	a.advise(part, raw, client)
}

// sides tells the lists of the server and of the client apart.
func (r Reading) sides(e *Entry) (server, client []string) {
	for _, list := range r.Lists {
		side := list.Side
		// In sshd's own log it is the client's, whatever it calls itself.
		if named := list.sideByNames(); named != Theirs && e.Name != "client-refused" {
			side = named
		}
		if side == Theirs {
			side = Server
			if r.FromLog || e.Name == "client-refused" {
				side = User
			}
		}
		if side == Server {
			server = list.Names
		} else {
			client = list.Names
		}
	}
	return server, client
}

// compare tells whether it was this server that answered.
func (a *Answer) compare(said, have []string, ports []int) (here bool) {
	more, all := beyond(methods(said), have)
	switch {
	case all && len(more) == 0:
		// Others of the same release offer the same: that is no proof.
		a.say("That list is what this server offers right now: it may well have been this server that answered.")
	case all:
		a.say("This server offers all of that right now, and also: %s. Unless the list was cut off, that is new: try again.", few(more))
	default:
		a.say("This server offers another list right now: another server answered, or this one was changed since. Here: %s.", few(have))
		if port := a.Reading.Port; a.family() == "OpenSSH" && port != 22 && !slices.Contains(ports, port) {
			a.say("If it stands in sshd's own log, that list is the client's.")
			return false
		}
		a.Verdict = diag.Down
		return false
	}
	return true
}

// elsewhere is what to do where another server's list was seen: what lets a
// client in there is not known here, but who it was can be found out.
func (a *Answer) elsewhere(l *Look) {
	a.Client = nil
	if a.Verdict != diag.Down {
		return
	}
	a.Here = []string{"ip -brief address"}
	if i := slices.IndexFunc(l.Report.Endpoints, func(e diag.Endpoint) bool { return e.Banner != "" }); i >= 0 {
		a.say("This one calls itself %s.", l.Report.Endpoints[i].Banner)
	}
	switch a.family() {
	case "OpenSSH":
		a.Client = []string{a.Reading.fill("ssh -v USER@HOST") + `   (its line "remote software version")`}
	case "PuTTY":
		a.Client = []string{`see "Remote version" in PuTTY's Event Log: is it this one's?`}
	}
}

// refused says of a client's list what it has in common with this server now.
func (a *Answer) refused(p Part, client, have []string) {
	who := "that client"
	if f := familyOf(client); f != "" {
		who = "that client (" + f + " by its list)"
	}
	client = methods(client)
	var both []string
	for _, c := range client {
		if slices.Contains(have, c) {
			both = append(both, c)
		}
	}
	if len(have) == 0 {
		return
	}
	if len(both) > 0 {
		a.say("Right now this server and %s have in common: %s. Try again.", who, few(both))
		return
	}
	a.say("Right now this server and %s still have no %s in common. The client: %s. Here: %s.", who, p, few(client), few(have))
}

// missingKeys: a key that is not there is the one thing that the server can add
// without becoming weaker.
func (a *Answer) missingKeys(p Part, l *Look) {
	if p != HostKey || l.Skipped != "" {
		return
	}
	f := l.finding(func(f *diag.Finding) bool {
		return slices.Contains([]string{"hostkey-missing", "hostkey-empty", "hostkey-damaged", "hostkey-not-loaded"}, f.Code) &&
			f.Status == diag.Found
	})
	if f != nil {
		a.say("Host keys are missing here: %s (%s). With them more clients get in, and nothing is weakened.", f.Summary, f.Code)
		return
	}
	if have := methods(l.Offers[0].HostKey); !slices.ContainsFunc(have, func(s string) bool { return !strings.Contains(s, "rsa") }) {
		a.say("This server proves RSA keys only. With an ECDSA and an Ed25519 key more clients get in, and nothing is weakened.")
		a.Here = append(a.Here, "sshd -T | grep -i -e '^hostkey ' -e hostkeyalgorithms")
	}
}

// advise says what would let the client in, on its side.
func (a *Answer) advise(p Part, have, client []string) {
	name := easiest(p, have)
	if name == "" {
		return
	}
	family := a.family()
	if a.Reading.FromLog || len(client) > 0 && family == "sshd" {
		family = ""
	}
	switch family {
	case "OpenSSH":
		keyword, query := setting(p)
		a.Client = append(a.Client,
			fmt.Sprintf("ssh -Q %s   (has it %s? then:)", query, name),
			a.Reading.fill(fmt.Sprintf("ssh -o %s=+%s USER@HOST", keyword, name)))
		if since := since(name); since != "" {
			a.say("OpenSSH's client speaks %s since %s: an older one has to be updated.", name, since)
		}
	default:
		a.Client = append(a.Client, upgrade(family, p, name))
	}
}

// methods are the names of a list that are methods, without what follows an @:
// whoever types leaves that out.
func methods(names []string) []string {
	var out []string
	for _, n := range names {
		if pseudo(n) {
			continue
		}
		n, _, _ = strings.Cut(strings.ToLower(n), "@")
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// beyond tells whether all names of a list are the server's, and what it has
// beside them. The last name may be cut off, as logs and people do.
func beyond(said, have []string) (more []string, all bool) {
	more = slices.Clone(have)
	for i, s := range said {
		at := slices.Index(more, s)
		if at < 0 && i == len(said)-1 {
			at = slices.IndexFunc(more, func(h string) bool { return strings.HasPrefix(h, s) })
		}
		if at < 0 {
			return nil, false
		}
		more = slices.Delete(more, at, at+1)
	}
	return more, len(said) > 0
}

// few is a list for people: the first ones.
func few(names []string) string {
	const most = 4
	switch {
	case len(names) == 0:
		return "nothing"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// partOf guesses nothing: it tells a list by names that are in no other.
func partOf(names []string) Part {
	kinds := []struct {
		part  Part
		begin []string
	}{
		{Kex, []string{"diffie-hellman", "ecdh-", "curve25519-", "curve448-", "mlkem", "sntrup", "rsa2048-", "rsa1024-"}},
		{HostKey, []string{"ssh-", "sk-", "ecdsa-", "rsa-sha2-"}},
		{Cipher, []string{"aes", "chacha20", "3des-", "blowfish-", "cast128-"}},
		{MAC, []string{"hmac-", "umac-"}},
	}
	for _, n := range names {
		for _, k := range kinds {
			if slices.ContainsFunc(k.begin, func(b string) bool { return strings.HasPrefix(n, b) }) {
				return k.part
			}
		}
	}
	return NoPart
}
