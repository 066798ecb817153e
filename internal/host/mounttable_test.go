package host

import "testing"

func TestUnescapeMount(t *testing.T) {
	for _, c := range []struct {
		in, want string
		bad      bool
	}{
		{in: "/srv", want: "/srv"},
		{in: `/a\040b\134`, want: `/a b\`},
		{in: `/a\04`, bad: true},
		{in: `/a\xyz`, bad: true},
	} {
		got, err := UnescapeMount(c.in)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%q: %q, %v", c.in, got, err)
		}
	}
}
