package clients

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// reader reads known.txt, whose form is described in it.
type reader struct {
	short    map[string][]string
	releases []Release
	// now is the first release of the line that was read last.
	now int
}

// parse reads the releases of clients.
func parse(text string) ([]Release, error) {
	r := reader{short: map[string][]string{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if !r.line(words, line[0] == ' ') {
			return nil, fmt.Errorf("cannot read line %d of the list of clients: %.80q", n, strings.TrimSpace(line))
		}
	}
	return r.releases, nil
}

func (r *reader) line(words []string, indented bool) bool {
	switch {
	case indented:
		return len(words) == 2 && len(r.releases) > 0 && r.part(words[0], words[1])
	case words[0] == "let" && len(words) == 3:
		names, ok := r.names(words[2])
		r.short[words[1]] = names
		return ok
	case words[0] == "client" && len(words) >= 3:
		r.begin(strings.ReplaceAll(words[1], "_", " "), words[2:])
		return true
	}
	return false
}

// begin adds releases that have what the last one of the same name has.
func (r *reader) begin(name string, versions []string) {
	var like Release
	if n := len(r.releases); n > 0 && r.releases[n-1].Name == name {
		like = r.releases[n-1]
	}
	r.now = len(r.releases)
	for _, v := range versions {
		like.Name, like.Version = name, v
		r.releases = append(r.releases, like)
	}
}

// part sets one list, or the size of RSA keys, of the releases that were begun.
func (r *reader) part(key, value string) bool {
	releases := r.releases[r.now:]
	if key == "rsa" {
		bits, err := strconv.Atoi(value)
		for i := range releases {
			releases[i].RSA = bits
		}
		return err == nil && bits > 0
	}
	if key == "mac-always" {
		for i := range releases {
			releases[i].MACAlways = value == "yes"
		}
		return value == "yes" || value == "no"
	}
	kind, name, also := strings.Cut(key, "-")
	if !also {
		kind, name = "", key
	}
	p := slices.Index([]string{"kex", "hostkey", "cipher", "mac"}, name)
	names, ok := r.names(value)
	if p < 0 || !ok {
		return false
	}
	for i := range releases {
		switch kind {
		case "":
			releases[i].Offers[p] = names
		case "also":
			releases[i].Also[p] = names
		case "asks":
			releases[i].Asks[p] = names
		default:
			return false
		}
	}
	return true
}

// names reads a list, in which a name may stand for several.
func (r *reader) names(text string) ([]string, bool) {
	out := []string{}
	if text == "-" {
		return out, true
	}
	for _, name := range strings.Split(text, ",") {
		if name == "" {
			return nil, false
		}
		if several, ok := r.short[name]; ok {
			out = append(out, several...)
			continue
		}
		out = append(out, name)
	}
	return out, true
}
