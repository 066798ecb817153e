package journal

import (
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestStopped(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"381 (sshd) S 1 381 381 0 -1", false},
		{"381 (sshd) T 1 381 381 0 -1", true},
		{"381 (sshd) t 1 381 381 0 -1", true},
		{"381 (a) T 1 (x) S 1 381", false},
		{"381 (sshd", false},
		{"", false},
	} {
		if got := parseStopped(tt.text); got != tt.want {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
}

// As org.freedesktop.systemd1(5) has RestrictAddressFamilies: whether the list
// says what is allowed, and the list.
func TestNoIP(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    any
		want bool
	}{
		{"not set", []any{false, []string{}}, false},
		{"none", []any{true, []string{}}, true},
		{"others", []any{true, []string{"AF_UNIX", "AF_NETLINK"}}, true},
		{"all that is needed", []any{true, []string{"AF_UNIX", "AF_INET", "AF_INET6"}}, false},
		{"IPv4 alone", []any{true, []string{"AF_INET"}}, false},
		{"all but both", []any{false, []string{"AF_INET", "AF_INET6"}}, true},
		{"all but one", []any{false, []string{"AF_INET6"}}, false},
		{"another type", "yes", false},
		{"nothing", nil, false},
	} {
		props := host.Properties{"RestrictAddressFamilies": tt.v}
		if got := noIP(props.Tuple("RestrictAddressFamilies")); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
