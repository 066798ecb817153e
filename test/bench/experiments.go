package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// byHand is the yardstick: what people type.
const byHand = "ssh-keygen -A; systemctl reset-failed ssh; systemctl restart ssh"

// loseKeys takes the host keys away and lets sshd fail until systemd gives up.
const loseKeys = `systemctl stop ssh
rm -f /etc/ssh/ssh_host_*
systemctl reset-failed ssh
systemctl start ssh || true`

// allServed succeeds when a run has left a healthy server.
const allServed = `systemctl is-active -q ssh
for t in rsa ecdsa ed25519; do test -s /etc/ssh/ssh_host_${t}_key -a -s /etc/ssh/ssh_host_${t}_key.pub; done`

// duel is the yardstick and the program side by side.
type duel struct{ hand, doctor *sample }

func newDuel(name, command string) duel {
	return duel{
		hand:   &sample{name: "by hand", command: []string{"sh", "-c", byHand}},
		doctor: &sample{name: name, command: []string{"sshd-doctor", command}},
	}
}

// round is what was measured in one box: on a healthy server and on one
// without host keys.
type round struct {
	load    string
	healthy duel // check
	keyless duel // heal
}

// results is everything that goes on the page.
type results struct {
	machine machine
	plain   round
	loaded  []round
	parts   []*sample
	size    int64
	took    time.Duration
	rounds  settings
}

// load is a burden that a box can carry. put returns how it is taken away again
// before the box ends.
type load struct {
	name    string
	prepare string
	put     func(ctx context.Context, b *box.Box, l *lab) (func(), error)
}

func loads() []load {
	return []load{
		{name: fmt.Sprintf("%d established connections", connections),
			put: func(ctx context.Context, b *box.Box, l *lab) (func(), error) {
				return connect(ctx, b, l.helper)
			}},
		{name: fmt.Sprintf("%d processes", processes),
			put: func(ctx context.Context, b *box.Box, _ *lab) (func(), error) {
				return nil, crowd(ctx, b)
			}},
		{name: fmt.Sprintf("a journal of %d GiB", journalBytes>>30), prepare: keepAll,
			put: func(ctx context.Context, b *box.Box, l *lab) (func(), error) {
				return nil, scribble(ctx, b, journalBytes, l.progress)
			}},
	}
}

func measure(ctx context.Context, s settings, helper string, progress io.Writer) (*results, error) {
	st, err := os.Stat(s.binary)
	if err != nil {
		return nil, fmt.Errorf("cannot measure the binary: %w", err)
	}
	r := &results{size: st.Size(), rounds: s}
	lab := &lab{settings: s, helper: helper, progress: progress}
	lab.say("a healthy server and one without keys, %d rounds", s.rounds)
	err = lab.with(ctx, load{}, func(b *box.Box, p *prober) (err error) {
		if r.machine, err = describe(ctx, b); err != nil {
			return err
		}
		if r.plain, err = lab.round(ctx, b, p, s.rounds); err != nil {
			return err
		}
		r.parts, err = lab.parts(ctx, b, max(s.under, 5))
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.under == 0 {
		return r, nil
	}
	for _, l := range loads() {
		lab.say("the same under %s, %d rounds", l.name, s.under)
		err := lab.with(ctx, l, func(b *box.Box, p *prober) error {
			round, err := lab.round(ctx, b, p, s.under)
			round.load = l.name
			r.loaded = append(r.loaded, round)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("under %s: %w", l.name, err)
		}
	}
	return r, nil
}

// lab makes boxes and runs contests in them.
type lab struct {
	settings
	helper   string
	progress io.Writer
}

func (l *lab) say(format string, args ...any) { fmt.Fprintf(l.progress, "# "+format+"\n", args...) }

// with gives a fresh box that carries a load.
func (l *lab) with(ctx context.Context, burden load, do func(*box.Box, *prober) error) (err error) {
	b, err := box.Start(ctx, l.suite, box.Options{Binary: l.binary, Prepare: burden.prepare, Progress: l.progress})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Stop()) }()
	if err := install(b, l.helper); err != nil {
		return err
	}
	p, err := newProber(b)
	if err != nil {
		return err
	}
	defer p.close()
	if burden.put != nil {
		release, err := burden.put(ctx, b, l)
		if release != nil {
			defer release()
		}
		if err != nil {
			return err
		}
	}
	return do(b, p)
}

// install puts the helper into a box.
func install(b *box.Box, helper string) error {
	text, err := os.ReadFile(helper)
	if err == nil {
		err = os.WriteFile(b.Root()+helperPath, text, 0o755)
	}
	if err != nil {
		return fmt.Errorf("cannot put the helper into the box: %w", err)
	}
	return nil
}

// round measures check on the healthy server, then heal on one without keys.
func (l *lab) round(ctx context.Context, b *box.Box, p *prober, rounds int) (round, error) {
	r := round{healthy: newDuel("sshd-doctor check", "check"), keyless: newDuel("sshd-doctor heal", "heal")}
	good := func(ctx context.Context) error { return mustRun(ctx, b, "set -e\n"+allServed) }
	err := contest{box: b, rounds: rounds, samples: []*sample{r.healthy.hand, r.healthy.doctor},
		ready: b.Settle, done: good}.run(ctx)
	if err != nil {
		return r, err
	}
	lose := func(ctx context.Context) error {
		if err := mustRun(ctx, b, loseKeys); err != nil {
			return err
		}
		return b.Settle(ctx)
	}
	err = contest{box: b, rounds: rounds, samples: []*sample{r.keyless.hand, r.keyless.doctor},
		ready: lose, done: good, watch: p}.run(ctx)
	return r, err
}

// parts measures the steps that the contestants are made of, one by one: they
// tell what bounds the sums.
func (l *lab) parts(ctx context.Context, b *box.Box, rounds int) ([]*sample, error) {
	const scratch = "/root/bench_key"
	parts := []*sample{
		{name: "nothing (the floor)", command: []string{"true"}},
		{name: "sshd's own test", command: []string{"/usr/sbin/sshd", "-t"}},
		{name: "restart of a healthy sshd", command: []string{"systemctl", "restart", "ssh"}},
		{name: "an Ed25519 key", command: []string{"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch}},
		{name: "an RSA key, 3072 bits", command: []string{"ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-f", scratch}},
	}
	ready := func(ctx context.Context) error {
		return mustRun(ctx, b, "rm -f "+scratch+"*; systemctl reset-failed ssh")
	}
	err := contest{box: b, rounds: rounds, samples: parts, ready: ready,
		done: func(context.Context) error { return nil }}.run(ctx)
	return parts, err
}
