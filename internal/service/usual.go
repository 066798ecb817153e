package service

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Addresses are the TCP addresses of a socket unit; other kinds of socket are
// none of sshd's business here. A port alone is every address (systemd.socket(5),
// ListenStream=).
func (u Unit) Addresses() []netip.AddrPort {
	var out []netip.AddrPort
	for _, l := range u.Listen {
		a, err := netip.ParseAddrPort(l)
		if port, wrong := strconv.ParseUint(l, 10, 16); wrong == nil {
			a, err = netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), nil
		}
		if err == nil && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// SocketDecides tells whether it is the socket unit that says where clients come
// in: it listens, it tried to, or it will at the next boot. sshd's own
// configuration says nothing about that then.
func (f Facts) SocketDecides() bool {
	return f.SocketActive() || f.Socket.ActiveState == "failed" || f.Socket.UnitFileState == "enabled"
}

// Usual is how sshd is started on this box and where its clients come in, also
// where systemd cannot say so: because it is not in charge, or does not look
// behind a mask. Then the unit files say it, or the file of options that a unit
// and an init script share. ArgsErr says why sshd's arguments are not known.
func Usual(h *host.Host, f Facts) Facts {
	if f.ArgsErr != "" || f.Binary != "" {
		return f
	}
	disk, _ := CollectDisk(h)
	if !f.Socket.Found() {
		f.Socket = disk.Socket
	}
	switch {
	case disk.ArgsErr != "" || disk.Binary != "":
		f.Binary, f.Args, f.ArgsErr = disk.Binary, disk.Args, disk.ArgsErr
		if f.NoSystemd && f.ArgsErr == "" && strings.ContainsAny(strings.Join(f.Args, ""), "$`") {
			f.ArgsErr = "cannot tell what a shell makes of the options of " + disk.Service.ID
		}
	default:
		args, err := fromOptions(h)
		if f.Args = args; err != nil {
			f.ArgsErr = err.Error()
		}
	}
	return f
}

// fromOptions reads the options of sshd where Debian, Red Hat and SUSE, and
// Gentoo and Alpine have them.
func fromOptions(h *host.Host) ([]string, error) {
	for _, o := range []struct{ file, name string }{
		{"/etc/default/ssh", "SSHD_OPTS"},
		{"/etc/sysconfig/sshd", "OPTIONS"}, {"/etc/sysconfig/ssh", "SSHD_OPTS"},
		{"/etc/conf.d/sshd", "SSHD_OPTS"},
	} {
		data, err := h.Files.Read(o.file, maxUnit)
		if host.IsAbsent(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", o.file, err)
		}
		env := map[string]string{}
		if err := parseEnvFile(string(data), env); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", o.file, err)
		}
		if strings.ContainsAny(env[o.name], "$`") {
			return nil, fmt.Errorf("cannot tell what a shell makes of %s in %s", o.name, o.file)
		}
		return splitWords(env[o.name]), nil
	}
	return nil, errors.New("no unit and no file of options says how sshd is started here")
}
