package casebook

import (
	"context"
	"hash/fnv"
	"reflect"
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

// Chosen lists what the tests play: a case on all of its suites where it expects
// of one what it does not expect of another, else on one of them. Which one that
// is depends on its name alone, so that over all cases each suite gets its share.
// "make casebook" plays them all.
func Chosen(cases []Case) []Trial {
	var chosen []Trial
	for _, c := range cases {
		if !c.same() {
			chosen = append(chosen, Trials([]Case{c})...)
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(c.Name))
		chosen = append(chosen, Trial{c, c.Suites[int(h.Sum32()%uint32(len(c.Suites)))]})
	}
	return chosen
}

// same tells whether a case expects the same on all of its suites.
func (c Case) same() bool {
	for _, suite := range c.Suites {
		if !reflect.DeepEqual(c.Plans[suite], c.Plans[c.Suites[0]]) {
			return false
		}
	}
	return true
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
