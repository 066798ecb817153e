// Package checkup is the one page that says which checks exist and in which
// order they are made. It collects the facts of all of them, side by side where
// they do not need one another, and judges them together.
package checkup

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/disk"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/internal/view"
)

// usualBinary is asked when no unit names another.
const usualBinary = "/usr/sbin/sshd"

// probeTimeout bounds all connections of one look.
const probeTimeout = 8 * time.Second

// Options are what the caller wants.
type Options struct {
	Version string
	Command string
	// Root is where the disk is mounted that is looked at; empty for the running
	// system.
	Root string
	// Ports are those that the caller expects; none: what sshd's own
	// configuration says.
	Ports []int
	// ConfigFile overrides sshd's configuration file.
	ConfigFile string
	// Outside: look for signs of trouble elsewhere although all is well here. It
	// costs a look into the journal.
	Outside bool
	// Offered: have every key proven that sshd offers, also those that are not on
	// disk. It costs connections.
	Offered bool
	// Refused is how hard to look for clients that were turned away. It costs a look
	// into the journal, at the same time as all others.
	Refused Search
	// Patient: something was just repaired, and sshd may need a moment.
	Patient bool
	// Watch is told what is looked at when it begins, and calls back when it is
	// over; nil for nobody.
	Watch func(what Part) (over func())
}

// Part is one part of a look.
type Part string

// The parts of a look, in the words of its log.
const (
	PartService   Part = "service"
	PartConfig    Part = "config"
	PartInstall   Part = "install"
	PartKeys      Part = "hostkeys"
	PartMachine   Part = "boot"
	PartListen    Part = "listen"
	PartHandshake Part = "handshake"
	PartJournal   Part = "journal"
	PartRefused   Part = "refused clients"
	PartTrial     Part = "trial"
	// PartSettling is the pause in which a unit comes up or goes down.
	PartSettling Part = "settling"
)

func (o Options) watch(what Part) (over func()) {
	if o.Watch == nil {
		return func() {}
	}
	return o.Watch(what)
}

// Facts is everything that one look found.
type Facts struct {
	Service service.Facts
	// View is whether the unit shows sshd other files than those here.
	View      view.Facts
	Conf      sshdconf.Facts
	Install   install.Facts
	Keys      hostkeys.Facts
	Listen    listen.Facts
	Handshake handshake.Facts
	Boot      boot.Facts
	Identity  identity.Facts
	Journal   journal.Facts
	Refused   Refused
	Trial     Trial
	// Disk and Unit are about a system that does not run.
	Disk   disk.Facts
	Unit   service.Disk
	Expect []listen.Expect
	Sshd   listen.Sshd
	// ListenLines are the ListenAddress lines of the configuration files.
	ListenLines []sshdconf.Place
	// OfferLines are those that leave today's clients nothing to agree on.
	OfferLines []OfferLine
	// UID is who looked: not everybody may see everything.
	UID int
}

// Collect looks at the box. Nothing is changed by it.
func Collect(ctx context.Context, h *host.Host, o Options) Facts {
	if o.Root != "" {
		return collectDisk(ctx, h, o)
	}
	if o.Refused == NoSearch {
		return settled(ctx, h, o)
	}
	var refused Refused
	var log sync.WaitGroup
	log.Go(func() {
		defer o.watch(PartRefused)()
		refused = collectRefused(ctx, h, o.Refused)
	})
	f := settled(ctx, h, o)
	log.Wait()
	f.Refused = refused
	return f
}

// settled looks, and where it finds sshd on its way up or down, waits a little
// and looks again: half of a restart is not a state to judge.
func settled(ctx context.Context, h *host.Host, o Options) Facts {
	first := ""
	for tries := 0; ; tries++ {
		f := collect(ctx, h, o)
		if tries == 0 {
			first = f.Service.State()
		}
		if passedAll(f) {
			stands, over := starting(ctx, h, f)
			if f.Service.Lasting = stands; over || tries >= mostLooks {
				return f
			}
			continue
		}
		if tries >= mostLooks || !moving(ctx, h, f, o, tries) {
			f.Service.Lasting = tries >= mostLooks && f.Service.State() == first
			return f
		}
		over := o.watch(PartSettling)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		over()
		if ctx.Err() != nil {
			return f
		}
	}
}

