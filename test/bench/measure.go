package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// cost is what one run of a program cost, as "inside spawn" prints it. The times
// are CLOCK_MONOTONIC in nanoseconds.
type cost struct {
	Began  int64 `json:"began"`
	Ended  int64 `json:"ended"`
	Exit   int   `json:"exit"`
	RSSKiB int64 `json:"rss_kib"`
	CPU    int64 `json:"cpu_ns"`
	// reached is when the first key exchange of the run was complete; 0 where
	// nobody looked.
	reached int64
	output  string
}

func (c cost) wall() time.Duration  { return time.Duration(c.Ended - c.Began) }
func (c cost) first() time.Duration { return time.Duration(c.reached - c.Began) }
func (c cost) cpu() time.Duration   { return time.Duration(c.CPU) }

// spawn runs a command in the box and returns what it cost.
func spawn(ctx context.Context, b *box.Box, command ...string) (cost, error) {
	r, err := b.Exec(ctx, nil, helperPath, append([]string{"spawn"}, command...)...)
	if err != nil {
		return cost{}, err
	}
	var c cost
	if err := json.Unmarshal([]byte(r.Stdout), &c); err != nil {
		return cost{}, fmt.Errorf("cannot read the cost of %q: %w: %s%s", command, err, r.Stdout, r.Stderr)
	}
	c.output = r.Stderr
	return c, nil
}

// sample is one contestant's runs.
type sample struct {
	name    string
	command []string
	costs   []cost
}

func (s *sample) line() string {
	if len(s.command) == 3 && s.command[0] == "sh" {
		return s.command[2]
	}
	return strings.Replace(strings.Join(s.command, " "), "-N  ", "-N '' ", 1)
}

// spread is the middle and the ends of a figure over all runs.
type spread struct{ median, low, high time.Duration }

func (s *sample) spread(of func(cost) time.Duration) spread {
	var all []time.Duration
	for _, c := range s.costs {
		all = append(all, of(c))
	}
	slices.Sort(all)
	n := len(all)
	return spread{(all[(n-1)/2] + all[n/2]) / 2, all[0], all[n-1]}
}

func (s *sample) wall() spread { return s.spread(cost.wall) }

// rss is the largest process of any run, in MiB.
func (s *sample) rss() float64 {
	var most int64
	for _, c := range s.costs {
		most = max(most, c.RSSKiB)
	}
	return float64(most) / 1024
}

// contest runs the samples in turn, round by round, so that what the machine
// does beside hits all of them alike. Before each run ready brings the box into
// the state that the run begins with; after it, done judges what it left.
type contest struct {
	box     *box.Box
	rounds  int
	samples []*sample
	ready   func(context.Context) error
	done    func(context.Context) error
	watch   *prober // nil where the first key exchange is of no interest
}

func (c contest) run(ctx context.Context) error {
	for i := range c.rounds + 1 {
		for _, s := range c.samples {
			got, err := c.once(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if i > 0 { // the first round only warms the caches
				s.costs = append(s.costs, got)
			}
		}
	}
	return nil
}

// once is one run of one contestant.
func (c contest) once(ctx context.Context, s *sample) (cost, error) {
	if err := c.ready(ctx); err != nil {
		return cost{}, err
	}
	var seen <-chan sighting
	if c.watch != nil {
		watched, stop := context.WithTimeout(ctx, time.Minute)
		defer stop()
		var err error
		if seen, err = c.watch.begin(watched); err != nil {
			return cost{}, err
		}
	}
	got, err := spawn(ctx, c.box, s.command...)
	if err != nil {
		return got, err
	}
	if got.Exit != 0 {
		return got, fmt.Errorf("exit %d instead of 0:\n%s", got.Exit, got.output)
	}
	if seen != nil {
		at := <-seen
		if at.err != nil {
			return got, at.err
		}
		got.reached = at.when
	}
	return got, c.done(ctx)
}
