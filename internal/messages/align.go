package messages

import (
	"regexp"
	"slices"
	"strings"
)

// pattern is a message as words.
type pattern struct {
	entry   *Entry
	message Message
	// lead is how many words may stand in the place of what differs at the
	// beginning.
	lead  int
	words []patternWord
	total float64
}

type patternWord struct {
	text   string
	weight float64
	// open is how many words may stand in the place of what differs behind it.
	open int
}

// holes takes a message apart: the fixed texts, and between each two of them the
// name of what differs each time.
func holes(message string) (fixed, names []string) {
	for {
		before, rest, ok := strings.Cut(message, "<")
		name, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			return append(fixed, message), names
		}
		fixed, names, message = append(fixed, before), append(names, name), after
	}
}

// room is how many words what differs may have, when it is typed without
// punctuation. An address counts as one.
func room(hole string) int {
	switch hole {
	case "n", "port":
		return 1
	case "host", "user", "type", "word":
		return 3
	case "list":
		return mostWords
	case "text":
		return 12
	}
	return 8
}

func newPattern(e *Entry, said Message) pattern {
	p := pattern{entry: e, message: said}
	fixed, names := holes(said.Text)
	for i, text := range fixed {
		for _, w := range words(text) {
			p.words = append(p.words, patternWord{text: w})
		}
		switch n := len(p.words); {
		case i == len(names):
		case n == 0:
			p.lead += room(names[i])
		default:
			p.words[n-1].open += room(names[i])
		}
	}
	return p
}

// askedWord is a word that somebody typed.
type askedWord struct {
	// means are the words of the table that it may be: itself, or one that is
	// nearly the same.
	means []string
	// exact: it is the word itself.
	exact  bool
	weight float64
	// more: it goes on with a number, as the parts of an address do.
	more bool
}

const (
	// strange is the weight of a word that is in no message: a name, a number.
	strange = 2.5
	// nearly is what a misspelt word counts.
	nearly = 0.75
)

// prefix is what a log puts before a message: the time, the machine, the program.
func prefix() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\S{3} [ \d]\d [\d:.]{8,} \S+ |\d{4}-\d\d-\d\dT\S+ \S+ )?[\w.@/-]+\[\d+\]: `)
}

// ask makes words of a line, at most so many, and tells whether it was one of a
// log.
func (m *Matcher) ask(line string, most int) (asked []askedWord, logged bool) {
	line = strings.TrimSpace(line)
	lead := m.prefix.FindString(line)
	line = line[len(lead):]
	typed := words(line)
	typed = typed[:min(len(typed), max(most, 0))]
	out := make([]askedWord, 0, len(typed))
	for i, w := range typed {
		a := askedWord{weight: strange}
		if weight, known := m.vocabulary[w]; known {
			a = askedWord{means: []string{w}, exact: true, weight: weight}
		} else {
			a.means = m.nearly(w, i == len(typed)-1)
		}
		a.more = i > 0 && isNumber(w) && isNumber(typed[i-1])
		out = append(out, a)
	}
	return out, lead != ""
}

// nearly lists the words of the table that a misspelt one may be. The last word
// of a line may be cut off.
func (m *Matcher) nearly(w string, last bool) []string {
	const shortest, long, longest = 4, 8, 32
	var out []string
	if len(w) > longest || len(w) < shortest-1 {
		return nil
	}
	most := 1
	if len(w) >= long {
		most = 2
	}
	for v := range m.vocabulary {
		if last && strings.HasPrefix(v, w) || len(w) >= shortest && len(v) >= shortest && within(w, v, most) {
			out = append(out, v)
		}
	}
	return out
}

// alignment is how well a text and a message go together.
type alignment struct {
	score float64
	// weight and count are those of the words in common, missed that of the words
	// of the text for which the message has no place.
	weight, missed float64
	count          int
	// end is the number of words of the message up to where it ends.
	end int
}

// sure tells whether the text holds the message, or the text is a part of it. A
// message that is all there may stand among other words; a part of one may not.
func (a alignment) sure(p pattern) bool {
	share, covered := a.weight/p.total, a.weight/(a.weight+a.missed)
	switch n := len(p.words); {
	case a.count < 2:
		return n == 1 && share == 1 && a.missed == 0
	case share >= 0.8 && n > 3 && a.count >= 3:
		return true
	case share >= 0.8 && n <= 3:
		return covered >= 0.5
	case a.count == 2:
		return covered >= 0.9 && share >= 0.5
	}
	return covered >= 0.7
}

// like tells whether a message is worth being offered: a good part of the text is
// in it.
func (a alignment) like() bool {
	return (a.count > 1 || a.weight >= 4) && a.weight >= 2 && a.weight/(a.weight+a.missed) >= 0.3
}

// step is the way by which a cell of the table was reached.
type step byte

const (
	begin step = iota
	both
	skipWord
	skipAsked
)

// align finds the best place of a message in a text, in part or whole: the words
// in common, in their order, less what has to be passed over on the way
// (Smith and Waterman's local alignment).
func (p pattern) align(asked []askedWord) alignment {
	n, width := len(p.words), len(asked)+1
	score, from := make([]float64, (n+1)*width), make([]step, (n+1)*width)
	best, bestAt := 0.0, 0
	for i := 1; i <= n; i++ {
		w := p.words[i-1]
		for j := 1; j < width; j++ {
			at := i*width + j
			s, how := 0.0, begin
			if same := asked[j-1].same(w.text); same > 0 {
				s, how = score[at-width-1]+w.weight*same, both
			}
			if v := score[at-width] - w.weight/2; v > s {
				s, how = v, skipWord
			}
			if v := score[at-1] - asked[j-1].passing(w); v > s {
				s, how = v, skipAsked
			}
			if score[at], from[at] = s, how; s > best {
				best, bestAt = s, at
			}
		}
	}
	return p.trace(asked, from, best, bestAt)
}

// trace goes back from the end of the best place and adds up.
func (p pattern) trace(asked []askedWord, from []step, best float64, at int) alignment {
	width := len(asked) + 1
	a := alignment{score: best, end: at / width}
	for _, w := range asked {
		a.missed += w.weight
	}
	if i := at / width; i > 0 {
		a.missed -= fitting(asked[at%width:], p.words[i-1].open)
	}
	end := at % width
	for from[at] != begin {
		i, j := at/width-1, at%width-1
		switch from[at] {
		case both:
			a.missed -= fitting(asked[j+1:end], p.words[i].open)
			a.weight += p.words[i].weight * asked[j].same(p.words[i].text)
			a.missed -= asked[j].weight
			a.count++
			at, end = at-width-1, j
		case skipWord:
			at -= width
		default:
			at--
		}
	}
	if at/width == 0 {
		before := slices.Clone(asked[:at%width])
		slices.Reverse(before)
		a.missed -= fitting(before, p.lead)
	}
	return a
}

// fitting is the weight of the words that find room in the place of what differs
// each time; none where they are too many by far.
func fitting(words []askedWord, room int) float64 {
	sum, n := 0.0, 0
	for _, w := range words {
		if !w.more {
			n++
		}
		if n > room {
			break
		}
		sum += w.weight
	}
	return sum
}

// same is how much a typed word counts for a word of a message.
func (a askedWord) same(w string) float64 {
	if a.exact {
		if a.means[0] == w {
			return 1
		}
		return 0
	}
	for _, m := range a.means {
		if m == w {
			return nearly
		}
	}
	return 0
}

// passing is what it costs to pass over a typed word behind a word of a message.
func (a askedWord) passing(w patternWord) float64 {
	if w.open > 0 {
		return 0.02
	}
	return 0.2 + a.weight/4
}
