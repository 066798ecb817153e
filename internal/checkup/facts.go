// Package checkup is the one page that says which checks exist and in which
// order they are made. It collects the facts of all of them, side by side where
// they do not need one another, and judges them together.
package checkup

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// usualBinary is asked when no unit names another.
const usualBinary = "/usr/sbin/sshd"

// probeTimeout bounds all connections of one look.
const probeTimeout = 8 * time.Second

// Options are what the caller wants.
type Options struct {
	Version string
	Command string
	// Ports are those that the caller expects; none: what sshd's own
	// configuration says.
	Ports []int
	// ConfigFile overrides sshd's configuration file.
	ConfigFile string
	// Trace is told what was looked at and how long that took; nil for nobody.
	Trace func(what string, took time.Duration)
}

func (o Options) trace(what string, since time.Time) {
	if o.Trace != nil {
		o.Trace(what, time.Since(since))
	}
}

// Facts is everything that one look found.
type Facts struct {
	Service   service.Facts
	Conf      sshdconf.Facts
	Install   install.Facts
	Keys      hostkeys.Facts
	Listen    listen.Facts
	Handshake handshake.Facts
	Expect    []listen.Expect
	Sshd      listen.Sshd
	// UID is who looked: not everybody may see everything.
	UID int
}

// Collect looks at the box. Nothing is changed by it.
func Collect(ctx context.Context, h *host.Host, o Options) Facts {
	f := Facts{UID: h.UID}
	f.Service, f.Conf = collectConf(ctx, h, o)
	f.Sshd = sshd(f)
	f.Expect = expect(f, o)

	var all sync.WaitGroup
	all.Go(func() {
		defer o.trace("install", time.Now())
		f.Install = install.Collect(ctx, h, install.From{
			Binary: f.Sshd.Binary, Conf: f.Conf,
			DirManaged:    managesDir(f),
			ServiceActive: f.Service.Service.Active(),
		})
	})
	all.Go(func() {
		defer o.trace("hostkeys", time.Now())
		f.Keys = collectKeys(ctx, h, f)
	})
	all.Go(func() {
		defer o.trace("listen", time.Now())
		f.Listen = listen.Collect(ctx, h, ports(f.Expect), likely(f.Service))
	})
	all.Wait()
	defer o.trace("handshake", time.Now())
	f.Handshake = handshake.Collect(ctx, handshake.Plan{
		Targets: f.Listen.Targets(f.Expect, f.Sshd), Types: keyTypes(f.Keys), Timeout: probeTimeout,
	})
	return f
}

// collectConf asks systemd about the unit and sshd about its configuration at
// the same time, on the guess that the unit gives sshd no arguments that matter.
// Where it does, sshd is asked again.
func collectConf(ctx context.Context, h *host.Host, o Options) (service.Facts, sshdconf.Facts) {
	var unit service.Facts
	var conf sshdconf.Facts
	guess := sshdconf.Ask{Binary: usualBinary, File: o.ConfigFile}
	var both sync.WaitGroup
	both.Go(func() {
		defer o.trace("service", time.Now())
		unit = service.Collect(ctx, h)
	})
	both.Go(func() {
		defer o.trace("config", time.Now())
		conf = sshdconf.Collect(ctx, h, guess)
	})
	both.Wait()
	asked := sshdconf.Ask{Binary: binary(unit), Args: unit.Args, File: o.ConfigFile}
	if !asked.Same(guess) {
		defer o.trace("config again", time.Now())
		conf = sshdconf.Collect(ctx, h, asked)
	}
	return unit, conf
}

// binary is the sshd to ask: the unit's own, or a stock one when that is not
// there.
func binary(unit service.Facts) string {
	switch {
	case unit.ExecMissing != "" && unit.ExecMissing == unit.Binary && unit.StockBinary != "":
		return unit.StockBinary
	case unit.Binary == "":
		return usualBinary
	}
	return unit.Binary
}

func sshd(f Facts) listen.Sshd {
	return listen.Sshd{
		MainPID: f.Service.Service.MainPID, Unit: f.Service.Service.ID, SocketUnit: f.Service.Socket.ID,
		SocketActive: f.Service.SocketActive(), ServiceActive: f.Service.Service.Active(),
		ServiceFailed: f.Service.Service.ActiveState == "failed", Binary: binary(f.Service),
	}
}

func managesDir(f Facts) bool {
	for _, p := range f.Conf.Problems {
		if p.Kind == sshdconf.PrivsepDir || p.Kind == sshdconf.PrivsepDirMode {
			return f.Service.ManagesDir(p.Word)
		}
	}
	return false
}

func likely(s service.Facts) []int {
	var pids []int
	if s.Service.MainPID > 0 {
		pids = append(pids, s.Service.MainPID)
	}
	if s.SocketActive() {
		pids = append(pids, 1)
	}
	return pids
}

func collectKeys(ctx context.Context, h *host.Host, f Facts) hostkeys.Facts {
	var want []hostkeys.Want
	for _, k := range f.Conf.HostKeys {
		want = append(want, hostkeys.Want{Path: k.Path, Explicit: k.Explicit})
	}
	loaded := hostkeys.Loaded{
		// Without root sshd cannot read the keys, and its word means nothing.
		Known:        f.Conf.Loaded.Known && f.UID == 0,
		Fingerprints: f.Conf.Loaded.Fingerprints, Unloadable: f.Conf.Loaded.Unloadable,
	}
	return hostkeys.Collect(ctx, h, want, loaded, f.Sshd.Binary)
}

func keyTypes(k hostkeys.Facts) []string {
	var out []string
	for _, key := range k.Public() {
		out = append(out, key.Type)
	}
	return out
}

func ports(expect []listen.Expect) []int {
	var out []int
	seen := map[uint16]bool{}
	for _, e := range expect {
		if p := e.Addr.Port(); !seen[p] {
			seen[p] = true
			out = append(out, int(p))
		}
	}
	return out
}

// expect says where sshd should answer, and who says so.
func expect(f Facts, o Options) []listen.Expect {
	var out []listen.Expect
	conf := f.Conf.Listen()
	if f.Service.SocketActive() {
		for _, l := range f.Service.Socket.Listen {
			if a, err := netip.ParseAddrPort(l); err == nil {
				out = append(out, listen.Expect{Addr: a, From: f.Service.Socket.ID})
			}
		}
		// A socket on another port than 22 beside an sshd_config that says
		// nothing is an ordinary way to move the port. A port in sshd_config
		// that the socket does not have is not.
		if onlyDefault(conf) {
			conf = nil
		}
	}
	for _, a := range conf {
		out = append(out, listen.Expect{Addr: a, From: "sshd's configuration"})
	}
	if len(o.Ports) == 0 {
		return out
	}
	return restrict(out, o.Ports)
}

func onlyDefault(conf []netip.AddrPort) bool {
	for _, a := range conf {
		if a.Port() != 22 {
			return false
		}
	}
	return true
}

// restrict keeps what is expected on the named ports, and expects all addresses
// on a named port of which nobody has spoken.
func restrict(all []listen.Expect, ports []int) []listen.Expect {
	var out []listen.Expect
	for _, p := range ports {
		found := false
		for _, e := range all {
			if int(e.Addr.Port()) == p {
				out = append(out, e)
				found = true
			}
		}
		if !found {
			for _, any := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
				out = append(out, listen.Expect{Addr: netip.AddrPortFrom(any, uint16(p)), From: "--port"})
			}
		}
	}
	return out
}
