package sshdconf

import "strings"

// glued tells whether a line holds a second keyword about access: some tool
// appended its line to a file whose last line had no end, or the end of a line
// got lost. keyword is the line's own one, which most likely means meant.
func glued(keyword, meant string, rest []string, table map[string]string) bool {
	for k := range table {
		if len(k) >= shortKeyword && strings.Contains(keyword, k) && !strings.Contains(meant, k) {
			return true
		}
		for _, value := range rest {
			for _, word := range strings.FieldsFunc(value, func(r rune) bool { return letters(string(r)) == "" }) {
				if hides(letters(word), k) {
					return true
				}
			}
		}
	}
	return false
}

// shortKeyword: words shorter than this occur by chance, in paths and the like.
const shortKeyword = 8

// hides tells whether a keyword, perhaps misspelt, stands somewhere in a word
// such as "noPermitRootLogn". A short one counts only at the word's end, which
// is where it is after a value.
func hides(word, keyword string) bool {
	if len(keyword) < shortKeyword {
		return strings.HasSuffix(word, keyword)
	}
	return inside(word, keyword) <= len(keyword)/6
}

// inside is the smallest distance between a pattern and any part of a text.
func inside(text, pattern string) int {
	row := make([]int, len(pattern)+1)
	for j := range row {
		row[j] = j
	}
	best := row[len(pattern)]
	for i := range len(text) {
		// The column for no letter of the pattern stays zero: the part may begin
		// anywhere.
		before := row[0]
		for j := range len(pattern) {
			cost := 1
			if text[i] == pattern[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, before+cost)
			before, row[j+1] = row[j+1], next
		}
		best = min(best, row[len(pattern)])
	}
	return best
}
