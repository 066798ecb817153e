package host

import (
	"math"
	"time"
)

// Properties are those of a unit, by name, of the types that
// org.freedesktop.systemd1(5) gives them. What is absent or of another type is
// empty: older versions of systemd lack some of them.
type Properties map[string]any

// Tuple is a structure of D-Bus, with its fields by position.
type Tuple []any

// String is a text.
func (p Properties) String(name string) string { return textOf(p[name]) }

// Strings is a list of texts.
func (p Properties) Strings(name string) []string { return textsOf(p[name]) }

// Bool is a truth value.
func (p Properties) Bool(name string) bool { return p[name] == true }

// Int is a number of any size.
func (p Properties) Int(name string) int { return numberOf(p[name]) }

// Uint is a number without a sign; systemd's "infinity" counts as not known, as 0.
func (p Properties) Uint(name string) uint64 {
	n, ok := p[name].(uint64)
	if !ok || n == math.MaxUint64 {
		return 0
	}
	return n
}

// Moment is a time of the clock on the wall, zero where it is none.
func (p Properties) Moment(name string) time.Time { return momentOf(p[name]) }

// Span is a length of time; 0 for more than anybody waits, "infinity" among it.
func (p Properties) Span(name string) time.Duration {
	const most = 365 * 24 * time.Hour
	n, ok := p[name].(uint64)
	if !ok || n > uint64(most/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// Tuple is one structure.
func (p Properties) Tuple(name string) Tuple {
	t, _ := p[name].([]any)
	return t
}

// Tuples is a list of structures, those of them that have so many fields.
func (p Properties) Tuples(name string, fields int) []Tuple {
	all, _ := p[name].([][]any)
	var out []Tuple
	for _, t := range all {
		if len(t) == fields {
			out = append(out, t)
		}
	}
	return out
}

// String is the text at a position.
func (t Tuple) String(i int) string { return textOf(t.at(i)) }

// Strings is the list of texts at a position.
func (t Tuple) Strings(i int) []string { return textsOf(t.at(i)) }

// Bool is the truth value at a position.
func (t Tuple) Bool(i int) bool { return t.at(i) == true }

// Int is the number at a position.
func (t Tuple) Int(i int) int { return numberOf(t.at(i)) }

// Moment is the time at a position.
func (t Tuple) Moment(i int) time.Time { return momentOf(t.at(i)) }

func (t Tuple) at(i int) any {
	if i >= len(t) {
		return nil
	}
	return t[i]
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

func textsOf(v any) []string {
	s, _ := v.([]string)
	return s
}

func numberOf(v any) int {
	switch n := v.(type) {
	case int32:
		return int(n)
	case uint32:
		return int(n)
	case int64:
		return int(n)
	case uint64:
		return int(n)
	}
	return 0
}

// momentOf reads microseconds since 1970, of which 0 is no moment.
func momentOf(v any) time.Time {
	n, ok := v.(uint64)
	if !ok || n == 0 || n > math.MaxInt64 {
		return time.Time{}
	}
	return time.UnixMicro(int64(n))
}
