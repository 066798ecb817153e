package history

import "time"

// limit is how often something may be done within a span.
type limit struct {
	most int
	span time.Duration
	// keys: only runs that made host keys count.
	keys bool
	// words say what was done, and within what time.
	words, in string
}

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// limits are those of repairs. At the timer's interval of five minutes, four an
// hour are those of twenty minutes: by then it is clear that something breaks the
// server faster than a person can be called.
//
// New host keys have limits of their own. Each repair of that kind shows clients
// another server and has their users confirm a warning, which is just what
// somebody in between them would want; a server that does so all day is worse
// than one that a person has to see to. Nothing is lost by waiting: the keys are
// gone already. Keeping copies of private keys somewhere, to put the same ones
// back, would give every clone of the machine its identity.
func limits() []limit {
	return []limit{
		{most: 4, span: hour, words: "repaired", in: "an hour"},
		{most: 12, span: day, words: "repaired", in: "a day"},
		{most: 2, span: hour, keys: true, words: "given new host keys", in: "an hour"},
		{most: 4, span: day, keys: true, words: "given new host keys", in: "a day"},
	}
}

// A repair that did not help is tried again after firstRetry, and each time after
// twice as long as before, up to lastRetry.
const (
	firstRetry = 5 * time.Minute
	lastRetry  = hour
)

// retryAfter is how long to wait after a number of failures.
func retryAfter(fails int) time.Duration {
	wait := firstRetry
	for range min(fails, 10) - 1 {
		wait = min(2*wait, lastRetry)
	}
	return wait
}

// The same problem is told again after a day. Changes of how the machine stands
// are told at most mostNews times an hour; the last of them is told then.
const (
	tellAgain = day
	mostNews  = 6
)
