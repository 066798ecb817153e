package journal

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// limits reads how many files a process may have open and how many it has.
func limits(h *host.Host, pid int) Limits {
	var l Limits
	dir := fmt.Sprintf("/proc/%d", pid)
	data, err := h.Files.Read(dir+"/limits", 64<<10)
	if err == nil {
		l.OpenFiles, err = parseLimits(string(data))
	}
	if err == nil {
		var open []string
		open, err = h.Files.Names(dir + "/fd")
		l.Open = len(open)
	}
	if err != nil {
		l.Err = err.Error()
	}
	return l
}

// stopped tells whether a process does nothing until somebody lets it go on; what
// cannot be read counts as no.
func stopped(h *host.Host, pid int) bool {
	data, err := h.Files.Read(fmt.Sprintf("/proc/%d/stat", pid), 4<<10)
	return err == nil && parseStopped(string(data))
}

// parseStopped reads the state in /proc/PID/stat, proc(5). It stands behind the
// name, which may hold anything, brackets too.
func parseStopped(text string) bool {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	return len(f) > 0 && (f[0] == "T" || f[0] == "t")
}

// parseLimits reads the soft limit of open files from /proc/PID/limits, proc(5).
func parseLimits(text string) (int, error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "Max open files ")
		if !ok {
			continue
		}
		f := strings.Fields(rest)
		if len(f) > 0 && f[0] == "unlimited" {
			return math.MaxInt, nil
		}
		if len(f) == 3 && f[2] == "files" {
			if n, err := strconv.Atoi(f[0]); err == nil && n >= 0 {
				return n, nil
			}
		}
		return 0, fmt.Errorf("cannot read a limit: %.80q", line)
	}
	return 0, fmt.Errorf("cannot find the limit of open files in %.80q", text)
}
