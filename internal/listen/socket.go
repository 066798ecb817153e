package listen

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var (
	_ host.Step = MoveSocket{}
	_ host.Step = RestartSocket{}
)

// MoveSocket writes a drop-in for a socket unit and restarts the unit.
type MoveSocket struct {
	Socket string
	// Service is the unit that the socket starts, when it runs: the socket
	// refuses to listen beside it. It comes back with the next client, and its
	// open sessions go on.
	Service string
	// Path and Text are the drop-in.
	Path, Text string
}

// Command is the same thing by hand.
func (s MoveSocket) Command() string {
	var lines []string
	for l := range strings.Lines(s.Text) {
		lines = append(lines, "'"+strings.TrimSuffix(l, "\n")+"'")
	}
	return fmt.Sprintf("mkdir -p %s; printf '%%s\\n' %s >%s; systemctl daemon-reload; %s",
		path.Dir(s.Path), strings.Join(lines, " "), s.Path, restartCommands(s.Socket, s.Service))
}

// Apply writes the file, keeping one that is there already under another name.
// What cannot be done to the end is taken back.
func (s MoveSocket) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	old, err := s.write(h)
	if err != nil {
		return diag.Change{}, err
	}
	undo := func(ctx context.Context) error { return s.undo(ctx, h, old) }
	if err := restartSocket(ctx, h, s.Socket, s.Service); err != nil {
		return diag.Change{}, errors.Join(err, undo(ctx))
	}
	return diag.Change{Backup: old, Undo: undo}, nil
}

// write puts the drop-in in place and returns the new name of an older one.
func (s MoveSocket) write(h *host.Host) (old string, err error) {
	dir := path.Dir(s.Path)
	there, err := h.Files.Exists(dir)
	if err == nil && !there {
		err = h.Files.Mkdir(dir, 0o755, -1, -1)
	}
	if err != nil {
		return "", err
	}
	if there, err = h.Files.Exists(s.Path); err == nil && there {
		old, err = h.Files.MoveAside(s.Path, "before", h.Now())
	}
	if err != nil {
		return "", err
	}
	err = h.Files.Create(s.Path, host.New{Data: []byte(s.Text), Mode: 0o644, UID: -1, GID: -1})
	if err != nil && old != "" {
		err = errors.Join(err, h.Files.MoveBack(old, s.Path))
	}
	return old, err
}

// undo leaves the file under a name that systemd does not read, and what ran
// before runs again.
func (s MoveSocket) undo(ctx context.Context, h *host.Host, old string) error {
	_, err := h.Files.MoveAside(s.Path, "undone", h.Now())
	if err == nil && old != "" {
		err = h.Files.MoveBack(old, s.Path)
	}
	if err == nil {
		err = restartSocket(ctx, h, s.Socket, s.Service)
	}
	if err == nil && s.Service != "" {
		err = h.Systemd.Start(ctx, s.Service)
	}
	return err
}

// RestartSocket has systemd read its unit files and restarts a socket unit.
type RestartSocket struct {
	Socket string
	// Service as in MoveSocket.
	Service string
}

// Command is the same thing by hand.
func (s RestartSocket) Command() string {
	return "systemctl daemon-reload; " + restartCommands(s.Socket, s.Service)
}

// Apply asks systemd.
func (s RestartSocket) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, restartSocket(ctx, h, s.Socket, s.Service)
}

func restartCommands(socket, service string) string {
	if service == "" {
		return "systemctl restart " + socket
	}
	return "systemctl stop " + service + "; systemctl restart " + socket
}

func restartSocket(ctx context.Context, h *host.Host, socket, service string) error {
	if err := h.Systemd.DaemonReload(ctx); err != nil {
		return err
	}
	if service != "" {
		if err := h.Systemd.Stop(ctx, service); err != nil {
			return err
		}
	}
	if err := h.Systemd.ResetFailed(ctx, socket); err != nil {
		return err
	}
	return h.Systemd.Restart(ctx, socket)
}

// moveSocket has the socket unit listen where sshd's configuration says. On
// Ubuntu a generator does that whenever systemd reads its unit files.
func (v view) moveSocket(idle, all []place) diag.Remedy {
	if v.Generator != "" && !v.overridden(idle) {
		return diag.Remedy{
			Summary: "have systemd follow sshd's configuration and restart " + v.SocketUnit,
			Steps:   []diag.Step{v.restartSocket()},
		}
	}
	return diag.Remedy{
		Summary: fmt.Sprintf("have %s listen where sshd's configuration says", v.SocketUnit),
		Consent: diag.Asks,
		Reason:  "somebody may have chosen where it listens; clients of the old address are refused afterwards",
		Steps: []diag.Step{MoveSocket{
			Socket: v.SocketUnit, Service: v.running(),
			Path: "/etc/systemd/system/" + path.Base(v.SocketUnit) + ".d/" + dropInName,
			Text: dropIn(all),
		}},
	}
}

// overridden tells whether the generator has already written what is missing:
// then another drop-in counts more, and to do it again would change nothing.
func (v view) overridden(idle []place) bool {
	lines := strings.Split(v.Generated, "\n")
	return !slices.ContainsFunc(idle, func(p place) bool {
		return !slices.Contains(lines, "ListenStream="+p.Addr.String())
	})
}

func (v view) restartSocket() diag.Step {
	return RestartSocket{Socket: v.SocketUnit, Service: v.running()}
}

// running is the service unit when it runs.
func (v view) running() string {
	if v.ServiceActive {
		return v.Unit
	}
	return ""
}

// dropInName sorts behind override.conf, which systemctl edit writes: of several
// drop-ins the last one counts, systemd.unit(5).
const dropInName = "zz-sshd-doctor.conf"

// dropIn is a drop-in for a socket unit with exactly these addresses. Beside an
// IPv4 socket an IPv6 one must be restricted to IPv6, and an address that comes
// up late must not keep the socket from listening at boot.
func dropIn(all []place) string {
	var b strings.Builder
	b.WriteString("# Written by sshd-doctor: the addresses of sshd_config.\n[Socket]\nListenStream=\n")
	six, concrete := false, false
	for _, p := range all {
		if p.From == FromPort || p.fromSocket() {
			continue
		}
		ip := p.Addr.Addr()
		fmt.Fprintf(&b, "ListenStream=%s\n", p.Addr)
		six = six || ip.Is6()
		concrete = concrete || !ip.IsUnspecified() && !ip.IsLoopback()
	}
	if six {
		b.WriteString("BindIPv6Only=ipv6-only\n")
	}
	if concrete {
		b.WriteString("FreeBind=yes\n")
	}
	return b.String()
}
