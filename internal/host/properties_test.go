package host

import (
	"slices"
	"testing"
	"time"
)

// systemd writes a time as microseconds since 1970, no limit as the largest number
// (org.freedesktop.systemd1(5)).
func TestTimesOfSystemd(t *testing.T) {
	p := Properties{"usual": uint64(90_000_000), "infinity": ^uint64(0), "now": uint64(1_700_000_000_000_000), "never": uint64(0), "other": "x"}
	if got := p.Span("usual"); got != 90*time.Second {
		t.Error(got)
	}
	if got := p.Span("infinity"); got != 0 {
		t.Error(got)
	}
	if got := p.Uint("infinity"); got != 0 {
		t.Error(got)
	}
	if got := p.Moment("now"); !got.Equal(time.Unix(1_700_000_000, 0)) {
		t.Error(got)
	}
	for _, name := range []string{"never", "infinity", "other", "absent"} {
		if got := p.Moment(name); !got.IsZero() {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What is absent, shorter or of another type than in another version is empty.
func TestPropertiesOfOtherTypes(t *testing.T) {
	for name, p := range map[string]Properties{
		"absent":  nil,
		"strange": {"x": struct{}{}},
		"shorter": {"x": []any{}},
	} {
		if p.String("x") != "" || p.Strings("x") != nil || p.Bool("x") || p.Int("x") != 0 || p.Uint("x") != 0 || p.Tuples("x", 2) != nil {
			t.Errorf("%s: something is read", name)
		}
		if one := p.Tuple("x"); one.String(0) != "" || one.Strings(1) != nil || one.Bool(2) || one.Int(3) != 0 || !one.Moment(4).IsZero() {
			t.Errorf("%s: something is read at a position", name)
		}
	}
	p := Properties{"x": [][]any{{"a", int32(-1)}, {"b"}, {"c", uint32(7), true}, {"d", int64(2)}}}
	var got []string
	for _, one := range p.Tuples("x", 2) {
		got = append(got, one.String(0))
	}
	if !slices.Equal(got, []string{"a", "d"}) || p.Tuples("x", 2)[0].Int(1) != -1 {
		t.Errorf("%q", got)
	}
}
