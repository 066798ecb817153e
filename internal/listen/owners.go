package listen

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// holders finds who has the sockets on the wanted ports, and where else the
// main process of sshd, the first of the likely ones, listens.
func (f *Facts) holders(ctx context.Context, h *host.Host, all []host.Listener, likely []int) {
	wanted := f.wanted(all)
	found := h.HoldersOf(ctx, inodes(wanted), likely)
	if found.All && len(found.PIDs) < len(inodes(wanted)) && f.outerInodes(ctx, h, wanted) {
		found = h.HoldersOf(ctx, inodes(wanted), likely)
	}
	f.LookedInto, f.LookedAll = found.Dirs, found.All
	switch {
	case found.Err != nil:
		f.HoldersErr = text(found.Err)
	case found.Denied > 0:
		f.HoldersErr = fmt.Sprintf("%d processes may not be looked into", found.Denied)
	}
	about := map[int]host.Process{}
	for _, l := range wanted {
		f.Sockets = append(f.Sockets, describe(h, l, found.PIDs[l.Inode], about))
	}
	for _, l := range all {
		// Process 1 listens for others too.
		if found.Open[l.Inode] && likely[0] != 1 && !f.asked(l) && len(f.Elsewhere) < maxSockets {
			f.Elsewhere = append(f.Elsewhere, describe(h, l, likely[:1], about))
		}
	}
	order := func(a, b Socket) int { return a.Addr.Compare(b.Addr) }
	slices.SortStableFunc(f.Sockets, order)
	slices.SortStableFunc(f.Elsewhere, order)
}

// maxSockets caps what is kept of the sockets on the wanted ports. Somebody can
// open thousands on as many addresses of 127.0.0.0/8; those of root come first.
const maxSockets = 256

func (f *Facts) wanted(all []host.Listener) []host.Listener {
	var root, others []host.Listener
	for _, l := range all {
		switch {
		case !f.asked(l):
		case l.UID == 0:
			root = append(root, l)
		default:
			others = append(others, l)
		}
	}
	out := append(root, others...)
	return out[:min(len(out), maxSockets)]
}

func (f *Facts) asked(l host.Listener) bool { return slices.Contains(f.Ports, int(l.Addr.Port())) }

// describe adds what is known of the interface and of the processes. about
// keeps the processes that were described before.
func describe(h *host.Host, l host.Listener, pids []int, about map[int]host.Process) Socket {
	s := Socket{Listener: l}
	if l.Device != 0 {
		s.DeviceName, _ = h.DeviceName(l.Device)
		if ip := l.Addr.Addr(); ip.Is6() && ip.IsLinkLocalUnicast() {
			s.Addr = netip.AddrPortFrom(ip.WithZone(s.DeviceName), l.Addr.Port())
		}
	}
	for _, pid := range pids {
		p, seen := about[pid]
		if !seen {
			var err error
			if p, err = h.Process(pid); err != nil {
				p = host.Process{PID: pid}
			}
			about[pid] = p
		}
		s.Owners = append(s.Owners, p)
	}
	return s
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
	u.MainPID, u.FileState = props.Int("MainPID"), props.String("UnitFileState")
	return u
}
