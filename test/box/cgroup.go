package box

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Boxes that share a control group see each other's processes. Each gets one
// of its own in every hierarchy that systemd manages: cgroup v2, and on an
// older host the v1 hierarchy named systemd. Where the host's PID 1 is systemd
// that is its business: it is asked for a delegated scope instead.

// groupName is the control group, or the scope, of a box.
func groupName(name string) string { return "sshd-doctor-box-" + name }

// hostHasSystemd is sd_booted(3).
func hostHasSystemd() bool { return exists("/run/systemd/system") }

// makeGroups creates the control groups of a box and returns the files that a
// process enters them by.
func makeGroups(name string) ([]string, error) {
	var doors []string
	for _, mount := range groupMounts() {
		dir := filepath.Join(mount, groupName(name))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		doors = append(doors, filepath.Join(dir, "cgroup.procs"))
	}
	return doors, nil
}

// groupMounts lists where the hierarchies are mounted that systemd manages.
func groupMounts() []string {
	f, err := os.Open("/proc/self/mounts")
	if err != nil {
		return nil
	}
	defer f.Close()
	var found []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			continue
		}
		v2 := fields[2] == "cgroup2"
		named := fields[2] == "cgroup" &&
			slices.Contains(strings.Split(fields[3], ","), "name=systemd")
		if v2 || named {
			found = append(found, fields[1])
		}
	}
	return found
}

// removeGroups deletes the control groups of a box. The kernel needs a moment
// after the last process, so it tries for a while and then leaves it.
func removeGroups(name string) {
	for _, mount := range groupMounts() {
		dir := filepath.Join(mount, groupName(name))
		for range 20 {
			removeGroup(dir)
			if !exists(dir) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// removeGroup removes a control group and those below it, the deepest first.
func removeGroup(dir string) {
	var dirs []string
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, d := range slices.Backward(dirs) {
		os.Remove(d)
	}
}
