package boot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// symptoms of a firewall that drops or rejects connections from this machine to
// itself. Nothing else can come from it: that sshd is stopped is another fault.
func symptoms() []string {
	return []string{"handshake-timeout", "handshake-refused", "handshake-not-tried"}
}

// judgeFirewall says at which ports a firewall lets no client in. Where the
// handshake over loopback has passed that is a notice: what it stops may be
// wanted, and what is in front of this machine cannot be seen.
func judgeFirewall(f Facts) []diag.Finding {
	var out []diag.Finding
	for _, port := range f.ports() {
		if found, ok := f.closed(port); ok {
			out = append(out, found)
		}
	}
	if f.Firewall.Err != "" && len(out) == 0 && !f.Proven {
		out = append(out, ruleFirewall.Unknown("firewall", "there is a firewall, and its rules could not be read",
			diag.Evidence{Source: "netfilter", Text: f.Firewall.Err}).As(diag.Notice))
	}
	return out
}

// closed looks at one port over both versions of IP.
func (f Facts) closed(port int) (diag.Finding, bool) {
	var over []string
	var evidence []diag.Evidence
	var chains []Chain
	all, loop := true, false
	for _, six := range []bool{false, true} {
		if !f.expects(port, six) {
			continue
		}
		in, by, is := dropped(f.Firewall.Chains, packet{port: port, six: six})
		if !is {
			all = false
			continue
		}
		_, _, alsoLoop := dropped(f.Firewall.Chains, packet{port: port, six: six, loop: true})
		loop = loop || alsoLoop
		over = append(over, map[bool]string{false: "IPv4", true: "IPv6"}[six])
		if e := (diag.Evidence{Source: in.Source, Text: by}); !slices.Contains(evidence, e) {
			evidence, chains = append(evidence, e), append(chains, in)
		}
	}
	if len(over) == 0 {
		return diag.Finding{}, false
	}
	summary := fmt.Sprintf("the firewall lets nobody in on port %d", port)
	if !all {
		summary += " over " + over[0]
	}
	found := ruleFirewall.New(fmt.Sprintf("port %d", port), summary, evidence...).With(open(chains, port))
	found.Explains = symptoms()
	if f.Proven || !loop {
		found.Severity = diag.Notice
	}
	return found, true
}

// ports lists those at which other machines are expected.
func (f Facts) ports() []int {
	var out []int
	for _, a := range f.From.Listen {
		if p := int(a.Port()); !a.Addr().IsLoopback() && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (f Facts) expects(port int, six bool) bool {
	for _, a := range f.From.Listen {
		if int(a.Port()) == port && !a.Addr().IsLoopback() && a.Addr().Is6() == six {
			return true
		}
	}
	return false
}

// open says how to let a port in, in the words of the tool that made the rules.
func open(chains []Chain, port int) diag.Remedy {
	r := diag.Remedy{
		Summary: fmt.Sprintf("let port %d in, if clients are to come from outside", port), Consent: diag.Manual,
		Reason: "a firewall is somebody's decision",
	}
	for _, c := range chains {
		for _, command := range c.open(port) {
			if !slices.Contains(r.Manual, command) {
				r.Manual = append(r.Manual, command)
			}
		}
	}
	return r
}

// open is the way to let a port through one chain. What is typed by hand into a
// chain is gone after a reboot; what ufw and firewalld are told is not.
func (c Chain) open(port int) []string {
	ufw := slices.ContainsFunc(c.Rules, func(r Rule) bool { return strings.HasPrefix(r.Target, "ufw") })
	tables := "iptables"
	if c.Family == "ip6" {
		tables = "ip6tables"
	}
	if strings.Contains(c.Source, "legacy") {
		tables += "-legacy"
	}
	switch {
	case ufw:
		return []string{fmt.Sprintf("ufw allow %d/tcp", port)}
	case c.Table == "firewalld":
		return []string{fmt.Sprintf("firewall-cmd --permanent --add-port=%d/tcp", port), "firewall-cmd --reload"}
	case c.Source == nftProgram:
		return []string{printable(fmt.Sprintf("nft insert rule %s %s %s tcp dport %d accept", c.Family, c.Table, c.Name, port))}
	}
	table := ""
	if c.Table != "filter" {
		table = "-t " + printable(c.Table) + " "
	}
	return []string{printable(fmt.Sprintf("%s %s-I %s -p tcp --dport %d -j ACCEPT", tables, table, c.Name, port))}
}
