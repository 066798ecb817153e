package messages

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
)

const (
	// MostText caps what is read of a text, in bytes: more than any client says
	// at once.
	MostText = 4 << 10
	// mostWords caps how many words of it are compared.
	mostWords = 500
	mostLines = 60
	// mostNear is how many messages are offered to choose from.
	mostNear = 8
)

// Hit is a message that was found in a text.
type Hit struct {
	Entry   *Entry
	Message Message
	// weight is how much of the text it accounts for, share how much of the
	// message is there.
	weight, share float64
	// end is how many of its words were reached, at its place in the table.
	end, at int
	// line is where it was found.
	line string
	// Others: other programs say the same, as far as the text goes.
	Others bool
}

// Text is the message, to where the text ends: what was not typed may be another.
func (h *Hit) Text() string {
	if h.share >= mostly {
		return h.Message.Text
	}
	fields, n := strings.Fields(h.Message.Text), 0
	for i, f := range fields {
		fixed, _ := holes(f)
		n += len(words(strings.Join(fixed, " ")))
		if n >= h.end && i < len(fields)-1 {
			return strings.Join(fields[:i+1], " ") + " ..."
		}
	}
	return h.Message.Text
}

// Found is what a text was recognised as. Sure holds the messages in it, the
// most telling first; where nothing is sure, Near holds those to choose from.
type Found struct {
	Sure []*Hit
	Near []*Hit
}

// Matcher finds messages in what somebody typed.
type Matcher struct {
	entries  []Entry
	patterns []pattern
	// vocabulary holds each word of the table with its weight: what few messages
	// have in common says more.
	vocabulary map[string]float64
	prefix     *regexp.Regexp
	// handedOn is behind what another program puts before the words of ssh.
	handedOn *regexp.Regexp
}

// NewMatcher makes a matcher for a table.
func NewMatcher(entries []Entry) *Matcher {
	small := strings.Fields("the is in of to and or for on at with by from was be this that it are has have an not no you")
	m := &Matcher{entries: entries, vocabulary: map[string]float64{}, prefix: prefix(),
		handedOn: regexp.MustCompile(`(?i)(?:to the host via ssh:?|could not establish connection to "[^"]*"[:.]?)\s`)}
	count := map[string]int{}
	for i := range entries {
		for _, said := range entries[i].Messages {
			p := newPattern(&entries[i], said)
			m.patterns = append(m.patterns, p)
			for _, w := range distinct(p.words) {
				count[w]++
			}
		}
	}
	for w, n := range count {
		m.vocabulary[w] = math.Log(float64(len(m.patterns)+1) / float64(n))
		switch {
		case isNumber(w):
			m.vocabulary[w] = 1 // it may be anything
		case slices.Contains(small, w):
			m.vocabulary[w] = 0.5
		}
	}
	for i := range m.patterns {
		p := &m.patterns[i]
		for j := range p.words {
			p.words[j].weight = m.vocabulary[p.words[j].text]
			p.total += p.words[j].weight
		}
	}
	return m
}

func distinct(in []patternWord) []string {
	var out []string
	for _, w := range in {
		if !slices.Contains(out, w.text) {
			out = append(out, w.text)
		}
	}
	return out
}

// Match finds messages in a text. It never guesses: what could be several things
// is left to be chosen from.
func (m *Matcher) Match(text string) Found {
	text = m.handedOn.ReplaceAllString(unfolded(Clean(text)), "$0\n")
	text = spoken(text)
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
	lines = lines[:min(len(lines), mostLines)]
	if len(lines) > 1 {
		// Whoever types breaks lines where the screen does.
		lines = append(lines, strings.Join(lines, " "))
	}
	var found Found
	left := mostWords
	for i, line := range lines {
		if i > 0 && i == len(lines)-1 && len(found.Sure) > 0 {
			break
		}
		asked, logged := m.ask(line, left)
		left -= len(asked)
		sure, near := m.line(asked, logged)
		if sure != nil {
			sure.line = line
			found.Sure = append(found.Sure, sure)
		}
		found.Near = append(found.Near, near...)
	}
	found.Sure = telling(found.Sure)
	found.Near = choices(found.Near)
	if len(found.Sure) > 0 {
		found.Near = nil
	}
	return found
}

