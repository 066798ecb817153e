package host

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// All processes of one program of a disk together: how many, and bytes of
// memory. Limits of single processes do not stop one that forks without end.
const (
	fenceProcesses = 64
	fenceMemory    = 256 << 20
)

// fence makes control groups, cgroups(7), for a program of a disk, of whichever
// version this machine has. A machine without them has no fence; the deadline
// ends everything all the same. It returns the files by which a process enters.
func fence() (enter []*os.File, remove func()) {
	const root = "/sys/fs/cgroup"
	pids, memory := strconv.Itoa(fenceProcesses), strconv.Itoa(fenceMemory)
	var dirs []string
	for _, g := range []struct {
		dir    string
		kind   int64
		limits map[string]string
	}{
		{root, unix.CGROUP2_SUPER_MAGIC, map[string]string{"pids.max": pids, "memory.max": memory, "memory.swap.max": "0"}},
		{root + "/pids", unix.CGROUP_SUPER_MAGIC, map[string]string{"pids.max": pids}},
		{root + "/memory", unix.CGROUP_SUPER_MAGIC, map[string]string{"memory.limit_in_bytes": memory}},
	} {
		var st unix.Statfs_t
		if unix.Statfs(g.dir, &st) != nil || int64(st.Type) != g.kind {
			continue
		}
		dir := filepath.Join(g.dir, "sshd-doctor-"+randomName())
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		dirs = append(dirs, dir)
		for name, limit := range g.limits {
			// A controller that is not switched on has no such file.
			_ = os.WriteFile(filepath.Join(dir, name), []byte(limit), 0)
		}
		if file, err := os.OpenFile(filepath.Join(dir, "cgroup.procs"), os.O_WRONLY, 0); err == nil {
			enter = append(enter, file)
		}
	}
	return enter, func() { removeGroups(dirs) }
}

// removeGroups removes control groups whose processes have ended.
func removeGroups(dirs []string) {
	const tries, pause = 50, 10 * time.Millisecond
	for _, dir := range dirs {
		for range tries {
			if unix.Rmdir(dir) == nil {
				break
			}
			time.Sleep(pause)
		}
	}
}
