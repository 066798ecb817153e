package handshake

import (
	"math/rand/v2"
	"net/netip"
	"slices"
)

const (
	// perFamily is how many connections one run makes over IPv4, and over IPv6.
	perFamily = 4
	// defaultLimit is how many of them are open at the same time.
	defaultLimit = 4
)

// job is one connection to be made.
type job struct {
	// target is an index into Plan.Targets.
	target int
	wanted string
	// source is the address to come from; zero leaves it to the kernel.
	source netip.Addr
}

// firstJobs says who is connected to for which type: every target once, then
// the types that are left at the first target. The most important come first:
// there may be more than a family's budget allows.
func firstJobs(targets []netip.AddrPort, types []string, oneServer bool) []job {
	if len(types) == 0 {
		types = []string{""}
	}
	var v4, v6 []int
	for i, t := range targets {
		if t.Addr().Is4() {
			v4 = append(v4, i)
		} else {
			v6 = append(v6, i)
		}
	}
	if oneServer {
		return withSources(targets, once(slices.Concat(v4, v6), types))
	}
	jobs := once(v4, types)
	// Where the same port is proven over IPv4, one connection to each IPv6
	// address is enough.
	if allPorts(targets, v6, v4) {
		types = types[:1]
	}
	return withSources(targets, append(jobs, once(v6, types)...))
}

// once gives each target one connection, each with the next type, and what is
// left of the types to the first target.
func once(targets []int, types []string) []job {
	if len(targets) == 0 {
		return nil
	}
	var jobs []job
	for i := range max(len(targets), len(types)) {
		j := job{target: targets[0], wanted: types[i%len(types)]}
		if i < len(targets) {
			j.target = targets[i]
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// withSources gives each connection over IPv4 a source of its own.
func withSources(targets []netip.AddrPort, jobs []job) []job {
	for i := range jobs {
		if targets[jobs[i].target].Addr().Is4() {
			jobs[i].source = privateSource()
		}
	}
	return jobs
}

// allPorts tells whether every port of the targets as is a port of one of bs.
func allPorts(targets []netip.AddrPort, as, bs []int) bool {
	return !slices.ContainsFunc(as, func(a int) bool {
		return !slices.ContainsFunc(bs, func(b int) bool {
			return targets[a].Port() == targets[b].Port()
		})
	})
}

// privateSource picks a loopback address that nobody else is likely to use:
// never in 127.0.0.0/16, where 127.0.0.1 and what local resolvers use live.
func privateSource() netip.Addr {
	part := func() byte { return byte(1 + rand.IntN(254)) }
	return netip.AddrFrom4([4]byte{127, part(), part(), part()})
}

// budget counts the connections of a run by family.
type budget struct{ v4, v6 int }

func newBudget() *budget { return &budget{perFamily, perFamily} }

func (b *budget) of(a netip.Addr) *int {
	if a.Is4() {
		return &b.v4
	}
	return &b.v6
}

// take uses one connection up, if there is one left.
func (b *budget) take(a netip.Addr) bool {
	left := b.of(a)
	if *left == 0 {
		return false
	}
	*left--
	return true
}

// giveBack undoes take: what was refused was no connection.
func (b *budget) giveBack(a netip.Addr) { *b.of(a)++ }
