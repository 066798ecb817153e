package host

import (
	"strings"
	"testing"
)

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

// As systemd-escape --path --suffix=... prints them.
func TestPathUnit(t *testing.T) {
	for want, path := range map[string]string{
		"-.mount": "/", "data.mount": "/data", `srv-my\x20keys.mount`: "/srv/my keys/",
		`a\x2db-c.d.mount`: "/a-b/c.d", `\x2ehidden.mount`: "/.hidden",
		"dev-vdb1.device": "/dev/vdb1",
		`dev-disk-by\x2duuid-3c9f24f1\x2d0d6e\x2d4f.device`: "/dev/disk/by-uuid/3c9f24f1-0d6e-4f",
		`dev-mapper-vg0\x2dmy\x20disk.device`:               "/dev/mapper/vg0-my disk",
		`dev-disk-by\x2dlabel-data_1.2:3-.hide.device`:      "/dev/disk/by-label/data_1.2:3/.hide",
	} {
		if got := PathUnit(path, want[strings.LastIndexByte(want, '.'):]); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
