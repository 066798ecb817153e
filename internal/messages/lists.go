package messages

import (
	"regexp"
	"slices"
	"strings"
)

// Part is one of the lists of which client and server must have a name in common
// (RFC 4253, 7.1).
type Part string

// The parts of a negotiation; NoPart where a text does not say.
const (
	NoPart      Part = ""
	Kex         Part = "key exchange method"
	HostKey     Part = "host key type"
	Cipher      Part = "cipher"
	MAC         Part = "MAC"
	Compression Part = "compression method"
)

// Side is whose list it is.
type Side string

// The sides. Theirs is that of the peer of whoever said it.
const (
	Theirs Side = "theirs"
	Server Side = "server"
	User   Side = "client"
)

// List is a list of algorithms in a text.
type List struct {
	Side  Side
	Names []string
}

const (
	// mostNames and longestName cap a list that somebody else wrote.
	mostNames   = 80
	longestName = 64
)

// marks are the words behind which a list stands, in each program's own way.
func marks() []mark {
	m := func(side Side, re string) mark { return mark{regexp.MustCompile("(?i)" + re), side} }
	return []mark{
		m(Theirs, `their offer:?`),
		m(Server, `\(?available:?`),
		m(Server, `serverproposal=?`),
		m(User, `jschproposal=?`),
		m(Theirs, `peer offered:?`),
		m(User, `we offered:?`),
		m(User, `\bsent\b`),
		m(Server, `and received`),
		m(Server, `\bserver:? \[?`),
		m(User, `\bclient:? \[?`),
		m(Server, `server supports these \w+:?`),
		m(User, `reach a settlement[ \w]*:?`),
		m(Server, `\] and \[`),
		m(Server, `selected (?:key exchange algorithm|host key algorithm|(?:client-to-server|server-to-client) (?:cipher|mac))`),
	}
}

// mark is a mark, and whose list follows it.
type mark struct {
	re   *regexp.Regexp
	side Side
}

// isAlgorithm tells names of such a list from words: they have a dash, or are
// among the few without. The form is that of RFC 4251, 6.
func isAlgorithm(w string) bool {
	method, domain, _ := strings.Cut(w, "@")
	plain := func(s string) bool {
		return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
	}
	switch {
	case len(w) > longestName || !plain(method) || !plain(domain):
		return false
	case strings.HasPrefix(method, "-") || strings.HasSuffix(method, "-"):
		return false
	}
	return strings.Contains(method, "-") || slices.Contains([]string{"none", "zlib", "arcfour"}, method)
}

// lists finds the lists of algorithms in a text.
func lists(text string) []List {
	var out []List
	for _, m := range marks() {
		for _, at := range m.re.FindAllStringIndex(text, 2) {
			if list := names(text[at[1]:]); len(list) > 0 {
				out = append(out, List{Side: m.side, Names: list})
				break
			}
		}
	}
	return out
}

// names reads names to the first word that is none. Commas, quotes and brackets
// are set differently by each program, and left out by whoever types.
func names(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,\"'[]()\n;=:", r) }) {
		w = strings.TrimRight(w, ".")
		if !isAlgorithm(w) || len(out) == mostNames {
			break
		}
		out = append(out, strings.ToLower(w))
	}
	return out
}

// pseudo tells names that are no methods: extensions (RFC 8308), strict key
// exchange (OpenSSH 9.6), dropbear's guess. They tell whose list it is.
func pseudo(name string) bool {
	return strings.HasPrefix(name, "ext-info-") || strings.HasPrefix(name, "kex-strict-") || strings.HasPrefix(name, "kexguess2")
}

// side tells whose list it is by names that only one of the two sends.
func (l List) sideByNames() Side {
	for _, n := range l.Names {
		switch {
		case n == "ext-info-c" || strings.HasPrefix(n, "kex-strict-c") || strings.HasPrefix(n, "kexguess2"):
			return User
		case n == "ext-info-s" || strings.HasPrefix(n, "kex-strict-s"):
			return Server
		}
	}
	return Theirs
}

// part finds the list that a text is about.
func part(text string) Part {
	text = " " + strings.Join(words(text), " ") + " "
	for _, p := range []struct {
		part Part
		like []string
	}{
		{HostKey, []string{" host key ", " hostkey ", "server host key", " hostkey alg", " host key format "}},
		{Kex, []string{" key exchange ", " kex alg", " kex ", " kex algos "}},
		{MAC, []string{" mac ", " macs "}},
		{Cipher, []string{" cipher ", " ciphers ", " encryption alg", " enc "}},
		{Compression, []string{" compression "}},
	} {
		if slices.ContainsFunc(p.like, func(s string) bool { return strings.Contains(text, s) }) {
			return p.part
		}
	}
	return NoPart
}
