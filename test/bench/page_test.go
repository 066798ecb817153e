package main

import (
	"strings"
	"testing"
	"time"
)

func costs(walls ...time.Duration) []cost {
	var all []cost
	for i, w := range walls {
		began := int64(i) * int64(time.Hour)
		all = append(all, cost{Began: began, Ended: began + int64(w), reached: began + int64(w)/2,
			CPU: int64(w) / 4, RSSKiB: int64(1024 * (i + 1))})
	}
	return all
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		name string
		runs []time.Duration
		want spread
	}{
		{"one", []time.Duration{7}, spread{7, 7, 7}},
		{"odd, unsorted", []time.Duration{30, 10, 20}, spread{20, 10, 30}},
		{"even: between the middle two", []time.Duration{40, 10, 20, 30}, spread{25, 10, 40}},
	} {
		s := sample{costs: costs(c.runs...)}
		if got := s.wall(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPageHoldsTheFigures(t *testing.T) {
	duel := func(hand, doctor time.Duration) duel {
		d := newDuel("sshd-doctor heal", "heal")
		d.hand.costs, d.doctor.costs = costs(hand), costs(doctor)
		return d
	}
	r := &results{
		plain:  round{healthy: duel(80*time.Millisecond, 40*time.Millisecond), keyless: duel(800*time.Millisecond, 600*time.Millisecond)},
		loaded: []round{{load: "many cats", healthy: duel(80*time.Millisecond, 60*time.Millisecond), keyless: duel(800*time.Millisecond, 400*time.Millisecond)}},
		size:   6 << 20,
	}
	page := r.page()
	for _, want := range []string{
		"| `sshd-doctor heal` | 1 | 300 ms (300 to 300) | 0.38x | 600 ms (600 to 600) | 0.75x | 150 ms | 1.0 MiB |",
		"| many cats | 60 ms (60 to 60) | 0.75x | 15 ms | 1.50x | 1.0 MiB |",
		"| many cats | 200 ms (200 to 200) | 0.25x | 400 ms (400 to 400) | 0.50x | 1.0 MiB |",
		"The binary has 6.00 MiB (6291456 bytes).",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}
