package rescue

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// places decides where to listen.
func (p *Plan) places(f Facts, r Request) *Refusal {
	if slices.ContainsFunc(f.Conf.Listen(), func(a netip.AddrPort) bool { return !f.Bare && a.Port() == r.Port }) {
		return refuse("own-port", nil,
			fmt.Sprintf("Port %d is where the server's own sshd belongs: it could not start", r.Port),
			fmt.Sprintf("while the rescue holds it. Choose another, for example --port %d.", other(r.Port)))
	}
	addresses := slices.Clone(r.Addresses)
	if len(addresses) == 0 && !f.Bare {
		addresses = f.usual()
	}
	if len(addresses) == 0 {
		do := command(r) + " --address ADDRESS"
		if f.Bare && r.User == "" {
			do += " --user NAME"
		}
		return refuse("no-address", []string{do}, "On which address should it listen? Name one: --address ADDRESS",
			"This server has: "+f.ownList())
	}
	slices.SortStableFunc(addresses, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	for _, a := range addresses {
		at := netip.AddrPortFrom(a, r.Port)
		if no := f.bindable(at); no != nil {
			return no
		}
		p.Listen = append(p.Listen, at)
	}
	p.reach(f)
	return nil
}

// usual are the addresses on which the server's own sshd listens, as far as they
// are there.
func (f Facts) usual() []netip.Addr {
	var out []netip.Addr
	for _, a := range f.Conf.Listen() {
		ip := a.Addr()
		there := ip.IsUnspecified() && (ip.Is4() || !f.NoIPv6) || f.own(ip)
		if there && !slices.Contains(out, ip) {
			out = append(out, ip)
		}
	}
	return out
}

// bindable says why the rescue cannot listen there, nil where it can.
func (f Facts) bindable(at netip.AddrPort) *Refusal {
	if a := at.Addr(); !a.IsUnspecified() && !f.own(a) && f.OwnErr == "" {
		return refuse("foreign-address", nil, a.String()+" is not an address of this server.", "It has: "+f.ownList())
	}
	for _, s := range f.Held {
		if s.holds(at) {
			return refuse("port-taken", nil, fmt.Sprintf("Port %d is taken: %s listens on %s.", at.Port(), s.Owner, s.Addr),
				"Choose another with --port.")
		}
	}
	return nil
}

func (f Facts) own(a netip.Addr) bool {
	return a.IsLoopback() || slices.Contains(f.Own, a.WithZone(""))
}

func (f Facts) ownList() string {
	var out []string
	for _, a := range f.Own {
		if !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			out = append(out, a.String())
		}
	}
	if len(out) == 0 {
		return "only loopback addresses"
	}
	const most = 4
	return strings.Join(out[:min(len(out), most)], ", ")
}

// reach says where a client can try, and where the server has to prove itself.
func (p *Plan) reach(f Facts) {
	for _, at := range p.Listen {
		a := at.Addr()
		if !a.IsUnspecified() {
			p.Clients = append(p.Clients, a)
			p.Targets = append(p.Targets, at)
			continue
		}
		loopback := netip.IPv6Loopback()
		if a.Is4() {
			loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		if slices.Contains(f.Own, loopback) {
			p.Targets = append(p.Targets, netip.AddrPortFrom(loopback, at.Port()))
		}
		first := true
		for _, o := range f.Own {
			if o.Is4() != a.Is4() || o.IsLoopback() || o.IsLinkLocalUnicast() {
				continue
			}
			p.Clients = append(p.Clients, o)
			if first {
				p.Targets, first = append(p.Targets, netip.AddrPortFrom(o, at.Port())), false
			}
		}
	}
}
