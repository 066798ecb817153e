package listen

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// generators are the places of Ubuntu's sshd-socket-generator (24.04 and later).
var generators = [...]string{
	"/usr/lib/systemd/system-generators/sshd-socket-generator",
	"/lib/systemd/system-generators/sshd-socket-generator",
}

// lister is one way to list the listening sockets of the box.
type lister struct {
	name string
	list func(ctx context.Context, v6 bool) ([]host.Listener, error)
}

// Collect finds the listening sockets on the given ports and who holds them.
// The likely processes are asked first: the main process of sshd's unit, then
// process 1. concrete names addresses about which it should be known whether
// sshd could bind to them: those that are expected and not wildcards.
//
// It leaves no trace: one or two netlink questions, a few files of /proc, and a
// socket bound to each concrete address for a moment, without a port.
func Collect(ctx context.Context, h *host.Host, ports, likely []int, concrete ...netip.Addr) Facts {
	return collect(ctx, h, ports, likely, concrete, []lister{
		{FromSockDiag, h.Listeners}, {FromProc, h.ListenersFromProc},
	})
}

func collect(ctx context.Context, h *host.Host, ports, likely []int, concrete []netip.Addr, ways []lister) Facts {
	f := Facts{Ports: slices.Compact(slices.Sorted(slices.Values(ports)))}
	f.stack(h)
	all, err := f.list(ctx, ways)
	if err != nil {
		f.Err = err.Error()
	}
	f.holders(ctx, h, all, likely)
	f.holderUnits(ctx, h, likely)
	f.addresses(ctx, h, concrete)
	for _, p := range generators {
		if there, _ := h.Files.Exists(p); there {
			f.Generator = p
			break
		}
	}
	return f
}

// stack reads how the kernel treats addresses. What cannot be read is taken as
// a kernel's default.
func (f *Facts) stack(h *host.Host) {
	six, err := h.KernelIPv6()
	f.IPv6 = six || err != nil
	on := func(name string) bool {
		v, err := h.Sysctl(name)
		return err == nil && v == "1"
	}
	f.NonLocal4 = on("net/ipv4/ip_nonlocal_bind")
	f.NonLocal6 = f.IPv6 && on("net/ipv6/ip_nonlocal_bind")
	up, err := h.LoopbackUp()
	f.LoopbackDown = err == nil && !up
}

// list takes the first way that works.
func (f *Facts) list(ctx context.Context, ways []lister) ([]host.Listener, error) {
	var failed []error
	for _, w := range ways {
		all, err := w.list(ctx, f.IPv6)
		if err == nil {
			f.Source, f.SourceWhy = w.name, text(errors.Join(failed...))
			return all, nil
		}
		failed = append(failed, err)
	}
	return nil, errors.New(text(errors.Join(failed...)))
}