// line finds the message of one line, or those that it could be.
func (m *Matcher) line(asked []askedWord, logged bool) (sure *Hit, near []*Hit) {
	var all []*Hit
	for i := range m.patterns {
		if a := m.patterns[i].align(asked); a.weight > 0 {
			p := m.patterns[i]
			h := &Hit{Entry: p.entry, Message: p.message, weight: a.score, share: a.weight / p.total, end: a.end, at: i}
			switch {
			case a.sure(p):
				all = append(all, h)
			case a.like():
				near = append(near, h)
			}
		}
	}
	if !logged {
		all = withoutTwins(all)
	}
	if len(all) == 0 {
		return nil, near
	}
	slices.SortStableFunc(all, func(a, b *Hit) int { return cmp.Compare(b.rank(), a.rank()) })
	best := all[0]
	for _, h := range all[1:] {
		if h.Entry != best.Entry && best.share < whole && h.rank() > best.rank()*alike {
			return nil, append(all, near...)
		}
	}
	return usual(best, append(all, near...)), near
}

// usual is the first message of the same meaning that the text is as much a part
// of: OpenSSH's own, in most cases.
func usual(best *Hit, all []*Hit) *Hit {
	if best.share >= whole {
		return best
	}
	var same []*Hit
	for _, h := range all {
		if h.Entry == best.Entry && h.weight >= best.weight*nearlyAll {
			same = append(same, h)
		}
	}
	first := slices.MinFunc(same, func(a, b *Hit) int { return cmp.Compare(a.at, b.at) })
	first.Others = slices.ContainsFunc(same, func(h *Hit) bool { return h.Message.By != first.Message.By })
	return first
}

// withoutTwins leaves out incomplete messages whose twin was found as well.
func withoutTwins(in []*Hit) []*Hit {
	return slices.DeleteFunc(slices.Clone(in), func(h *Hit) bool {
		return h.Entry.Twin != "" && h.share < whole &&
			slices.ContainsFunc(in, func(o *Hit) bool { return o.Entry.Name == h.Entry.Twin })
	})
}

const (
	// whole: with so much of it there, a message is taken for complete.
	whole = 0.95
	// mostly: with so much, the rest is of no account.
	mostly = 0.75
	// nearlyAll: what differs by less is the same.
	nearlyAll = 0.98
	// alike: messages within this of the best one could as well be meant.
	alike = 0.93
)

// rank orders hits: by what they account for, and a little by how complete they
// are.
func (h *Hit) rank() float64 { return h.weight * (0.9 + 0.1*h.share) }

// telling puts the messages that say most first, one for each entry: what keeps a
// client from logging in before how a login ended, of which every log is full;
// then mere consequences, and programs around ssh last.
func telling(in []*Hit) []*Hit {
	sum := map[*Entry]float64{}
	for _, h := range in {
		sum[h.Entry] += h.rank()
	}
	class := func(e *Entry) int {
		switch {
		case e.Look == Wrapper:
			return 3
		case e.Consequence:
			return 2
		case e.Look == Auth:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(in, func(a, b *Hit) int {
		return cmp.Or(cmp.Compare(class(a.Entry), class(b.Entry)), cmp.Compare(sum[b.Entry], sum[a.Entry]), cmp.Compare(b.rank(), a.rank()))
	})
	return firstOfEach(in)
}

// choices are the nearest messages, best first, one for each entry: as the first
// program in it says it, where several say as much of the text.
func choices(in []*Hit) []*Hit {
	const least = 2 // a word that is not in every other message
	in = slices.DeleteFunc(in, func(h *Hit) bool { return h.weight < least })
	slices.SortStableFunc(in, func(a, b *Hit) int { return cmp.Compare(b.rank(), a.rank()) })
	best := firstOfEach(in)
	best = best[:min(len(best), mostNear)]
	for i, b := range best {
		best[i] = usual(b, in)
	}
	return best
}

func firstOfEach(in []*Hit) []*Hit {
	var out []*Hit
	for _, h := range in {
		if !slices.ContainsFunc(out, func(o *Hit) bool { return o.Entry == h.Entry }) {
			out = append(out, h)
		}
	}
	return out
}
