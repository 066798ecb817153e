package hostkeys

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// parseFstab returns the mount points that fstab(5) names. A line that cannot be
// understood does not hide the others: it is quoted in the error.
func parseFstab(r io.Reader) ([]string, error) {
	var points []string
	var errs []error
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) < 2 {
			errs = append(errs, fmt.Errorf("cannot find a mount point in %q", lines.Text()))
			continue
		}
		point, err := host.UnescapeMount(fields[1])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		// Swap has "none" or "swap" here.
		if strings.HasPrefix(point, "/") {
			points = append(points, path.Clean(point))
		}
	}
	return points, errors.Join(append(errs, lines.Err())...)
}

// parseMountinfo returns the mount points of /proc/PID/mountinfo (proc(5)).
func parseMountinfo(r io.Reader) (map[string]bool, error) {
	points := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // an overlay can name many directories
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			return nil, fmt.Errorf("cannot find a mount point in %q", lines.Text())
		}
		point, err := host.UnescapeMount(fields[4])
		if err != nil {
			return nil, err
		}
		points[point] = true
	}
	return points, lines.Err()
}

// above lists dir and the directories above it, without the root.
func above(dir string) []string {
	var out []string
	for d := path.Clean(dir); d != "/" && d != "."; d = path.Dir(d) {
		out = append(out, d)
	}
	return out
}

// parseGroup returns the number of a group in group(5); -1 when it is not there.
func parseGroup(r io.Reader, name string) int {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 || fields[0] != name {
			continue
		}
		if gid, err := strconv.Atoi(fields[2]); err == nil && gid >= 0 {
			return gid
		}
	}
	return -1
}
