package handshake

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	// defaultTimeout bounds a run that names no limit of its own.
	defaultTimeout = 5 * time.Second
	// mute is how long a server may keep silent before it is asked from
	// 127.0.0.1: tcp wrappers hold a connection that they refuse for five
	// seconds before they close it.
	mute = 2 * time.Second
	// breather is the pause before a busy server is asked again.
	breather = 100 * time.Millisecond
)

// Collect connects to the targets and returns what was seen. It ends within
// the plan's timeout, whatever the servers do.
func Collect(ctx context.Context, p Plan) Facts {
	f := Facts{Types: allowed(p.Types, p.Allowed), Allowed: slices.Clone(p.Allowed)}
	if len(p.Targets) == 0 {
		return f
	}
	if p.Timeout <= 0 {
		p.Timeout = defaultTimeout
	}
	if p.Limit <= 0 {
		p.Limit = defaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	r := &run{types: provable(f.Types), limit: p.Limit, budget: newBudget(), facts: &f}
	for _, t := range p.Targets {
		f.Targets = append(f.Targets, Target{Addr: unmap(t)})
	}
	open := r.localTargets()
	// A third of the time is kept for those that have to be asked again.
	first, stop := context.WithTimeout(ctx, p.Timeout*2/3)
	defer stop()
	r.all(first, firstJobs(open, r.types, p.OneServer), manner{mute: mute})
	r.again(ctx)
	r.remaining(ctx)
	if p.Offered {
		r.types = provable(f.Unproven())
		r.remaining(ctx)
	}
	r.explainUntried(ctx)
	return f
}

// run is one Collect under way. It belongs to one goroutine.
type run struct {
	types  []string
	limit  int
	budget *budget
	facts  *Facts
	// open maps the targets that may be connected to onto facts.Targets.
	open []int
}

// localTargets leaves out what is not an address of this box: connecting there
// would send packets out of it.
func (r *run) localTargets() []netip.AddrPort {
	var out []netip.AddrPort
	var own []netip.Addr
	var err error
	for i := range r.facts.Targets {
		t := &r.facts.Targets[i]
		if !t.Addr.Addr().IsLoopback() {
			if own == nil && err == nil {
				own, err = ownAddresses()
			}
			if err != nil {
				t.Untried = Untried(clean(err.Error()))
				continue
			}
			if !slices.Contains(own, t.Addr.Addr().WithZone("")) {
				t.Untried = UntriedForeign
				continue
			}
		}
		r.open = append(r.open, i)
		out = append(out, t.Addr)
	}
	return out
}

func ownAddresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("cannot list the addresses of this box: %v", err)
	}
	var out []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr().Unmap())
		}
	}
	return out, nil
}

func unmap(t netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(t.Addr().Unmap(), t.Port())
}

// all makes the connections side by side, and one after another from the moment
// a server shows that it is busy.
func (r *run) all(ctx context.Context, jobs []job, m manner) {
	type result struct {
		job
		Try
	}
	results := make(chan result)
	limit, underway := r.limit, 0
	for len(jobs) > 0 || underway > 0 {
		for len(jobs) > 0 && underway < limit {
			j := jobs[0]
			jobs = jobs[1:]
			if !r.worthwhile(ctx, j) {
				continue
			}
			underway++
			addr := r.target(j.target).Addr
			m.patient = limit == 1
			go func(m manner) { results <- result{j, connect(ctx, addr, j, m)} }(m)
		}
		if underway == 0 {
			break
		}
		done := <-results
		underway--
		t := r.target(done.target)
		t.Tries = append(t.Tries, done.Try)
		if turnedAway(done.Try) {
			limit = 1
		}
		if done.End == EndRefused {
			r.budget.giveBack(t.Addr.Addr())
		}
	}
}

// worthwhile takes the connection off the budget unless there is no use in it.
func (r *run) worthwhile(ctx context.Context, j job) bool {
	refused := slices.ContainsFunc(r.target(j.target).Tries, func(y Try) bool { return y.End == EndRefused })
	return ctx.Err() == nil && !refused && r.budget.take(r.target(j.target).Addr.Addr())
}

func (r *run) target(i int) *Target { return &r.facts.Targets[r.open[i]] }

// again asks once more, one after another, where no proof came and asking again
// may help: over IPv4 from 127.0.0.1, since tcp wrappers or a firewall may let
// in that address alone.
func (r *run) again(ctx context.Context) {
	for i := range r.open {
		t := r.target(i)
		if len(t.Tries) == 0 || t.proven() {
			continue
		}
		last := t.Tries[len(t.Tries)-1]
		if !turnedAway(last) || r.hopeless(t, last) {
			continue
		}
		j := job{target: i, wanted: last.Wanted}
		if t.Addr.Addr().Is4() && t.Addr.Addr().IsLoopback() {
			j.source = ordinary()
		}
		if last.busy() {
			pause(ctx, breather)
		}
		r.all(ctx, []job{j}, manner{})
	}
}

// hopeless tells whether the server lets others in but not this source, and
// there is no other to come from.
func (r *run) hopeless(t *Target, y Try) bool {
	port := t.Addr.Port()
	if y.busy() {
		return !r.facts.throttled(port) && r.facts.provenAtPort(port)
	}
	return !t.Addr.Addr().Is4() && r.facts.atPort(port, Target.choosy)
}

// remaining asks again for what a server that answers has failed to prove, and
// then for the types that no server was asked for.
func (r *run) remaining(ctx context.Context) {
	for i := range r.open {
		t := r.target(i)
		for _, y := range slices.Clone(t.Tries) {
			if t.proven() && y.Proof == nil && t.offers(y.Wanted) && !t.provenType(y.Wanted) {
				r.prove(ctx, i, y.Wanted)
			}
		}
	}
	for _, kind := range r.types {
		for i := range r.open {
			t := r.target(i)
			if !r.facts.provenType(kind) && t.proven() && t.offers(kind) && !t.wanted(kind) {
				r.prove(ctx, i, kind)
			}
		}
	}
}

// prove makes one more connection to a target that answers.
func (r *run) prove(ctx context.Context, target int, kind string) {
	j := job{target: target, wanted: kind}
	if t := r.target(j.target); t.Addr.Addr().Is4() {
		j.source = t.welcome()
	}
	r.all(ctx, []job{j}, manner{})
}

// explainUntried says why a target has no connection at all.
func (r *run) explainUntried(ctx context.Context) {
	for i := range r.facts.Targets {
		t := &r.facts.Targets[i]
		if len(t.Tries) > 0 || t.Untried != "" {
			continue
		}
		t.Untried = UntriedBudget
		if ctx.Err() != nil {
			t.Untried = UntriedNoTime
		}
	}
}

func (t Target) offers(kind string) bool {
	return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.Offer != nil && y.Offer.has(kind) })
}

func (t Target) wanted(kind string) bool {
	return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.Wanted == kind })
}

// welcome returns a source for one more connection: 127.0.0.1 where no other
// address got an answer.
func (t Target) welcome() netip.Addr {
	if t.choosy() {
		return ordinary()
	}
	return privateSource()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
