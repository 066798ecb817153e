package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Address is one IP address of this box.
type Address struct {
	Addr netip.Addr
	// Pending: an IPv6 address that cannot be used, because the check for a
	// duplicate in the network is under way or has found one.
	Pending bool
}

// maxAddresses caps what is kept of the list of addresses.
const maxAddresses = 4096

// Addresses asks the kernel for the addresses of this box, over rtnetlink(7).
func (h *Host) Addresses(ctx context.Context) ([]Address, error) {
	if !h.Files.live() {
		return nil, ErrNotLive
	}
	// A struct ifaddrmsg of zeroes: every family.
	ask := make([]byte, unix.SizeofIfAddrmsg)
	list, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETADDR, ask, parseAddress)
	if err != nil {
		return nil, fmt.Errorf("cannot list the addresses of this machine: %w", err)
	}
	return list[:min(len(list), maxAddresses)], nil
}

func parseAddress(m netlinkMessage) (a Address, keep bool, err error) {
	if m.Type != unix.RTM_NEWADDR {
		return a, false, fmt.Errorf("cannot read an address from a message of type %d", m.Type)
	}
	if len(m.Data) < unix.SizeofIfAddrmsg {
		return a, false, fmt.Errorf("cannot read an address from %d bytes: %x", len(m.Data), m.Data)
	}
	flags := uint32(m.Data[2])
	var local, other netip.Addr
	err = eachAttribute(m.Data[unix.SizeofIfAddrmsg:], func(kind uint16, value []byte) {
		switch kind {
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(value)
		case unix.IFA_ADDRESS:
			other, _ = netip.AddrFromSlice(value)
		case unix.IFA_FLAGS:
			if len(value) == 4 {
				flags = binary.NativeEndian.Uint32(value)
			}
		}
	})
	// On a point-to-point link IFA_ADDRESS is the other end.
	if a.Addr = local; !local.IsValid() {
		a.Addr = other
	}
	const optimistic = unix.IFA_F_OPTIMISTIC
	a.Pending = flags&unix.IFA_F_DADFAILED != 0 || flags&(unix.IFA_F_TENTATIVE|optimistic) == unix.IFA_F_TENTATIVE
	return a, err == nil && a.Addr.IsValid(), err
}

// CanBind tells whether a socket can be bound to an address here and now: the
// question that sshd's own bind(2) asks. No port is taken.
func (h *Host) CanBind(addr netip.Addr) (bool, error) {
	if !h.Files.live() {
		return false, ErrNotLive
	}
	sa, family, err := sockaddr(addr)
	if err != nil {
		return false, ignoreNoDevice(err)
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		err = unix.Bind(fd, sa)
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EADDRNOTAVAIL), errors.Is(err, unix.EAFNOSUPPORT) && family == unix.AF_INET6:
		return false, nil
	}
	return false, fmt.Errorf("cannot try to bind to %s: %w", addr, err)
}

// ignoreNoDevice: an address on an interface that is not there cannot be bound
// to, which is an answer.
func ignoreNoDevice(err error) error {
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

func sockaddr(addr netip.Addr) (unix.Sockaddr, int, error) {
	if !addr.IsValid() {
		return nil, 0, errors.New("cannot bind to no address")
	}
	if addr.Is4() {
		return &unix.SockaddrInet4{Addr: addr.As4()}, unix.AF_INET, nil
	}
	sa := &unix.SockaddrInet6{Addr: addr.As16()}
	if zone := addr.Zone(); zone != "" {
		dev, err := net.InterfaceByName(zone)
		if err != nil {
			return nil, 0, fmt.Errorf("cannot bind to %s: %w", addr, unix.ENODEV)
		}
		sa.ZoneId = uint32(dev.Index)
	}
	return sa, unix.AF_INET6, nil
}

// DeviceName returns the name of the network interface with that index.
func (h *Host) DeviceName(index int) (string, error) {
	if !h.Files.live() {
		return "", ErrNotLive
	}
	dev, err := net.InterfaceByIndex(index)
	if err != nil {
		return "", fmt.Errorf("cannot name network interface %d: %w", index, err)
	}
	return dev.Name, nil
}

// LoopbackUp tells whether the interface lo is up.
func (h *Host) LoopbackUp() (bool, error) {
	if !h.Files.live() {
		return false, ErrNotLive
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false, fmt.Errorf("cannot look at lo: %w", err)
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req)
	}
	if err != nil {
		return false, fmt.Errorf("cannot look at lo: %w", err)
	}
	return req.Uint16()&unix.IFF_UP != 0, nil
}

// KernelIPv6 tells whether the kernel knows IPv6 at all. It may know it and
// have no address.
func (h *Host) KernelIPv6() (bool, error) { return h.Files.Exists("/proc/net/if_inet6") }

// Sysctl returns the value of a kernel parameter, such as
// net/ipv4/ip_nonlocal_bind.
func (h *Host) Sysctl(name string) (string, error) {
	data, err := h.Files.Read("/proc/sys/"+name, 4096)
	if err != nil {
		return "", fmt.Errorf("cannot read the kernel parameter %s: %w", name, err)
	}
	return strings.TrimSpace(string(data)), nil
}
