package host

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// UnescapeMount undoes how fstab(5) and mountinfo (proc(5)) write white space and
// backslashes: three octal digits behind a backslash.
func UnescapeMount(s string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if len(s) < i+4 {
			return "", fmt.Errorf("cannot read the escape in %q", s)
		}
		n, err := strconv.ParseUint(s[i+1:i+4], 8, 8)
		if err != nil {
			return "", fmt.Errorf("cannot read the escape in %q", s)
		}
		out.WriteByte(byte(n))
		i += 3
	}
	return out.String(), nil
}

// PathUnit is the name of the unit of a kind (".mount", ".device") for a path
// (systemd.unit(5), "String Escaping for Inclusion in Unit Names").
func PathUnit(where, kind string) string {
	var out strings.Builder
	for i, c := range []byte(strings.Trim(path.Clean(where), "/")) {
		switch {
		case c == '/':
			out.WriteByte('-')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == ':', c == '_', c == '.' && i > 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, `\x%02x`, c)
		}
	}
	if out.Len() == 0 {
		return "-" + kind
	}
	return out.String() + kind
}
