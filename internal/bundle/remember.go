package bundle

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

const (
	// shortestSecret is how long something that was taken out in one place is at
	// least to be taken out everywhere, in bytes; mostSecrets how many of them.
	shortestSecret = 6
	mostSecrets    = 400
)

// remember notes what was taken out: a program may have logged it as well.
func (c *cleaner) remember(text string) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\n'\"`;,&|()<>=?\\", r) }) {
		w = strings.Trim(w, ".:")
		if len(c.secrets) < mostSecrets && c.telling(w) && !slices.Contains(c.secrets, w) {
			c.secrets = append(c.secrets, w)
		}
	}
}

// telling: a word that would not stand anywhere else by chance.
func (c *cleaner) telling(w string) bool {
	if len(w) < shortestSecret || strings.Contains(w, mark) || strings.Trim(w, "0123456789.:-") == "" || c.knownWord(w) {
		return false
	}
	if strings.HasPrefix(w, "/") || strings.ContainsAny(w, "$%") || sshdconf.Means(w) != "" || harmlessVariable(w) {
		return false
	}
	_, err := netip.ParseAddr(w)
	return err != nil
}

// rememberArgs notes of hidden arguments those that are more than a word.
func (c *cleaner) rememberArgs(words []string) {
	for _, w := range words {
		_, value, assigns := strings.Cut(w, "=")
		if assigns {
			w = value
		}
		mixed := strings.ContainsAny(w, "0123456789") && strings.Trim(strings.ToLower(w), "0123456789.:") != ""
		if assigns || mixed {
			c.remember(w)
		}
	}
}

// again takes out of all entries what was taken out of one, and tells how often.
func (c *cleaner) again(entries []Entry) int {
	if len(c.secrets) == 0 {
		return 0
	}
	// Where one holds another, the longer one goes.
	slices.SortFunc(c.secrets, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var pairs []string
	for _, s := range c.secrets {
		pairs = append(pairs, s, mark)
	}
	replacer := strings.NewReplacer(pairs...)
	n := 0
	put := func(s string) string {
		out := replacer.Replace(s)
		n += max(0, strings.Count(out, mark)-strings.Count(s, mark))
		return out
	}
	for i := range entries {
		e := &entries[i]
		e.Source, e.Missing = put(e.Source), put(e.Missing)
		if name := replacer.Replace(e.Name); name != e.Name {
			e.Name = entryName(name)
		}
		if e.Kind == JSON {
			e.Data = []byte(eachString(string(e.Data), put))
			continue
		}
		e.Data = []byte(put(string(e.Data)))
	}
	return n
}
