package listen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// judgeTaken: somebody else holds addresses. One finding for each holder.
func (v view) judgeTaken(all []place) []diag.Finding {
	var out []diag.Finding
	var done []string
	for _, p := range all {
		if p.state != taken && p.state != outside {
			continue
		}
		who := holderKey(p)
		if slices.Contains(done, who) {
			continue
		}
		done = append(done, who)
		held := slices.DeleteFunc(slices.Clone(all), func(o place) bool {
			return o.state != p.state || holderKey(o) != who
		})
		if p.state == taken {
			out = append(out, v.portTaken(held))
		} else if found, ok := v.outsideUnit(held); ok {
			out = append(out, found)
		}
	}
	return out
}

// holderKey tells holders apart: by process, else by socket.
func holderKey(p place) string {
	if s := p.by[0]; len(s.Owners) == 0 {
		return fmt.Sprint("inode ", s.Inode)
	}
	return fmt.Sprint("pid ", first(p.by[0].Owners).PID)
}

// sockets are those of several places, each once.
func sockets(held []place) []Socket {
	var out []Socket
	for _, p := range held {
		for _, s := range p.by {
			if !slices.ContainsFunc(out, func(o Socket) bool { return o.Inode == s.Inode && o.Addr == s.Addr }) {
				out = append(out, s)
			}
		}
	}
	return out
}

// where names addresses shortly: "port 22" for every address, "port 22 (IPv4)"
// for every one of a family.
func where(addrs []netip.AddrPort) string {
	var four, six bool
	for _, a := range addrs {
		if !a.Addr().IsUnspecified() || a.Port() != addrs[0].Port() {
			return list(addrs)
		}
		four, six = four || a.Addr().Is4(), six || a.Addr().Is6()
	}
	switch {
	case len(addrs) == 0:
		return "no address"
	case !six:
		return fmt.Sprintf("port %d (IPv4)", addrs[0].Port())
	case !four:
		return fmt.Sprintf("port %d (IPv6)", addrs[0].Port())
	}
	return fmt.Sprintf("port %d", addrs[0].Port())
}

// served are the addresses at which sockets take connections: two for one that
// serves both families.
func (v view) served(sockets []Socket) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range sockets {
		if s.Addr.Addr() == netip.IPv6Unspecified() && v.takesIPv4(s) {
			out = append(out, netip.AddrPortFrom(netip.IPv4Unspecified(), s.Addr.Port()))
		}
		out = append(out, s.Addr)
	}
	return out
}

func (v view) portTaken(held []place) diag.Finding {
	by := sockets(held)
	who, short := "a program that cannot be seen from here", "an unseen program"
	if len(by[0].Owners) > 0 {
		p := first(by[0].Owners)
		who = name(p)
		p.Unit = ""
		short = name(p)
	}
	needs, has := where(addrs(held)), where(v.served(by))
	summary := fmt.Sprintf("%s holds %s, which sshd needs", who, needs)
	if needs != has {
		summary = fmt.Sprintf("%s holds %s: sshd cannot use %s", short, has, needs)
	}
	found := rulePortTaken.New(list(addrs(held)), summary, v.seen(by)...)
	if line, ok := v.logged(held, "Address already in use"); ok {
		found.Evidence = append(found.Evidence, line)
	}
	return found.With(v.takeBack(by[0]))
}

// logged finds what sshd said when it could not bind to one of the places.
func (v view) logged(places []place, why string) (diag.Evidence, bool) {
	for _, l := range v.Log {
		for _, p := range places {
			said := fmt.Sprintf("Bind to port %d on %s failed: %s", p.Addr.Port(), p.Addr.Addr(), why)
			if strings.Contains(l, said) {
				return diag.Evidence{Source: "journal, " + v.Unit, Text: l}, true
			}
		}
	}
	return diag.Evidence{}, false
}

