package sshdconf

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// meaning is what a word in the place of a keyword most likely stands for; sure
// is false when it could as well be something else.
type meaning struct {
	keyword string
	sure    bool
}

// nearest finds the keyword that a misspelt word most likely means: itself, or
// one within a third of its letters. Between a keyword about access and another
// one the former is meant unless the latter is nearer.
func nearest(word string, known []string, table map[string]string) meaning {
	if _, ok := table[word]; ok || slices.Contains(known, word) {
		return meaning{word, true}
	}
	limit := max(2, len(word)/3)
	about, other := rank(word, limit, maps.Keys(table)), rank(word, limit, slices.Values(known))
	other = slices.DeleteFunc(other, func(c candidate) bool { _, ok := table[c.keyword]; return ok })
	switch {
	case len(other) > 0 && other[0].at <= limit && other[0].at < about[0].at:
		return meaning{other[0].keyword, other[0].at <= max(1, len(word)/6)}
	case about[0].at > limit:
		return meaning{word, false}
	}
	// Most slips are one or two letters. Where two keywords about access are
	// about as near, or none is really near, only the owner knows.
	sure := about[0].at <= max(1, len(word)/6) && about[1].at > about[0].at+1
	return meaning{about[0].keyword, sure}
}

// candidate is a keyword and its distance from a word.
type candidate struct {
	keyword string
	at      int
}

// rank sorts keywords by their distance from a word, nearest first. Beyond the
// limit the distance is not exact: it does not matter there.
func rank(word string, limit int, keywords iter.Seq[string]) []candidate {
	var out []candidate
	for k := range keywords {
		// Each letter that one has more costs at least one step.
		at := max(len(word)-len(k), len(k)-len(word))
		if at <= limit {
			at = distance(word, k)
		}
		out = append(out, candidate{k, at})
	}
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.keyword, b.keyword))
	})
	return out
}

// distance is the number of letters to insert, delete, change or swap with
// their neighbour (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
