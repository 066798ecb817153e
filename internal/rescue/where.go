package rescue

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// places decides where to listen.
func (p *Plan) places(f Facts, r Request) *Refusal {
	if ports := f.ports(); slices.Contains(ports, r.Port) {
		return refuse("own-port", nil,
			fmt.Sprintf("Port %d is where the server's own sshd belongs: it could not start", r.Port),
			fmt.Sprintf("while the rescue holds it. Choose another, for example --port %d.", Port(ports)))
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
		why := []string{"On which address should it listen? Name one: --address ADDRESS", "This server has: " + f.ownList()}
		if f.Socket.Device != "" {
			why = append([]string{"Its clients come in through the interface " + f.Socket.Device + " alone (" + f.Socket.Unit + ")."}, why...)
		}
		return refuse("no-address", []string{do}, why...)
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

// doors are the addresses at which the server's own clients come in: those of its
// socket unit where that listens, else those of its configuration. One that holds
// for a single network interface or routing domain is none, for the rescue would
// be reached at it from others.
func (f Facts) doors() []netip.AddrPort {
	if f.Socket.Unit != "" {
		if f.Socket.Device != "" {
			return nil
		}
		return f.Socket.Listen
	}
	var out []netip.AddrPort
	for _, v := range f.Conf.Get("listenaddress") {
		if a, err := netip.ParseAddrPort(v); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// ports are those that the server's own sshd, or its socket unit, wants.
func (f Facts) ports() []uint16 {
	var out []uint16
	all := slices.Clone(f.Socket.Listen)
	if !f.Bare {
		all = append(all, f.Conf.Listen()...)
	}
	for _, a := range all {
		out = append(out, a.Port())
	}
	return out
}

// within tells whether the server's own clients can come in at all addresses of
// the rescue.
func (p Plan) within(doors []netip.AddrPort) bool {
	for _, at := range p.Listen {
		a := at.Addr()
		if !slices.ContainsFunc(doors, func(d netip.AddrPort) bool {
			return d.Addr() == a || d.Addr().IsUnspecified() && d.Addr().Is4() == a.Is4()
		}) {
			return false
		}
	}
	return true
}

// usual are the addresses on which the server's own clients come in, as far as
// they are there.
func (f Facts) usual() []netip.Addr {
	var out []netip.Addr
	for _, a := range f.doors() {
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
