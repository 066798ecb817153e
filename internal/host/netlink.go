package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Netlink message framing, netlink(7), of our own: a header of 16 bytes, a
// body, attributes of four bytes and a value. vishvananda/netlink cannot ask
// for listening sockets alone (its SocketDiagTCP asks for all states), and
// mdlayher/netlink would be five modules for what stands in this file.

const (
	// netlinkBuffer holds one datagram of an answer: the kernel makes them no
	// larger than 32 KiB.
	netlinkBuffer = 64 << 10
	// netlinkLimit caps the bytes of one answer: room for 70,000 sockets.
	netlinkLimit = 8 << 20
	// netlinkTimeout bounds the wait for each datagram. The kernel answers at
	// once or not at all.
	netlinkTimeout = time.Second
	// netlinkTries is how often a dump is begun again that the kernel says
	// changed while it was made (NLM_F_DUMP_INTR).
	netlinkTries = 3
)

var errDumpChanged = errors.New("the list changed while it was read, each time")

// netlinkMessage is one message of an answer. Data lies in the receive buffer.
type netlinkMessage struct {
	Type, Flags uint16
	Seq         uint32
	Data        []byte
}

// nextMessage cuts the first message off a datagram.
func nextMessage(b []byte) (m netlinkMessage, rest []byte, err error) {
	if len(b) < unix.SizeofNlMsghdr {
		return m, nil, fmt.Errorf("cannot read a netlink message of %d bytes: its header alone has %d", len(b), unix.SizeofNlMsghdr)
	}
	size := binary.NativeEndian.Uint32(b)
	if size < unix.SizeofNlMsghdr || uint64(size) > uint64(len(b)) {
		return m, nil, fmt.Errorf("cannot read a netlink message that says it has %d bytes of %d", size, len(b))
	}
	m = netlinkMessage{
		Type:  binary.NativeEndian.Uint16(b[4:]),
		Flags: binary.NativeEndian.Uint16(b[6:]),
		Seq:   binary.NativeEndian.Uint32(b[8:]),
		Data:  b[unix.SizeofNlMsghdr:size],
	}
	return m, b[min(align4(int(size)), len(b)):], nil
}

// eachAttribute hands each attribute of a message to f.
func eachAttribute(b []byte, f func(kind uint16, value []byte)) error {
	for len(b) > 0 {
		if len(b) < unix.SizeofNlAttr {
			return fmt.Errorf("cannot read a netlink attribute of %d bytes: %x", len(b), b)
		}
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofNlAttr || size > len(b) {
			return fmt.Errorf("cannot read a netlink attribute that says it has %d bytes of %d", size, len(b))
		}
		const flags = unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER
		f(binary.NativeEndian.Uint16(b[2:])&^flags, b[unix.SizeofNlAttr:size])
		b = b[min(align4(size), len(b)):]
	}
	return nil
}

func align4(n int) int { return (n + 3) &^ 3 }

// dump asks the kernel one question whose answer is a list, and returns what
// parse makes of each item. parse may skip an item by returning false.
func dump[T any](ctx context.Context, protocol int, kind uint16, body []byte, parse func(netlinkMessage) (T, bool, error)) ([]T, error) {
	fd, err := netlinkSocket(protocol)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	buf := make([]byte, netlinkBuffer)
	for seq := uint32(1); seq <= netlinkTries; seq++ {
		if err := sendDump(fd, kind, seq, body); err != nil {
			return nil, fmt.Errorf("cannot ask over netlink: %w", err)
		}
		list, changed, err := receiveDump(ctx, fd, seq, buf, parse)
		if err != nil || !changed {
			return list, err
		}
	}
	return nil, errDumpChanged
}

func netlinkSocket(protocol int) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, fmt.Errorf("cannot open a netlink socket: %w", err)
	}
	wait := unix.NsecToTimeval(netlinkTimeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("cannot set a deadline on a netlink socket: %w", err)
	}
	return fd, nil
}

