package casebook

import (
	"context"
	"sync"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Trial names one case on one suite.
type Trial struct {
	Case  Case
	Suite box.Suite
}

// Trials lists what to play: every case on each of its suites.
func Trials(cases []Case) []Trial {
	var all []Trial
	for _, c := range cases {
		for _, suite := range c.Suites {
			all = append(all, Trial{c, suite})
		}
	}
	return all
}

// Each plays trials with some boxes at a time and hands every result to done,
// as soon as it is there and one at a time. It returns the results in the
// order of the trials.
func Each(ctx context.Context, trials []Trial, boxes int, opts Options, done func(Result)) []Result {
	results := make([]Result, len(trials))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range max(1, boxes) {
		wg.Go(func() {
			for i := range next {
				results[i] = Run(ctx, trials[i].Case, trials[i].Suite, opts)
				if opts.Baselines {
					results[i].Baselines = tryRemedies(ctx, trials[i].Case, trials[i].Suite, opts)
				}
				mu.Lock()
				done(results[i])
				mu.Unlock()
			}
		})
	}
	for i := range trials {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}
