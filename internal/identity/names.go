package identity

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Names are the names and addresses by which clients may know this machine, as
// far as it knows them itself: no name server is asked.
type Names struct {
	// Host is the host name, and Full with its domain; either may be empty.
	Host, Full string
	// Addrs are its addresses on networks, IPv4 first.
	Addrs []netip.Addr
}

// All lists names before addresses, each once.
func (n Names) All() []string {
	var out []string
	for _, s := range []string{n.Full, n.Host} {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, a := range n.Addrs {
		out = append(out, a.String())
	}
	return out
}

// Best is the name that a person would type; "HOST" where there is none.
func (n Names) Best() string {
	if all := n.All(); len(all) > 0 {
		return all[0]
	}
	return "HOST"
}

// collectNames asks the kernel, and /etc/hosts for the domain.
func collectNames(ctx context.Context, h *host.Host) Names {
	var n Names
	name, err := h.Sysctl("kernel/hostname")
	if file, readErr := h.Files.Read("/etc/hostname", maxFile); (err != nil || name == "") && readErr == nil {
		name = strings.TrimSpace(string(file))
	}
	if usable(name) {
		n.Host = name
		if strings.Contains(name, ".") {
			n.Full = name
		} else if hosts, err := h.Files.Read("/etc/hosts", maxFile); err == nil {
			n.Full = fullName(string(hosts), name)
		}
	}
	addrs, err := h.Addresses(ctx)
	if err != nil {
		return n
	}
	for _, a := range addrs {
		if ip := a.Addr.Unmap(); reachable(ip) && !slices.Contains(n.Addrs, ip) {
			n.Addrs = append(n.Addrs, ip)
		}
	}
	slices.SortStableFunc(n.Addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	const most = 16 // a router has more, and nobody knows it by all of them
	n.Addrs = n.Addrs[:min(len(n.Addrs), most)]
	return n
}

// reachable leaves out the addresses by which no other machine can know this
// one: those of loopback, and those of one link, which the client writes with
// the name of its own interface.
func reachable(a netip.Addr) bool {
	return !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsUnspecified() && !a.IsMulticast()
}

// fullName finds the name with its domain in /etc/hosts, hosts(5): the first
// name with a dot of a line that has the host name in it.
func fullName(hosts, name string) string {
	for line := range strings.Lines(hosts) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 || !slices.Contains(fields[1:], name) {
			continue
		}
		for _, f := range fields[1:] {
			if strings.HasPrefix(f, name+".") && usable(f) && !strings.HasPrefix(f, "localhost") {
				return f
			}
		}
	}
	return ""
}

// usable tells whether a client can have been told a name: letters, digits, dots
// and hyphens, RFC 1123, 2.1, and the underscore that some use all the same.
func usable(name string) bool {
	const longest = 253
	if name == "" || len(name) > longest || name[0] == '-' || name == "localhost" || name == "(none)" {
		return false
	}
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