func sendDump(fd int, kind uint16, seq uint32, body []byte) error {
	msg := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(body))
	binary.NativeEndian.PutUint32(msg, uint32(cap(msg)))
	binary.NativeEndian.PutUint16(msg[4:], kind)
	binary.NativeEndian.PutUint16(msg[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(msg[8:], seq)
	return unix.Sendto(fd, append(msg, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// receiveDump reads datagrams until the kernel says that the list is complete.
func receiveDump[T any](ctx context.Context, fd int, seq uint32, buf []byte, parse func(netlinkMessage) (T, bool, error)) (list []T, changed bool, err error) {
	for total := 0; ; {
		n, err := receive(ctx, fd, buf)
		if err != nil {
			return nil, false, fmt.Errorf("cannot read the answer over netlink: %w", err)
		}
		if total += n; total > netlinkLimit {
			return nil, false, fmt.Errorf("cannot read the answer over netlink: larger than %d bytes", netlinkLimit)
		}
		done, again, err := readDatagram(buf[:n], seq, func(m netlinkMessage) error {
			item, keep, err := parse(m)
			if keep && err == nil {
				list = append(list, item)
			}
			return err
		})
		changed = changed || again
		if done || err != nil {
			return list, changed, err
		}
	}
}

// receive waits for one datagram of the kernel, until the deadline of the
// socket or of ctx.
func receive(ctx context.Context, fd int, buf []byte) (int, error) {
	for end := time.Now().Add(netlinkTimeout); ; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, _, flags, from, err := unix.Recvmsg(fd, buf, nil, 0)
		switch {
		// A receive timeout makes the call end at every signal, and the Go
		// runtime sends itself signals.
		case errors.Is(err, unix.EINTR) && time.Now().Before(end):
			continue
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
			return 0, fmt.Errorf("no answer within %s", netlinkTimeout)
		case err != nil:
			return 0, err
		case flags&unix.MSG_TRUNC != 0:
			return 0, fmt.Errorf("a datagram is larger than %d bytes", len(buf))
		}
		// Another process may send to this socket too; only port 0 is the kernel.
		if sa, ok := from.(*unix.SockaddrNetlink); ok && sa.Pid == 0 {
			return n, nil
		}
	}
}

// readDatagram hands the messages of one datagram that answer question seq to
// each. done: the list is complete; again: it changed while it was made.
func readDatagram(b []byte, seq uint32, each func(netlinkMessage) error) (done, again bool, err error) {
	for len(b) > 0 {
		var m netlinkMessage
		if m, b, err = nextMessage(b); err != nil {
			return false, again, err
		}
		if m.Seq != seq {
			continue
		}
		again = again || m.Flags&unix.NLM_F_DUMP_INTR != 0
		switch m.Type {
		case unix.NLMSG_NOOP:
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			// Both carry an errno: DONE says so when a handler is missing.
			return true, again, answerError(m)
		case unix.NLMSG_OVERRUN:
			return false, again, errors.New("cannot read the answer over netlink: data was lost")
		default:
			if err := each(m); err != nil {
				return false, again, err
			}
		}
	}
	return false, again, nil
}

// answerError returns the error with which an answer ends, nil when it ends
// well. An ERROR with errno 0 acknowledges, and is no list.
func answerError(m netlinkMessage) error {
	if len(m.Data) < 4 {
		if m.Type == unix.NLMSG_DONE && len(m.Data) == 0 {
			return nil
		}
		return fmt.Errorf("cannot read the end of a netlink answer: %x", m.Data)
	}
	code := int32(binary.NativeEndian.Uint32(m.Data))
	switch {
	case code < 0 && code > -4096:
		return fmt.Errorf("cannot get an answer over netlink: %w", unix.Errno(-code))
	case code == 0 && m.Type == unix.NLMSG_DONE:
		return nil
	}
	return fmt.Errorf("cannot read the end of a netlink answer: type %d, code %d", m.Type, code)
}
