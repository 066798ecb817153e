package rescue

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// Status is what systemd and the kernel say about a rescue.
type Status struct {
	// Err says why systemd could not be asked. NoSystemd: because something else
	// is in charge.
	Err       string
	NoSystemd bool
	// Loaded: systemd knows the unit; Active: it is up or on its way.
	Loaded, Active bool
	PID            int
	// Until is when nobody gets in any more. Grace is how long a login may take:
	// systemd ends the rescue that much before.
	Until  time.Time
	Grace  time.Duration
	Listen []netip.AddrPort
	// Left are the directory and the mounts of a rescue that is no more.
	Left []string
}

// Look asks about the rescue. It changes nothing.
func Look(ctx context.Context, h *host.Host) Status {
	s := Status{Left: leftBehind(h)}
	props, err := h.Systemd.Properties(ctx, Unit)
	if err != nil {
		s.Err, s.NoSystemd = err.Error(), errors.Is(err, host.ErrNoSystemd)
		return s
	}
	active := props.String("ActiveState")
	s.Loaded = props.String("LoadState") == "loaded"
	s.Active = active == "active" || active == "activating" || active == "deactivating"
	if s.Active {
		s.Left = nil
	}
	s.PID = props.Int("MainPID")
	since, most := props.Uint("ActiveEnterTimestampMonotonic"), props.Uint("RuntimeMaxUSec")
	if now, err := host.Monotonic(); err == nil && since > 0 && most > 0 && most < uint64(2*Longest.Microseconds()) {
		s.Grace = graceOf(h)
		s.Until = end(h.Now(), now, since, most).Add(s.Grace)
	}
	if s.PID > 0 {
		s.Listen = sockets(ctx, h, s.PID)
	}
	return s
}

// end is when systemd stops the unit, as the clock says now: it may have been set
// since the start, and systemd counts by one that nobody sets (RuntimeMaxSec=,
// systemd.service(5)). since and most are in microseconds.
func end(now time.Time, monotonic time.Duration, since, most uint64) time.Time {
	left := time.Duration(since+most)*time.Microsecond - monotonic
	return now.Add(left).Round(time.Second)
}

// graceOf reads back what the rescue's own configuration says of LoginGraceTime;
// the first line counts.
func graceOf(h *host.Host) time.Duration {
	data, err := h.Files.Read(configFile, fileLimit)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		key, value := sshdconf.SplitLine(line)
		if n, err := strconv.Atoi(value); key == "LoginGraceTime" && err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}

// sockets are those at which a process listens.
func sockets(ctx context.Context, h *host.Host, pid int) []netip.AddrPort {
	all, err := h.Listeners(ctx, true)
	if err != nil {
		all, err = h.Listeners(ctx, false)
	}
	if err != nil {
		return nil
	}
	open := h.HoldersOf(ctx, nil, []int{pid}).Open
	var out []netip.AddrPort
	for _, l := range all {
		if open[l.Inode] {
			out = append(out, l.Addr)
		}
	}
	slices.SortFunc(out, func(a, b netip.AddrPort) int { return a.Addr().BitLen() - b.Addr().BitLen() })
	return out
}

// Probe shakes hands with a rescue that is up, on each address of this box at
// which it listens.
func Probe(ctx context.Context, h *host.Host, s Status) []diag.Endpoint {
	f := Facts{}
	if own, err := h.Addresses(ctx); err == nil {
		for _, a := range own {
			f.Own = append(f.Own, a.Addr)
		}
	}
	p := Plan{Listen: s.Listen}
	p.reach(f)
	return handshake.Collect(ctx, handshake.Plan{Targets: p.Targets, Timeout: probeTimeout, OneServer: true}).Endpoints()
}

// Stop ends the rescue and removes what is left of it. It does nothing where
// there is none.
func Stop(ctx context.Context, h *host.Host) error {
	s := Look(ctx, h)
	if s.Err != "" && !s.NoSystemd {
		return fmt.Errorf("cannot stop the rescue: %s", s.Err)
	}
	if s.Active {
		if err := h.Systemd.Stop(ctx, Unit); err != nil {
			return err
		}
	}
	if s.Loaded {
		if err := h.Systemd.ResetFailed(ctx, Unit); err != nil {
			return err
		}
	}
	return clearLeft(ctx, h)
}

// clearDir removes the files of a rescue that was cut off before systemd knew of
// it.
func clearDir(h *host.Host) error {
	names, err := h.Files.Names(Dir)
	if host.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot clear %s: %w", Dir, err)
	}
	for _, name := range names {
		if err := h.Files.RemoveBelow(Dir, name); err != nil {
			return err
		}
	}
	return h.Files.RemoveDir(Dir)
}
