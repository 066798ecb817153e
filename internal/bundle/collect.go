package bundle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// collectTimeout bounds all steps together, stepTimeout each that names no
	// limit of its own, packageTimeout the package manager, which reads every
	// file of a package.
	collectTimeout = 60 * time.Second
	stepTimeout    = 10 * time.Second
	packageTimeout = 25 * time.Second
	// grace is how long a step may take to notice that its time is over.
	grace = 1500 * time.Millisecond
	// atOnce is how many steps run side by side.
	atOnce = 3
)

// From is what a look has already found out, so that nothing is guessed twice.
type From struct {
	// Sshd is the program that the unit starts.
	Sshd string
	// Unit and Socket are sshd's units, empty where there is none.
	Unit, Socket string
	// ConfFiles are the files of sshd's configuration, UnitFiles those of its
	// units with their drop-ins, EnvFiles those of EnvironmentFile=.
	ConfFiles, UnitFiles, EnvFiles []string
	// Records are what this program wrote down on earlier runs, as JSON.
	Records []string
	// Systemd: it is in charge and answers; NoSystemd says why not.
	Systemd   bool
	NoSystemd string
}

// step is one thing to collect.
type step struct {
	// name and source stand in the manifest where nothing came of it.
	name, source string
	limit        time.Duration
	do           func(ctx context.Context, h *host.Host) []Entry
}

// Collect gathers what does not stand in the report. It ends in time, whatever
// the box does, and changes nothing on it.
func Collect(ctx context.Context, h *host.Host, from From) []Entry {
	ctx, cancel := context.WithTimeout(ctx, collectTimeout)
	defer cancel()
	steps := from.steps()
	out := make([][]Entry, len(steps))
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, s := range steps {
		all.Go(func() {
			select {
			case slots <- struct{}{}:
				out[i] = s.run(ctx, h)
				<-slots
			case <-ctx.Done():
				out[i] = s.missing("no time was left for it")
			}
		})
	}
	all.Wait()
	return slices.Concat(out...)
}

// run waits for a step no longer than its limit. A file system that does not
// answer holds up whoever asks it, deadline or not; such a step is left behind.
func (s step) run(ctx context.Context, h *host.Host) []Entry {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	got := make(chan []Entry, 1)
	go func() { got <- s.do(ctx, h) }()
	select {
	case entries := <-got:
		return entries
	case <-ctx.Done():
	}
	select {
	case entries := <-got:
		return entries
	case <-time.After(grace):
		return s.missing(fmt.Sprintf("no answer within %s", s.limit))
	}
}

func (s step) missing(why string) []Entry {
	return []Entry{{Name: s.name, Source: s.source, Missing: why}}
}

// steps lists everything, in the order in which it stands in the bundle.
func (f From) steps() []step {
	var out []step
	add := func(name, source string, limit time.Duration, do func(context.Context, *host.Host) []Entry) {
		out = append(out, step{name, source, limit, do})
	}
	for _, list := range []struct {
		paths []string
		kind  Kind
	}{{f.ConfFiles, SshdConfig}, {f.UnitFiles, UnitFile}, {f.EnvFiles, EnvFile}, {f.Records, JSON}} {
		for _, p := range list.paths {
			kind := list.kind
			if strings.HasPrefix(p, "/etc/init.d/") {
				kind = Text
			}
			add("files"+p, p, stepTimeout, func(_ context.Context, h *host.Host) []Entry {
				return []Entry{file(h, p, kind)}
			})
		}
	}
	add("etc-ssh.txt", "/etc/ssh", stepTimeout, func(_ context.Context, h *host.Host) []Entry {
		return []Entry{listing(h, "etc-ssh.txt", "/etc/ssh", "/etc/ssh/sshd_config.d", "/run/sshd")}
	})
	for _, u := range []string{f.Unit, f.Socket} {
		if u != "" {
			add("unit-"+u+".txt", "systemd, "+u, stepTimeout, f.unit(u))
		}
	}
	add("journal-sshd.txt", "journalctl", stepTimeout, f.journal)
	add("journal-kernel.txt", "journalctl -k", stepTimeout, kernelLog)
	if !f.Systemd {
		add("log-auth.txt", "/var/log", stepTimeout, authLog)
	}
	add("sockets.txt", "listening TCP sockets", stepTimeout, sockets)
	add("machine.txt", "/proc and file systems", stepTimeout, f.machine)
	add("versions.txt", "programs", stepTimeout, f.versions)
	add("packages.txt", "package manager", packageTimeout, packages)
	return out
}
