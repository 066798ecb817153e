package host

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// procLineLimit caps a line of /proc/net/tcp6, in bytes; real ones have 180.
const procLineLimit = 1024

// ListenersFromProc reads the listening TCP sockets from /proc/net/tcp and
// tcp6. It does not know which IPv6 sockets take IPv4 connections as well.
//
// It is the way for a kernel without sock_diag, or where netlink is refused.
func (h *Host) ListenersFromProc(ctx context.Context, v6 bool) ([]Listener, error) {
	all, err := h.readProcTCP(ctx, "/proc/net/tcp")
	if err != nil || !v6 {
		return all, err
	}
	six, err := h.readProcTCP(ctx, "/proc/net/tcp6")
	if err != nil {
		return nil, err
	}
	return append(all, six...), nil
}

func (h *Host) readProcTCP(ctx context.Context, path string) ([]Listener, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	file, err := os.Open(h.Files.real(path))
	if err != nil {
		return nil, fmt.Errorf("cannot list listening sockets: %w", err)
	}
	defer file.Close()
	list, err := parseProcTCP(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return list, nil
}

// parseProcTCP reads the listening sockets of a /proc/net/tcp or tcp6. "It will
// first list all listening TCP sockets, and next list all established TCP
// connections" (Linux, Documentation/networking/proc_net_tcp.rst): so it stops
// at the first that is not listening, and reads nothing of 50,000 connections.
func parseProcTCP(r io.Reader) ([]Listener, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), procLineLimit)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("it is empty"), lines.Err())
	}
	if head := strings.Fields(lines.Text()); len(head) < 4 || head[0] != "sl" || head[3] != "st" {
		return nil, fmt.Errorf("not the head of a list of sockets: %.80q", lines.Text())
	}
	var list []Listener
	for lines.Scan() {
		l, listening, err := parseProcLine(lines.Text())
		if err != nil {
			return nil, err
		}
		if !listening {
			break
		}
		if list = append(list, l); len(list) > maxListeners {
			return nil, fmt.Errorf("more than %d listening sockets", maxListeners)
		}
	}
	return list, lines.Err()
}

// parseProcLine reads "sl local_address rem_address st tx:rx tr:when retrnsmt
// uid timeout inode ...".
func parseProcLine(line string) (l Listener, listening bool, err error) {
	bad := func(what string) (Listener, bool, error) {
		return Listener{}, false, fmt.Errorf("not a socket, by its %s: %.200q", what, line)
	}
	f := strings.Fields(line)
	if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
		return bad("columns")
	}
	state, err := strconv.ParseUint(f[3], 16, 8)
	if err != nil || len(f[3]) != 2 {
		return bad("state")
	}
	if state != tcpListen {
		return l, false, nil
	}
	if l.Addr, err = parseProcAddr(f[1]); err != nil {
		return bad("local address")
	}
	uid, err := strconv.ParseUint(f[7], 10, 32)
	if err != nil {
		return bad("uid")
	}
	l.UID = int(uid)
	if l.Inode, err = strconv.ParseUint(f[9], 10, 64); err != nil {
		return bad("inode")
	}
	return l, true, nil
}

// parseProcAddr reads "0100007F:0016": 32-bit words in the byte order of the
// machine, and the port as a plain number.
func parseProcAddr(s string) (netip.AddrPort, error) {
	words, port, ok := strings.Cut(s, ":")
	raw, err := hex.DecodeString(words)
	if !ok || err != nil || (len(raw) != 4 && len(raw) != 16) || len(port) != 4 {
		return netip.AddrPort{}, fmt.Errorf("not an address: %q", s)
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("not a port: %q", s)
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), nil
}
