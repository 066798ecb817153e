package host

import (
	"fmt"
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