// outsideUnit: an sshd that systemd does not manage as sshd's unit. Where it is
// a service of its own and sshd's unit does not want to run, that is somebody's
// way to run sshd, and no fault.
func (v view) outsideUnit(held []place) (diag.Finding, bool) {
	by := sockets(held)
	at := slices.IndexFunc(by[0].Owners, v.isSshd)
	p := by[0].Owners[at]
	service := strings.HasSuffix(p.Unit, ".service") && p.Unit != v.Unit
	if service && !v.ServiceActive && !v.ServiceFailed && !v.SocketFailed {
		return diag.Finding{}, false
	}
	summary := fmt.Sprintf("an sshd started by hand (pid %d) holds %s", p.PID, where(addrs(held)))
	if service {
		summary = fmt.Sprintf("the sshd of %s (pid %d) holds %s", p.Unit, p.PID, where(addrs(held)))
	}
	found := ruleOutsideUnit.New(list(addrs(held)), summary, v.seen(by)...)
	if v.ServiceActive {
		found = found.As(diag.Warning)
	}
	if service {
		return found.With(v.stopUnit(p.Unit)), true
	}
	return found.With(v.takeOver(by[0], p)), true
}

// takeBack is the remedy for a port that another program holds.
func (v view) takeBack(s Socket) diag.Remedy {
	if len(s.Owners) == 0 {
		return v.byHand("find the program that holds the port, perhaps in a container",
			fmt.Sprintf("ss -Hltnp sport = :%d", s.Addr.Port()))
	}
	for _, p := range s.Owners {
		if at := slices.IndexFunc(v.Units, func(u HolderUnit) bool { return u.Name == p.Unit }); at >= 0 &&
			v.Units[at].MainPID == p.PID && p.Unit != v.Unit {
			return v.stopUnit(p.Unit)
		}
	}
	p := first(s.Owners)
	switch {
	case p.PID == 1:
		return v.byHand("stop the socket unit that holds the port", "systemctl list-sockets", "systemctl stop NAME.socket")
	case p.Program() == "docker-proxy":
		// It belongs to docker.service, which must not be stopped for it.
		return v.byHand("stop the container that publishes the port, or give it another one",
			fmt.Sprintf("docker ps --filter publish=%d", s.Addr.Port()), "docker stop NAME")
	}
	return v.byHand(fmt.Sprintf("end %s", name(p)), fmt.Sprintf("kill %d", p.PID))
}

// byHand is a remedy that is only shown: what has to be done first, then how to
// start sshd.
func (v view) byHand(summary string, commands ...string) diag.Remedy {
	if unit := v.starts(); unit != "" {
		commands = append(commands, "systemctl reset-failed "+unit, "systemctl restart "+unit)
	}
	return diag.Remedy{Summary: summary, Consent: diag.Manual, Manual: commands}
}

// starts is the unit that listens for sshd on this box.
func (v view) starts() string {
	if v.SocketUnit != "" && !v.ServiceActive && (v.SocketActive || v.SocketFailed) {
		return v.SocketUnit
	}
	return v.Unit
}

// stopUnit takes the port back from a service.
func (v view) stopUnit(unit string) diag.Remedy {
	if v.starts() == "" {
		return v.byHand("stop "+unit, "systemctl stop "+unit)
	}
	r := diag.Remedy{
		Summary: fmt.Sprintf("stop %s and start %s", unit, v.starts()),
		Consent: diag.Asks,
		Reason:  unit + " would stop working",
		Steps:   []diag.Step{StopUnit{Unit: unit}, RestartUnit{Unit: v.starts()}},
	}
	if slices.ContainsFunc(v.Units, func(u HolderUnit) bool { return u.Name == unit && u.FileState == "enabled" }) {
		r.Reason += "; it is enabled, so it may take the port again at the next boot"
	}
	return r
}

// takeOver replaces an sshd that was started by hand by the unit. Its open
// sessions are processes of their own and go on.
func (v view) takeOver(s Socket, p host.Process) diag.Remedy {
	if v.starts() == "" {
		return v.byHand("end the other sshd", fmt.Sprintf("kill %d", p.PID))
	}
	return diag.Remedy{
		Summary: fmt.Sprintf("end the other sshd (pid %d) and start %s", p.PID, v.starts()),
		Consent: diag.Asks,
		// Each session is a process of its own; even with -d sshd closes its
		// listening socket before it serves the one session itself.
		Reason: "somebody started it on purpose; should the unit not start afterwards, nobody gets in",
		Steps: []diag.Step{
			EndProcess{PID: p.PID, Program: p.Exe, Name: p.Name, Inode: s.Inode},
			RestartUnit{Unit: v.starts()},
		},
	}
}
