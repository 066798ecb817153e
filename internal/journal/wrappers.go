package journal

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// The files of tcp wrappers, hosts_access(5).
const (
	hostsAllow = "/etc/hosts.allow"
	hostsDeny  = "/etc/hosts.deny"
)

// hostsLimit is more than such a file has, in bytes. DenyHosts writes long ones.
const hostsLimit = 4 << 20

// Wrappers is what /etc/hosts.allow and /etc/hosts.deny say about sshd.
type Wrappers struct {
	// Rules are the lines that concern sshd, in the order in which they count.
	Rules []HostsRule
	// Linked: sshd asks them at all. Not every distribution's does.
	Linked bool
	Err    string
}

// HostsRule is one line, joined where a backslash continues it.
type HostsRule struct {
	File string
	// First and Last are the lines where it stands, counted from 1.
	First, Last int
	Text        string
	Clients     []string
	// Deny: whom it matches is refused.
	Deny bool
}

// wrappers reads both files, and whether sshd asks them: then one of its programs
// names the library in its table of strings.
func wrappers(h *host.Host, programs []string) Wrappers {
	var w Wrappers
	for _, file := range []string{hostsAllow, hostsDeny} {
		data, err := h.Files.Read(file, hostsLimit)
		if host.IsAbsent(err) {
			continue
		}
		if err != nil {
			w.Err = err.Error()
			continue
		}
		w.Rules = append(w.Rules, parseHosts(file, string(data))...)
	}
	if len(w.Rules) == 0 {
		return w
	}
	for _, p := range programs {
		data, err := h.Files.Read(p, programLimit)
		switch {
		case err == nil:
			w.Linked = w.Linked || bytes.Contains(data, []byte("libwrap.so."))
		case !host.IsAbsent(err):
			w.Err = err.Error()
		}
	}
	return w
}

// mostRules caps what is kept of one file.
const mostRules = 64

// parseHosts reads the lines that concern sshd. What tcp wrappers would not
// understand is left out, as they do.
func parseHosts(file, text string) []HostsRule {
	var out []HostsRule
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines) && len(out) < mostRules; i++ {
		r := HostsRule{File: file, First: i + 1, Deny: file == hostsDeny}
		line := lines[i]
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, "\\") + lines[i]
		}
		r.Last, r.Text = i+1, strings.TrimSpace(line)
		parts := splitRule(r.Text)
		if strings.HasPrefix(line, "#") || len(parts) < 2 || !about(words(parts[0])) {
			continue
		}
		r.Clients = words(parts[1])
		for _, option := range parts[2:] {
			// hosts_options(5): these two decide, whatever the file is called.
			switch strings.ToLower(strings.TrimSpace(option)) {
			case "deny":
				r.Deny = true
			case "allow":
				r.Deny = false
			}
		}
		r.Text = printable(r.Text)
		out = append(out, r)
	}
	return out
}

// splitRule splits at colons, except those in [brackets] and after a backslash.
func splitRule(s string) []string {
	var out []string
	begin, depth := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			depth = max(0, depth-1)
		case ':':
			if depth == 0 {
				out = append(out, s[begin:i])
				begin = i + 1
			}
		}
	}
	return append(out, s[begin:])
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
}

// about tells whether a list of daemons names sshd.
func about(daemons []string) bool {
	return inList(daemons, func(d string) answer {
		name, _, _ := strings.Cut(d, "@")
		return yesIf(d == "ALL" || strings.EqualFold(name, "sshd"))
	}) == yes
}

type answer int

const (
	no answer = iota
	unsure
	yes
)

func yesIf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// inList is hosts_access(5)'s list, with its EXCEPT.
func inList(list []string, match func(string) answer) answer {
	at := slices.Index(list, "EXCEPT")
	head := list
	if at >= 0 {
		head = list[:at]
	}
	best := no
	for _, w := range head {
		best = max(best, match(w))
	}
	if at < 0 || best == no {
		return best
	}
	switch inList(list[at+1:], match) {
	case yes:
		return no
	case unsure:
		return unsure
	}
	return best
}

// matches tells whether a rule is for a client address. Names, netgroups and
// files of patterns are not looked into.
func (r HostsRule) matches(ip netip.Addr) answer {
	return inList(r.Clients, func(pattern string) answer { return clientIs(pattern, ip) })
}

// clientPart is a pattern without the user before it and the brackets around it.
func clientPart(pattern string) string {
	_, after, user := strings.Cut(pattern, "@")
	if user && !strings.HasPrefix(pattern, "@") {
		pattern = after
	}
	return strings.NewReplacer("[", "", "]", "").Replace(pattern)
}

func clientIs(pattern string, ip netip.Addr) answer {
	bare := clientPart(pattern)
	if net, err := prefixOf(bare); err == nil {
		return yesIf(net.Contains(ip))
	}
	if one, err := netip.ParseAddr(bare); err == nil {
		return yesIf(one == ip)
	}
	switch pattern = bare; {
	case pattern == "ALL":
		return yes
	case pattern == "localhost" || pattern == "localhost.":
		return yesIf(ip.IsLoopback())
	case strings.Trim(pattern, "0123456789.*?") == "" && strings.ContainsAny(pattern, "*?"):
		return unsure
	case strings.Trim(pattern, "0123456789.") == "" && strings.HasSuffix(pattern, "."):
		return yesIf(strings.HasPrefix(ip.String(), pattern))
	}
	return unsure
}

var errNoNet = errors.New("not a network")

// prefixOf reads n.n.n.n/len, n.n.n.n/m.m.m.m and their IPv6 counterparts.
func prefixOf(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	addr, mask, ok := strings.Cut(s, "/")
	if !ok {
		return netip.Prefix{}, errNoNet
	}
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return netip.Prefix{}, err
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !a.Is4() {
		return netip.Prefix{}, errNoNet
	}
	bits, open := 0, false
	for _, b := range m.As4() {
		for i := 7; i >= 0; i-- {
			set := b>>i&1 == 1
			if set && open {
				return netip.Prefix{}, errNoNet
			}
			open = open || !set
			if set {
				bits++
			}
		}
	}
	return netip.PrefixFrom(a, bits).Masked(), nil
}

// verdict follows the rules for one address: the first that matches decides, and
// who is matched by none is let in.
func (w Wrappers) verdict(ip netip.Addr) (denied answer, by HostsRule) {
	for _, r := range w.Rules {
		switch r.matches(ip) {
		case yes:
			return yesIf(r.Deny), r
		case unsure:
			return unsure, r
		}
	}
	return no, HostsRule{}
}

// opensFor tells whether some rule lets clients in that are not this machine.
func (w Wrappers) opensFor() bool {
	return slices.ContainsFunc(w.Rules, func(r HostsRule) bool {
		return !r.Deny && slices.ContainsFunc(r.Clients, func(c string) bool {
			return clientIs(c, netip.AddrFrom4([4]byte{127, 0, 0, 1})) != yes || c == "ALL"
		})
	})
}
