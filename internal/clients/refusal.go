package clients

import (
	"net/netip"
	"strings"
	"time"
)

// Refusal is one client that sshd turned away because they had nothing in common,
// as sshd's log tells it.
type Refusal struct {
	// Time is zero where only the sentence is known.
	Time time.Time
	// From is the client's address; not valid where the log has none.
	From netip.Addr
	Part Part
	// Offer is what the client offered for that part. Cut: its end is not known,
	// because syslog cuts long lines.
	Offer []string
	Cut   bool
}

const (
	// mostNames caps an offer, in names; the longest known has some 60.
	mostNames = 200
	// longestName caps one of them, in octets (RFC 4251, 6).
	longestName = 64
	// logLimit is where OpenSSH cuts a message, in octets (log.c, MSGBUFSIZ).
	logLimit = 1023
)

// ParseRefusal reads a sentence of sshd's log, in the wording of OpenSSH 7.0 and
// later, "Unable to negotiate with ADDRESS port N: no matching PART found. Their
// offer: LIST [preauth]", with or without a port; or of 6.x, "fatal: no matching
// cipher found: client LIST server LIST [preauth]". The client's own message has
// the first form, too; then the offer is the server's.
func ParseRefusal(message string) (Refusal, bool) {
	whole := len(message) < logLimit
	message = strings.TrimSpace(message)
	if trimmed, done := strings.CutSuffix(message, "[preauth]"); done {
		message, whole = strings.TrimSpace(trimmed), true
	}
	if rest, ok := strings.CutPrefix(message, "Unable to negotiate with "); ok {
		return parseModern(rest, whole)
	}
	if rest, ok := strings.CutPrefix(message, "fatal: no matching "); ok {
		return parseOld(rest)
	}
	return Refusal{}, false
}

func parseModern(rest string, whole bool) (Refusal, bool) {
	peer, reason, ok := strings.Cut(rest, ": no matching ")
	if !ok {
		return Refusal{}, false
	}
	name, list, ok := strings.Cut(reason, " found. Their offer:")
	part, known := partNamed(name)
	if !ok || !known {
		return Refusal{}, false
	}
	r := Refusal{Part: part}
	address, _, _ := strings.Cut(peer, " ")
	if a, err := netip.ParseAddr(address); err == nil {
		r.From = a.Unmap()
	}
	r.Offer, r.Cut, ok = offer(strings.TrimSpace(list), whole)
	return r, ok
}

func parseOld(rest string) (Refusal, bool) {
	name, lists, ok := strings.Cut(rest, " found: client ")
	part, known := partNamed(name)
	list, _, both := strings.Cut(lists, " server ")
	if !ok || !known || !both {
		return Refusal{}, false
	}
	r := Refusal{Part: part}
	r.Offer, r.Cut, ok = offer(strings.TrimSpace(list), true)
	return r, ok
}

func partNamed(name string) (Part, bool) {
	for _, p := range Parts() {
		if strings.EqualFold(name, p.String()) {
			return p, true
		}
	}
	return 0, false
}

// offer reads a list of names as a peer sent it. The last name of one that was
// cut off is left out.
func offer(text string, whole bool) (names []string, cut, ok bool) {
	if text == "" {
		return nil, !whole, true
	}
	for _, name := range strings.Split(text, ",") {
		if len(names) >= mostNames {
			return names, true, true
		}
		// libssh 0.10 sends a comma at the end of a list.
		if name == "" {
			continue
		}
		if len(name) > longestName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, false, false
		}
		names = append(names, name)
	}
	if !whole && len(names) > 0 {
		names = names[:len(names)-1]
	}
	return names, !whole, true
}
