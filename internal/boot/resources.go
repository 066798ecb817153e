package boot

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// cgroupRoot is where the unified hierarchy of cgroups(7) is mounted; with
// version 1 the other hierarchies lie below it.
const cgroupRoot = "/sys/fs/cgroup"

// unknown stands for a number that could not be read.
const unknown = -1

// resources reads what a few files of the kernel say; mainPID names sshd's
// control group.
func resources(h *host.Host, mainPID int) Resources {
	r := Resources{UnitOOMKills: unknown}
	mem := read(h, "/proc/meminfo")
	r.MemTotal, r.MemAvailable = kilobytes(mem, "MemTotal"), kilobytes(mem, "MemAvailable")
	r.OOMKills = number(read(h, "/proc/vmstat"), "oom_kill")
	r.tasks(h)
	if mainPID > 0 {
		if p, err := h.Process(mainPID); err == nil && p.CGroup != "" {
			r.UnitOOMKills = number(read(h, cgroupRoot+p.CGroup+"/memory.events"), "oom_kill")
			r.limits(h, p.CGroup)
		}
	}
	r.Full = full(h)
	return r
}

func read(h *host.Host, name string) []byte {
	data, err := h.Files.Read(name, 64<<10)
	if err != nil {
		return nil
	}
	return data
}

// kilobytes reads a line of /proc/meminfo, "MemTotal:  1024 kB", in bytes.
func kilobytes(data []byte, name string) int64 {
	for line := range bytes.Lines(data) {
		var n int64
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			if _, err := fmt.Sscanf(string(rest), "%d kB", &n); err == nil && n >= 0 {
				return n << 10
			}
		}
	}
	return unknown
}

// number reads a line of /proc/vmstat or of a file of a control group, "name 7".
func number(data []byte, name string) int64 {
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			return integer(rest)
		}
	}
	return unknown
}

// integer reads a file or line that holds one number.
func integer(data []byte) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil || n < 0 {
		return unknown
	}
	return n
}

// tasks counts what runs by /proc/loadavg, whose fourth word is "running/all".
func (r *Resources) tasks(h *host.Host) {
	r.Tasks, r.TasksMax = unknown, unknown
	if f := strings.Fields(string(read(h, "/proc/loadavg"))); len(f) == 5 {
		if _, all, ok := strings.Cut(f[3], "/"); ok {
			r.Tasks = integer([]byte(all))
		}
	}
	for _, name := range []string{"/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"} {
		if n := integer(read(h, name)); n > 0 && (r.TasksMax < 0 || n < r.TasksMax) {
			r.TasksMax = n
		}
	}
}

// limits reads the pids controller of a control group and of those above it.
func (r *Resources) limits(h *host.Host, group string) {
	for ; group != "/" && group != "."; group = path.Dir(group) {
		dir := cgroupRoot + group
		l := TaskLimit{
			Group: group, Max: integer(read(h, dir+"/pids.max")), Current: integer(read(h, dir+"/pids.current")),
			Refused: number(read(h, dir+"/pids.events"), "max"),
		}
		if l.Max > 0 {
			r.Limits = append(r.Limits, l)
		}
	}
}

// littleRoom is what a full file system may still show as free, in bytes: a tmpfs
// keeps a few pages back for each processor.
const littleRoom = 64 << 10

// full lists the file systems on which sshd, its unit or a login needs to write
// and cannot. What is read-only, or has no fixed size, is not full.
func full(h *host.Host) []Full {
	var out []Full
	seen := map[uint64]bool{}
	for _, p := range []string{"/", "/run", "/var", "/tmp"} {
		st, err := h.Files.Stat(p)
		if err != nil || seen[st.Dev] {
			continue
		}
		seen[st.Dev] = true
		fs, err := h.Files.FileSystem(p)
		if err != nil || fs.Type == unix.RAMFS_MAGIC || fs.Bytes == 0 {
			continue
		}
		if ro, err := h.Files.ReadOnly(p); err != nil || ro {
			continue
		}
		noInodes := fs.Inodes > 0 && fs.FreeInodes == 0
		if noRoom := fs.FreeBytes < littleRoom; noRoom || noInodes {
			out = append(out, Full{Path: p, Inodes: noInodes && !noRoom})
		}
	}
	return out
}
