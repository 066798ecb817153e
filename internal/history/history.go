// Package history is what runs that nobody watches remember of one another, so
// that a timer neither repairs for ever what something else breaks for ever, nor
// says the same thing at each interval for years.
//
// On a healthy machine there is nothing to remember and no file. What is
// remembered is bounded: it does not grow with the years.
//
// All that decides is pure: the memory, a report and the moment go in, and what
// may be repaired, what is to be told and the next memory come out.
package history

import (
	"slices"
	"time"
)

// Schema is the version of the form of the file.
const Schema = 1

// Memory is all that is remembered.
type Memory struct {
	Schema int `json:"schema"`
	// Seq counts the times that it was written: of two copies, the one with the
	// higher number is the newer, whatever the clocks said.
	Seq int `json:"seq"`
	// Machine is the machine-id(5): what was remembered elsewhere came with an
	// image and is not this machine's.
	Machine string `json:"machine,omitempty"`
	// Heals are the last runs that repaired something, oldest first.
	Heals []Heal `json:"heals,omitempty"`
	// Tries are the repairs that do not help.
	Tries []Try `json:"tries,omitempty"`
	// State is what was last told of how the machine stands; empty for healthy.
	State string `json:"state,omitempty"`
	// Since is when that was told, for the last time.
	Since Moment `json:"since,omitzero"`
	// News are the last times at which a change of State was told.
	News []Moment `json:"news,omitempty"`
}

// Heal is one run that repaired something.
type Heal struct {
	At Moment `json:"at"`
	// Code is the first of what was repaired; empty for a run that did not live
	// to say.
	Code string `json:"code,omitempty"`
	// Keys: it made host keys, so clients see another server.
	Keys bool `json:"keys,omitempty"`
}

// Try is a repair that was tried, and after which its fault was still there.
type Try struct {
	Code string `json:"code"`
	// Fails counts how often in a row.
	Fails int    `json:"fails"`
	Last  Moment `json:"last"`
}

// The most that is kept of each kind: more than any limit counts.
const (
	mostHeals = 16
	mostTries = 16
)

// Moment is a time, told in two ways: clocks are set, and machines boot.
type Moment struct {
	// Wall is the clock, which may have been wrong.
	Wall time.Time `json:"wall"`
	// Up is the time since the boot, sleep included, by a clock that nobody sets.
	Up time.Duration `json:"up"`
	// Boot is the id of the boot that Up counts from.
	Boot string `json:"boot,omitempty"`
}

// Since is how long ago a moment was, seen from now. Within a boot, the clock that
// nobody sets tells. Across boots only the wall clock can, and where that makes
// no sense (it went back, it began at 1970) it was before this boot at any rate.
func (now Moment) Since(then Moment) time.Duration {
	if then.Boot == now.Boot && now.Boot != "" && then.Up <= now.Up {
		return now.Up - then.Up
	}
	return max(now.Wall.Sub(then.Wall), now.Up)
}

// within counts the moments that are less than a span ago.
func within(now Moment, span time.Duration, then []Moment) int {
	n := 0
	for _, t := range then {
		if now.Since(t) < span {
			n++
		}
	}
	return n
}

// last keeps the last n of a list.
func last[T any](list []T, n int) []T {
	return slices.Clone(list[max(0, len(list)-n):])
}

// Same tells whether two memories hold the same, whenever they were written.
func (m Memory) Same(other Memory) bool {
	return m.State == other.State && m.Since == other.Since && slices.Equal(m.Heals, other.Heals) &&
		slices.Equal(m.Tries, other.Tries) && slices.Equal(m.News, other.News)
}

// Forget is what is left when a person has repaired the machine: nothing of
// earlier repairs and failures. What was told remains, so that the next run tells
// that it is over.
func (m Memory) Forget() Memory {
	return Memory{Schema: m.Schema, Seq: m.Seq, Machine: m.Machine, State: m.State, Since: m.Since}
}
