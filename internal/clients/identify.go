package clients

import (
	"slices"
	"strings"
)

// offering returns the releases that offer exactly a list for a part. Markers do
// not count, and neither does the order of host key types: clients put those first
// for which they know a key.
func offering(all []Release, p Part, names []string, cut bool) []Group {
	names = withoutMarkers(names)
	if len(names) == 0 {
		return nil
	}
	var out []Group
	for i, r := range all {
		if same(p, r.Offers[p], names, cut) {
			g := Group{Name: r.Name, Versions: []string{r.Version}, last: i}
			if n := len(out); n > 0 && out[n-1].Name == g.Name && out[n-1].last == i-1 {
				out[n-1].Versions, out[n-1].last = append(out[n-1].Versions, r.Version), i
				continue
			}
			out = append(out, g)
		}
	}
	return out
}

func same(p Part, ours, theirs []string, cut bool) bool {
	if cut {
		// A few names at the beginning say little.
		if len(theirs) < 4 || len(ours) < len(theirs) {
			return false
		}
		if p != HostKey {
			return slices.Equal(ours[:len(theirs)], theirs)
		}
		return !slices.ContainsFunc(theirs, func(name string) bool { return !slices.Contains(ours, name) })
	}
	if p != HostKey {
		return slices.Equal(ours, theirs)
	}
	return slices.Equal(slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(theirs)))
}

// family names the program that made an offer by what only it sends, where no
// known release offers just that: "a client of the PuTTY family". It is empty
// where nothing tells.
func family(p Part, names []string) string {
	has := func(name string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name) })
	}
	switch {
	case has("kexguess2@matt.ucc.asn.au"):
		return "dropbear"
	case p == Kex && has("rsa1024-sha1"):
		return "the PuTTY family (PuTTY, WinSCP, FileZilla)"
	case has("ecdh-sha2-1.3.132.0.10"), has("ssh-rsa-sha224@ssh.com"):
		return "AsyncSSH"
	case p == Cipher && has("blowfish-ctr"):
		return "the PuTTY family (PuTTY, WinSCP, FileZilla)"
	}
	return ""
}
