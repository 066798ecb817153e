package box

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Boxes that share a control group see each other's processes. Each gets one
// of its own in every hierarchy that systemd manages: cgroup v2, and on an
// older host the v1 hierarchy named systemd. Where the host's PID 1 is systemd
// that is its business: it is asked for a delegated scope instead.
//
// The group's name belongs to one box only, so whatever is in it may be killed
// with the box.

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

// groups lists the control groups that a box has, each before those below it.
func groups(name string) []string {
	var dirs []string
	for _, mount := range groupMounts() {
		for _, top := range []string{
			filepath.Join(mount, groupName(name)),
			filepath.Join(mount, "system.slice", groupName(name)+".scope"),
		} {
			filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
				if err == nil && e.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
		}
	}
	return dirs
}

// killGroups kills every process of a box and waits until they are gone.
func killGroups(name string, limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		left := 0
		for _, dir := range groups(name) {
			text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
			for _, word := range strings.Fields(string(text)) {
				left++ // 0 stands for one that this PID namespace does not see
				if pid, err := strconv.Atoi(word); err == nil && pid > 1 {
					syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("cannot end box %s: %d processes are still there", name, left)
		}
	}
}

// removeGroups deletes the empty control groups of a box. The kernel needs a
// moment after the last process, so it tries for a while and then leaves it.
func removeGroups(name string) {
	for range 20 {
		dirs := groups(name)
		if len(dirs) == 0 {
			return
		}
		for _, dir := range slices.Backward(dirs) {
			os.Remove(dir)
		}
		if exists(dirs[0]) {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
