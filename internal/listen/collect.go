package listen

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Ubuntu's sshd-socket-generator (24.04 and later), and what it writes.
const (
	generator = "/usr/lib/systemd/system-generators/sshd-socket-generator"
	generated = "/run/systemd/generator/ssh.socket.d/addresses.conf"
)

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
	f.generator(h)
	return f
}

func (f *Facts) generator(h *host.Host) {
	if there, _ := h.Files.Exists(generator); !there {
		return
	}
	f.Generator = generator
	if data, err := h.Files.Read(generated, 64<<10); err == nil {
		f.Generated = string(data)
	}
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