func collect(ctx context.Context, h *host.Host, o Options) Facts {
	f := Facts{UID: h.UID}
	began := begin(h)
	f.Service, f.Conf = collectConf(ctx, h, o)
	seen := f.collectView(ctx, h, o)
	f.Sshd = sshd(f)
	f.Expect = expect(f, o)

	// What is known by now; from here on each part writes fields of its own.
	known := f
	var all sync.WaitGroup
	all.Go(func() {
		defer o.watch(PartMachine)()
		f.Boot = boot.Collect(ctx, h, bootFrom(known))
	})
	all.Go(func() {
		defer o.watch(PartInstall)()
		f.Install = install.Collect(ctx, seen, install.From{
			Binary: known.Sshd.Binary, Conf: known.Conf,
			DirManaged:    managesDir(known),
			ServiceActive: known.Service.Service.Active(),
		})
	})
	all.Go(func() {
		defer o.watch(PartKeys)()
		f.Keys = collectKeys(ctx, seen, known)
	})
	all.Go(func() {
		if namesAddresses(known.Conf.Listen()) {
			f.ListenLines = sshdconf.Locate(seen, known.Conf.MainFile, "ListenAddress")
		}
	})
	all.Go(func() {
		defer o.watch(PartListen)()
		f.collectListen(ctx, h)
	})
	all.Wait()
	if f.stranger(h) {
		// Nothing that happens at these ports is about this tree.
		f.Expect, f.Listen.Sockets, f.Listen.Elsewhere = nil, nil, nil
	}
	f.Identity = identity.Collect(ctx, h, identityFrom(f, h))
	over := o.watch(PartHandshake)
	p := plan(f)
	p.Offered = o.Offered
	f.Handshake = handshake.Collect(ctx, p)
	f.Boot.Proven = proven(f.Handshake.Endpoints())
	if f.Boot.Proven && f.unbound() {
		// Somebody answers where nobody was a moment ago.
		f.collectListen(ctx, h)
	}
	f.try(ctx, h)
	f.locateOffer(seen)
	over()
	defer o.watch(PartJournal)()
	f.collectSaid(ctx, h, o, began)
	return f
}

// collectListen looks at the ports where sshd is expected. Where its
// configuration cannot be had, a sshd that still runs is expected where it is:
// a broken file beside it is a latent outage, not one of today.
func (f *Facts) collectListen(ctx context.Context, h *host.Host) {
	f.Listen = listen.Collect(ctx, h, ports(f.Expect), likely(f.Service), concrete(f.Expect)...)
	if len(f.Expect) > 0 || f.Conf.Known {
		return
	}
	for _, s := range f.Listen.Elsewhere {
		f.Expect = append(f.Expect, listen.Expect{Addr: s.Addr, From: "sshd as it runs"})
	}
	if len(f.Expect) > 0 {
		f.Listen = listen.Collect(ctx, h, ports(f.Expect), likely(f.Service), concrete(f.Expect)...)
	}
}

func concrete(expect []listen.Expect) []netip.Addr {
	var out []netip.Addr
	for _, e := range expect {
		if a := e.Addr.Addr(); !a.IsUnspecified() {
			out = append(out, a)
		}
	}
	return out
}

// Places are the directories in which repairs make files.
func (f Facts) Places() []string {
	out := f.Keys.Places()
	for _, dir := range []string{filepath.Dir(f.Conf.MainFile), f.Conf.MainFile + ".d"} {
		if filepath.IsAbs(dir) && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
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
		defer o.watch(PartService)()
		unit = service.Collect(ctx, h)
	})
	both.Go(func() {
		defer o.watch(PartConfig)()
		conf = sshdconf.Collect(ctx, h, guess)
	})
	both.Wait()
	asked := sshdconf.Ask{Binary: binary(unit), Args: unit.Args, File: o.ConfigFile}
	if !asked.Same(guess) {
		defer o.watch(PartConfig)()
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
	unit, socket := f.Service.Service, f.Service.Socket
	s := listen.Sshd{
		MainPID: unit.MainPID, Unit: unit.ID, SocketUnit: socket.ID,
		SocketActive: f.Service.SocketActive(), SocketFailed: socket.ActiveState == "failed",
		ServiceActive: unit.Active(), ServiceFailed: unit.ActiveState == "failed",
		Binary: binary(f.Service), Log: f.Service.Journal,
	}
	if s.SocketActive {
		s.SocketListen = f.Service.Socket.Addresses()
	}
	return s
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
	keys := hostkeys.Collect(ctx, h, want, loaded, f.Sshd.Binary)
	for _, v := range f.Conf.Get("hostkeyagent") {
		keys.Agent = v != "none"
	}
	return keys
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