// text is an error as one line.
func text(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

func (f *Facts) holders(ctx context.Context, h *host.Host, all []host.Listener, likely []int) {
	wanted := slices.DeleteFunc(slices.Clone(all), func(l host.Listener) bool {
		return !slices.Contains(f.Ports, int(l.Addr.Port()))
	})
	found := h.HoldersOf(ctx, inodes(wanted), likely)
	if found.All && len(found.PIDs) < len(inodes(wanted)) {
		if inner := f.outerInodes(ctx, h, wanted); inner {
			found = h.HoldersOf(ctx, inodes(wanted), likely)
		}
	}
	f.LookedInto, f.LookedAll = found.Dirs, found.All
	switch {
	case found.Err != nil:
		f.HoldersErr = text(found.Err)
	case found.Denied > 0:
		f.HoldersErr = fmt.Sprintf("%d processes may not be looked into", found.Denied)
	}
	about := map[int]host.Process{}
	describe := func(l host.Listener, pids []int) Socket {
		s := Socket{Listener: l}
		if l.Device != 0 {
			s.DeviceName, _ = h.DeviceName(l.Device)
			if ip := l.Addr.Addr(); ip.Is6() && ip.IsLinkLocalUnicast() {
				s.Addr = netip.AddrPortFrom(ip.WithZone(s.DeviceName), l.Addr.Port())
			}
		}
		for _, pid := range pids {
			if _, seen := about[pid]; !seen {
				p, err := h.Process(pid)
				if err != nil {
					p = host.Process{PID: pid}
				}
				about[pid] = p
			}
			s.Owners = append(s.Owners, about[pid])
		}
		return s
	}
	for _, l := range wanted {
		f.Sockets = append(f.Sockets, describe(l, found.PIDs[l.Inode]))
	}
	for _, l := range all {
		if found.Open[l.Inode] && likely[0] != 1 && !slices.Contains(f.Ports, int(l.Addr.Port())) {
			f.Elsewhere = append(f.Elsewhere, describe(l, likely[:1]))
		}
	}
	order := func(a, b Socket) int { return a.Addr.Compare(b.Addr) }
	slices.SortStableFunc(f.Sockets, order)
	slices.SortStableFunc(f.Elsewhere, order)
}

func inodes(list []host.Listener) []uint64 {
	var out []uint64
	for _, l := range list {
		if !slices.Contains(out, l.Inode) {
			out = append(out, l.Inode)
		}
	}
	return out
}

// outerInodes gives sockets that belong to a Multipath TCP socket the inode of
// that one, which is what a process holds. It tells whether there was any.
func (f *Facts) outerInodes(ctx context.Context, h *host.Host, wanted []host.Listener) bool {
	outer, err := h.MPTCPListeners(ctx, f.IPv6)
	if err != nil {
		return false
	}
	changed := false
	for i, l := range wanted {
		for _, o := range outer {
			if o.Addr == l.Addr && o.Device == l.Device && o.Inode != 0 && o.Inode != l.Inode {
				wanted[i].Inode, changed = o.Inode, true
			}
		}
	}
	return changed
}

// maxUnits bounds the questions to systemd about strangers.
const maxUnits = 8

// holderUnits asks systemd about the services of programs that may be in sshd's
// way, and about nothing on a healthy box.
func (f *Facts) holderUnits(ctx context.Context, h *host.Host, likely []int) {
	if h.Systemd == nil {
		return
	}
	for _, s := range f.Sockets {
		if slices.ContainsFunc(s.Owners, func(p host.Process) bool { return slices.Contains(likely, p.PID) }) {
			continue
		}
		for _, p := range s.Owners {
			known := slices.ContainsFunc(f.Units, func(u HolderUnit) bool { return u.Name == p.Unit })
			if known || !strings.HasSuffix(p.Unit, ".service") || len(f.Units) >= maxUnits {
				continue
			}
			f.Units = append(f.Units, askUnit(ctx, h, p.Unit))
		}
	}
}

func askUnit(ctx context.Context, h *host.Host, name string) HolderUnit {
	u := HolderUnit{Name: name}
	props, err := h.Systemd.Properties(ctx, name)
	if err != nil {
		u.Err = text(err)
		return u
	}
	pid, _ := props["MainPID"].(uint32)
	u.MainPID = int(pid)
	u.FileState, _ = props["UnitFileState"].(string)
	return u
}

// addresses reads which addresses the box has, and whether sshd could bind to
// the concrete ones: those asked about, and those that are bound already, of
// which it matters whether a connection to them would stay on this machine.
func (f *Facts) addresses(ctx context.Context, h *host.Host, concrete []netip.Addr) {
	var err error
	if f.Addresses, err = h.Addresses(ctx); err != nil {
		f.AddressesErr = text(err)
	}
	ask := slices.Clone(concrete)
	for _, s := range f.Sockets {
		ask = append(ask, s.Addr.Addr())
	}
	for _, a := range ask {
		known := slices.ContainsFunc(f.Bindable, func(b Bindable) bool { return b.Addr == a })
		if known || !a.IsValid() || a.IsUnspecified() {
			continue
		}
		b := Bindable{Addr: a}
		if b.OK, err = h.CanBind(a); err != nil {
			b.Err = text(err)
		}
		f.Bindable = append(f.Bindable, b)
	}
}
