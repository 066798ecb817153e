package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Listener is one TCP socket in the state LISTEN.
type Listener struct {
	// Addr is what it is bound to; the unspecified address is a wildcard. A
	// mapped IPv4 address (::ffff:192.0.2.1) is given as IPv4.
	Addr netip.AddrPort
	// V6Only: an IPv6 socket that does not take IPv4 connections. Whether that
	// is so is only told by sock_diag; V6OnlyKnown says that it was.
	V6Only, V6OnlyKnown bool
	// Inode is the number by which /proc/PID/fd names the socket.
	Inode uint64
	// UID is the user who made it.
	UID int
	// Device is the index of the network interface to which it is tied; 0: none.
	Device int
}

// ErrNotLive means that a question to the running kernel was asked of a file
// tree that is not its own.
var ErrNotLive = errors.New("not the running system")

// From linux/inet_diag.h and net/tcp_states.h.
const (
	tcpListen       = 10
	sizeofDiagReq   = 56
	sizeofDiagMsg   = 72
	diagSKV6Only    = 11
	diagReqProtocol = 3
	// maxListeners caps what is kept of one list.
	maxListeners = 1 << 16
)

// Listeners asks the kernel for all listening TCP sockets, over sock_diag(7).
// It asks for that state alone, so that the cost does not grow with established
// connections. v6 is whether IPv6 is asked for as well.
//
// The kernel loads its module tcp_diag for this when it can, as for ss(8).
func (h *Host) Listeners(ctx context.Context, v6 bool) ([]Listener, error) {
	return h.listeners(ctx, v6, unix.IPPROTO_TCP)
}

// MPTCPListeners asks for the listening sockets of Multipath TCP. Such a socket
// is in the list of Listeners too, but with the inode of a socket inside the
// kernel, which no process holds. Programs written in Go 1.24 or later listen
// like this without knowing. Kernels before 5.19 give an empty list.
func (h *Host) MPTCPListeners(ctx context.Context, v6 bool) ([]Listener, error) {
	return h.listeners(ctx, v6, unix.IPPROTO_MPTCP)
}

func (h *Host) listeners(ctx context.Context, v6 bool, protocol int) ([]Listener, error) {
	if !h.Files.live() {
		return nil, ErrNotLive
	}
	families := []byte{unix.AF_INET}
	if v6 {
		families = append(families, unix.AF_INET6)
	}
	var all []Listener
	for _, family := range families {
		list, err := dump(ctx, unix.NETLINK_SOCK_DIAG, unix.SOCK_DIAG_BY_FAMILY, diagRequest(family, protocol), parseDiag)
		if err != nil {
			return nil, fmt.Errorf("cannot list listening sockets: %w", err)
		}
		all = append(all, list...)
	}
	if len(all) > maxListeners {
		return nil, fmt.Errorf("cannot list listening sockets: more than %d", maxListeners)
	}
	return all, nil
}

// diagRequest is a struct inet_diag_req_v2 that asks for LISTEN and nothing
// else. A protocol above 255 goes into an attribute.
func diagRequest(family byte, protocol int) []byte {
	req := make([]byte, sizeofDiagReq, sizeofDiagReq+8)
	req[0], req[1] = family, byte(min(protocol, unix.IPPROTO_RAW))
	binary.NativeEndian.PutUint32(req[4:], 1<<tcpListen)
	if protocol <= unix.IPPROTO_RAW {
		return req
	}
	req = binary.NativeEndian.AppendUint16(req, 8)
	req = binary.NativeEndian.AppendUint16(req, diagReqProtocol)
	return binary.NativeEndian.AppendUint32(req, uint32(protocol))
}

// parseDiag reads a struct inet_diag_msg. The kernel adds INET_DIAG_SKV6ONLY to
// each listening IPv6 socket without being asked.
func parseDiag(m netlinkMessage) (l Listener, keep bool, err error) {
	b := m.Data
	if m.Type != unix.SOCK_DIAG_BY_FAMILY {
		return l, false, fmt.Errorf("cannot read a listening socket from a message of type %d", m.Type)
	}
	if len(b) < sizeofDiagMsg {
		return l, false, fmt.Errorf("cannot read a listening socket from %d bytes: %x", len(b), b)
	}
	if b[1] != tcpListen {
		return l, false, nil
	}
	var addr netip.Addr
	switch b[0] {
	case unix.AF_INET:
		addr = netip.AddrFrom4([4]byte(b[8:12]))
	case unix.AF_INET6:
		addr = netip.AddrFrom16([16]byte(b[8:24])).Unmap()
	default:
		return l, false, fmt.Errorf("cannot read a listening socket of address family %d", b[0])
	}
	l = Listener{
		Addr:   netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[4:])),
		Device: int(binary.NativeEndian.Uint32(b[40:])),
		UID:    int(binary.NativeEndian.Uint32(b[64:])),
		Inode:  uint64(binary.NativeEndian.Uint32(b[68:])),
	}
	err = eachAttribute(b[sizeofDiagMsg:], func(kind uint16, value []byte) {
		if kind == diagSKV6Only && len(value) > 0 {
			l.V6Only, l.V6OnlyKnown = value[0] != 0, true
		}
	})
	return l, err == nil, err
}
