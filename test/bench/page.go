package main

import (
	"fmt"
	"strings"
	"time"
)

// page is docs/benchmarks.md.
func (r *results) page() string {
	var b strings.Builder
	write := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	write("# What it costs\n")
	write("Written by `make bench`; run it again to get your own machine's figures. Milliseconds")
	write("move between machines and days; the ratios, measured side by side in one run, hold better.\n")
	r.writeKeyless(write)
	r.writeHealthy(write)
	r.writeGrowth(write)
	r.writeParts(write)
	r.writeMethod(write)
	return b.String()
}

type printer func(format string, args ...any)

func (r *results) writeKeyless(write printer) {
	d := r.plain.keyless
	base := d.hand.wall().median
	write("## A server without host keys: heal\n")
	write("| | runs | first key exchange possible | ratio | everything finished | ratio | CPU | peak memory |")
	write("|---|---|---|---|---|---|---|---|")
	for _, s := range []*sample{d.hand, d.doctor} {
		first, all := s.spread(cost.first), s.wall()
		write("| `%s` | %d | %s | %s | %s | %s | %s | %s |", s.line(), len(s.costs), first, ratio(first.median, base),
			all, ratio(all.median, base), ms(s.spread(cost.cpu).median), s.memory())
	}
	write("\nBoth ratios are to the time in which the commands by hand are through.")
	write("%s\n", boundsKeyless)
}

func (r *results) writeHealthy(write printer) {
	d := r.plain.healthy
	base := d.hand.wall().median
	write("## A healthy server: check\n")
	write("| | runs | time | ratio | CPU | peak memory |")
	write("|---|---|---|---|---|---|")
	for _, s := range []*sample{d.hand, d.doctor} {
		write("| `%s` | %d | %s | %s | %s | %s |", s.line(), len(s.costs), s.wall(), ratio(s.wall().median, base),
			ms(s.spread(cost.cpu).median), s.memory())
	}
	write("\n%s\n", boundsHealthy)
}

func (r *results) writeGrowth(write printer) {
	if len(r.loaded) == 0 {
		return
	}
	write("## A box that carries a lot\n")
	write("| beside | check | to by hand | CPU | to the plain box | peak memory |")
	write("|---|---|---|---|---|---|")
	all := append([]round{r.plain}, r.loaded...)
	plain := r.plain.healthy.doctor.spread(cost.cpu).median
	for _, at := range all {
		check := at.healthy.doctor
		cpu := check.spread(cost.cpu).median
		write("| %s | %s | %s | %s | %s | %s |", at.name(), check.wall(),
			ratio(check.wall().median, at.healthy.hand.wall().median), ms(cpu), ratio(cpu, plain), check.memory())
	}
	write("\n| beside | heal: first key exchange | to by hand | heal: finished | to by hand | peak memory |")
	write("|---|---|---|---|---|---|")
	for _, at := range all {
		heal, hand := at.keyless.doctor, at.keyless.hand.wall().median
		first := heal.spread(cost.first)
		write("| %s | %s | %s | %s | %s | %s |", at.name(), first, ratio(first.median, hand),
			heal.wall(), ratio(heal.wall().median, hand), heal.memory())
	}
	write("\n%s\n", boundsGrowth)
}

// name is what the box carried, in words.
func (r round) name() string {
	if r.load == "" {
		return "nothing"
	}
	return r.load
}

func (r *results) writeParts(write printer) {
	write("## The parts, and the binary\n")
	write("| | command | runs | time | CPU | peak memory |")
	write("|---|---|---|---|---|---|")
	for _, s := range r.parts {
		write("| %s | `%s` | %d | %s | %s | %s |", s.name, s.line(), len(s.costs), s.wall(), ms(s.spread(cost.cpu).median), s.memory())
	}
	write("\nThe binary has %.2f MiB (%d bytes). %s\n", float64(r.size)/(1<<20), r.size, boundsSize)
}

func (r *results) writeMethod(write printer) {
	m := r.machine
	write("## How it was measured\n")
	write("On %s: %d cores (%s), %s of memory, Linux %s. Boxes: Debian %s, %s, %s. %s, built with %s. "+
		"Load average before it began: %s. All of it took %.0f s.\n",
		m.day, m.cores, m.cpu, m.memory, m.kernel, m.debian, m.openssh, m.system, m.doctor, m.goVersion, m.busy, r.took.Seconds())
	write("%s", strings.TrimSpace(method))
}

func (s spread) String() string {
	return fmt.Sprintf("%s (%s to %s)", ms(s.median), number(s.low), number(s.high))
}

func (s *sample) memory() string { return fmt.Sprintf("%.1f MiB", s.rss()) }

func ms(d time.Duration) string { return number(d) + " ms" }

func number(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func ratio(a, b time.Duration) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2fx", float64(a)/float64(b))
}
