package host

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// FstabLine is one line of fstab(5) that names a mount point.
type FstabLine struct {
	// Number counts from 1.
	Number int
	Text   string
	// What is mounted, Where, and of which type.
	What, Where, Type string
	Options           []string
}

// Has tells whether an option is set, whatever its value.
func (l FstabLine) Has(option string) bool {
	return slices.ContainsFunc(l.Options, func(o string) bool { return o == option || strings.HasPrefix(o, option+"=") })
}

// ParseFstab returns the lines of fstab(5) that name a mount point. A line that
// cannot be understood does not hide the others: it is quoted in the error.
func ParseFstab(r io.Reader) ([]FstabLine, error) {
	var out []FstabLine
	var errs []error
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		l := strings.TrimSpace(lines.Text())
		if l == "" || l[0] == '#' {
			continue
		}
		fields := strings.Fields(l)
		if len(fields) < 2 {
			errs = append(errs, fmt.Errorf("cannot find a mount point in %q", l))
			continue
		}
		where, err := UnescapeMount(fields[1])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !strings.HasPrefix(where, "/") {
			continue
		}
		f := FstabLine{Number: n, Text: l, What: fields[0], Where: path.Clean(where)}
		if len(fields) > 2 {
			f.Type = fields[2]
		}
		if len(fields) > 3 {
			f.Options = strings.Split(fields[3], ",")
		}
		out = append(out, f)
	}
	return out, errors.Join(append(errs, lines.Err())...)
}
