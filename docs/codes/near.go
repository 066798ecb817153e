package codes

import (
	"cmp"
	"slices"
	"strings"
)

const (
	// mostNear is how many names are worth reading for somebody who mistyped one.
	mostNear = 3
	// longestName bounds what is compared: no name is that long.
	longestName = 64
)

// Near lists the names that somebody may have meant, nearest first; none where
// nothing is like it.
func Near(name string) []string {
	name = strings.ToLower(name)
	if name == "" || len(name) > longestName {
		return nil
	}
	type candidate struct {
		name string
		cost int
	}
	var found []candidate
	for _, n := range names() {
		if c, ok := cost(name, n); ok {
			found = append(found, candidate{n, c})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	var out []string
	for _, c := range found[:min(len(found), mostNear)] {
		out = append(out, c.name)
	}
	return out
}

// cost says how far a name is from what was typed, in letters; false when it is
// too far to be meant. Words that were left out count little: "masked" is near
// to unit-masked.
func cost(typed, name string) (int, bool) {
	whole := distance(typed, name)
	if whole <= max(1, len(typed)/4) {
		return whole, true
	}
	words, all := strings.Split(typed, "-"), strings.Split(name, "-")
	sum, long := 0, len(typed) >= 2*shortest
	for _, w := range words {
		best := len(w)
		for _, a := range all {
			best = min(best, distance(w, a))
		}
		if best > len(w)/3 {
			return 0, false
		}
		sum += best
		long = long || len(w) >= shortest
	}
	// Each word that was not typed costs a letter, and so do the rest: a whole
	// name that is a little wrong comes before a part that is right.
	return sum + max(0, len(all)-len(words)) + len(typed)/4, long
}

// shortest: words below this many letters occur everywhere, and one of them alone
// says nothing.
const shortest = 4

// distance is the number of letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before, row[j+1] = row[j+1], min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
