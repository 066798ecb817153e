package rescue

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

func (f *Facts) collectBinary(h *host.Host) {
	f.Reinstall = install.Reinstall(h)
	st, err := h.Files.Stat(f.Binary)
	switch {
	case host.IsAbsent(err):
		f.BinaryErr = f.Binary + " is not there"
	case err != nil:
		f.BinaryErr = fmt.Sprintf("cannot look at %s: %v", f.Binary, err)
	case !st.Mode.IsRegular() || st.Perm()&0o111 == 0 || st.Size == 0:
		f.BinaryErr = f.Binary + " is not a program that can be run"
	}
}

// collectDirs finds the privilege separation directory where it is missing, or
// where it goes away with the server's own unit: sshd turns every client away
// without it.
func (f *Facts) collectDirs(from From) {
	for _, p := range f.Conf.Problems {
		if p.Kind == sshdconf.PrivsepDir || p.Kind == sshdconf.PrivsepDirMode {
			f.PrivsepDir = p.Word
		}
	}
	for _, d := range from.Service.Service.RuntimeDir {
		if d == "sshd" {
			f.KeepDirs = append(f.KeepDirs, "/run/"+d)
		}
	}
	if strings.HasPrefix(f.PrivsepDir, "/run/") && !slices.Contains(f.KeepDirs, f.PrivsepDir) {
		f.KeepDirs = append(f.KeepDirs, f.PrivsepDir)
	}
}

// collectSocket reads where the socket unit listens, where it is that unit that
// decides.
func (f *Facts) collectSocket(h *host.Host, s service.Facts) {
	if !s.SocketDecides() {
		return
	}
	f.Socket = Socket{Unit: s.Socket.ID, Listen: s.Socket.Addresses(), Device: s.Socket.BindToDevice}
	only, err := h.Sysctl("net/ipv6/bindv6only")
	six := s.Socket.BindIPv6Only
	if six == "ipv6-only" || six != "both" && (err != nil || only != "0") {
		return
	}
	for _, a := range slices.Clone(f.Socket.Listen) {
		// It takes IPv4 connections too (systemd.socket(5), BindIPv6Only=).
		four := netip.AddrPortFrom(netip.IPv4Unspecified(), a.Port())
		if a.Addr() == netip.IPv6Unspecified() && !slices.Contains(f.Socket.Listen, four) {
			f.Socket.Listen = append(f.Socket.Listen, four)
		}
	}
}

func (f *Facts) collectPlaces(ctx context.Context, h *host.Host, r Request) {
	own, err := h.Addresses(ctx)
	if err != nil {
		f.OwnErr = err.Error()
	}
	for _, a := range own {
		if !a.Pending {
			f.Own = append(f.Own, a.Addr)
		}
	}
	v6, err := h.KernelIPv6()
	f.NoIPv6 = err == nil && !v6
	all, listErr := h.Listeners(ctx, v6 || err != nil)
	if listErr != nil {
		f.HeldErr = listErr.Error()
		return
	}
	var inodes []uint64
	var there []host.Listener
	for _, l := range all {
		if l.Addr.Port() == r.Port {
			there = append(there, l)
			inodes = append(inodes, l.Inode)
		}
	}
	if len(there) == 0 {
		return
	}
	holders := h.HoldersOf(ctx, inodes, []int{1})
	for _, l := range there {
		f.Held = append(f.Held, Held{Addr: l.Addr, Owner: owner(h, holders.PIDs[l.Inode])})
	}
}

// owner names the program that has a socket.
func owner(h *host.Host, pids []int) string {
	for _, pid := range slices.Backward(pids) {
		p, err := h.Process(pid)
		if err != nil {
			continue
		}
		if p.Unit != "" {
			return fmt.Sprintf("%s, pid %d, %s", p.Program(), pid, p.Unit)
		}
		return fmt.Sprintf("%s, pid %d", p.Program(), pid)
	}
	return "a program that could not be told"
}

// holds tells whether a socket is in the way of one at another address of the
// same port.
func (s Held) holds(at netip.AddrPort) bool {
	a, b := s.Addr.Addr().WithZone(""), at.Addr().WithZone("")
	switch {
	case s.Addr.Port() != at.Port():
		return false
	case a == b, a == netip.IPv6Unspecified():
		// An IPv6 wildcard may take IPv4 connections too.
		return true
	case a.IsUnspecified() || b.IsUnspecified():
		return a.Is4() == b.Is4()
	}
	return false
}

// collectLogin looks at the account that the client command will name.
func (f *Facts) collectLogin(ctx context.Context, h *host.Host, r Request) {
	f.Login = Login{Name: r.User, Keys: -1}
	for _, path := range []string{"/run/nologin", "/etc/nologin"} {
		if there, err := h.Files.Exists(path); err == nil && there {
			f.Login.NoLogin = path
		}
	}
	if f.Login.Name == "" {
		f.Login.Name = likely(f.Conf)
	}
	if f.Login.Name == "" || f.Bare && r.User == "" {
		f.Login.Name = r.User
		return
	}
	f.Login.account(ctx, h)
}

// likely is an account that the configuration lets in: root, unless it says that
// it may not, else the first that it names. It is shown to a person, and decides
// nothing.
func likely(c sshdconf.Facts) string {
	allowed, denied := c.Get("allowusers"), c.Get("denyusers")
	names := allowed
	if len(allowed) == 0 {
		names = []string{"root"}
	}
	for _, name := range append([]string{"root"}, names...) {
		switch {
		case strings.ContainsAny(name, "*?@!"), slices.Contains(denied, name):
		case len(allowed) > 0 && !slices.Contains(allowed, name):
		case name == "root" && !rootMay(c):
		default:
			return name
		}
	}
	return ""
}

// rootMay tells whether the configuration lets root in with a key.
func rootMay(c sshdconf.Facts) bool {
	for _, v := range c.Get("permitrootlogin") {
		return v != "no" && v != "forced-commands-only"
	}
	return false
}
