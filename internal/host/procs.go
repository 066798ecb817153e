package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// Process is what /proc says about a process, and of whom.
type Process struct {
	PID, PPID int
	// UID is the effective user.
	UID int
	// Name is the kernel's name for it, at most 15 characters and whatever the
	// program chose. Exe is the program file; empty when it cannot be told.
	Name, Exe string
	// ExeDeleted: the file was deleted or replaced since it was started.
	ExeDeleted bool
	// Unit is the systemd unit it runs in; empty when there is none. CGroup is
	// the control group by which that was told.
	Unit, CGroup string
}

// Program is the best name for what runs: the file name where the kernel's name
// for it was cut off.
func (p Process) Program() string {
	base := p.Exe[strings.LastIndexByte(p.Exe, '/')+1:]
	if p.Name == "" || (len(p.Name) == 15 && strings.HasPrefix(base, p.Name)) {
		return base
	}
	return p.Name
}

// Process describes a running process. What may not be read is left empty.
func (h *Host) Process(pid int) (Process, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := h.Files.Read(dir+"/status", 64<<10)
	if err != nil {
		return Process{}, fmt.Errorf("cannot look at process %d: %w", pid, err)
	}
	p, err := parseStatus(status)
	if err != nil {
		return Process{}, fmt.Errorf("cannot read %s/status: %w", dir, err)
	}
	p.PID = pid
	if exe, err := h.Files.Readlink(dir + "/exe"); err == nil {
		exe, p.ExeDeleted = strings.CutSuffix(exe, " (deleted)")
		p.Exe = safetext.ASCII(exe)
	}
	if group, err := h.Files.Read(dir+"/cgroup", 64<<10); err == nil {
		p.CGroup, p.Unit = parseCgroup(string(group))
	}
	return p, nil
}

// parseStatus reads the lines of /proc/PID/status that are wanted.
func parseStatus(data []byte) (Process, error) {
	p := Process{PPID: -1, UID: -1}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "Name":
			p.Name = safetext.ASCII(value)
		case "PPid":
			p.PPID, err = strconv.Atoi(value)
		case "Uid":
			// Real, effective, saved, file system.
			if ids := strings.Fields(value); len(ids) == 4 {
				p.UID, err = strconv.Atoi(ids[1])
			}
		}
		if err != nil {
			return Process{}, fmt.Errorf("not a number: %.80q", line)
		}
	}
	if p.Name == "" || p.PPID < 0 || p.UID < 0 {
		return Process{}, fmt.Errorf("no name, parent or user in it: %.80q", data)
	}
	return p, nil
}

const (
	// holdersTimeout bounds the look into every process of the box.
	holdersTimeout = 3 * time.Second
	// maxProcesses caps it.
	maxProcesses = 1 << 17
	fdBatch      = 512
)

// Holders is who has certain sockets open.
type Holders struct {
	// PIDs of each inode, ascending.
	PIDs map[uint64][]int
	// Open holds every socket inode of the first of the likely processes.
	Open map[uint64]bool
	// Dirs is how many processes were looked into; All says that it was every
	// one of them, Denied how many refused.
	Dirs   int
	All    bool
	Denied int
	// Err says why the look was broken off, nil when it was not.
	Err error
}

// HoldersOf finds the processes that have the given socket inodes open. It asks
// the likely ones first, and all others only while an inode has no holder: on a
// healthy box that is one or two directories instead of hundreds.
func (h *Host) HoldersOf(ctx context.Context, inodes []uint64, likely []int) Holders {
	out := Holders{PIDs: map[uint64][]int{}}
	wanted := make(map[uint64]bool, len(inodes))
	for _, i := range inodes {
		wanted[i] = true
	}
	looked := map[int]bool{}
	for i, pid := range likely {
		// The first is looked into in any case: it tells where sshd listens.
		if pid <= 0 || looked[pid] || (i > 0 && out.found(wanted)) {
			continue
		}
		looked[pid] = true
		open := out.look(h, pid, wanted)
		if i == 0 {
			out.Open = open
		}
	}
	if !out.found(wanted) {
		out.rest(ctx, h, wanted, looked)
	}
	return out
}

func (o *Holders) found(wanted map[uint64]bool) bool {
	for i := range wanted {
		if len(o.PIDs[i]) == 0 {
			return false
		}
	}
	return true
}

// rest looks into every other process: all of them, because one socket can have
// several holders, and which one matters is not known here.
func (o *Holders) rest(ctx context.Context, h *Host, wanted map[uint64]bool, looked map[int]bool) {
	ctx, cancel := context.WithTimeout(ctx, holdersTimeout)
	defer cancel()
	names, err := h.Files.Names("/proc")
	if err != nil {
		o.Err = fmt.Errorf("cannot list processes: %w", err)
		return
	}
	isPID := func(name string) bool { return name[0] >= '1' && name[0] <= '9' }
	if !slices.ContainsFunc(names, isPID) {
		// A directory for a mount that is not there.
		o.Err = fmt.Errorf("cannot list processes: %w", ErrNoProc)
		return
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || looked[pid] {
			continue
		}
		if err := ctx.Err(); err != nil {
			o.Err = fmt.Errorf("cannot look into every process: %w after %d of them", err, o.Dirs)
			return
		}
		if o.Dirs >= maxProcesses {
			o.Err = fmt.Errorf("cannot look into every process: more than %d", maxProcesses)
			return
		}
		o.look(h, pid, wanted)
	}
	o.All = true
}

// look notes which of the wanted sockets a process holds, and returns all of
// its sockets; nil when that could not be seen.
func (o *Holders) look(h *Host, pid int, wanted map[uint64]bool) map[uint64]bool {
	o.Dirs++
	open, err := h.sockets(pid)
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH):
		// It has ended.
		return nil
	default:
		o.Denied++
		return nil
	}
	for i := range open {
		if wanted[i] {
			o.PIDs[i] = insert(o.PIDs[i], pid)
		}
	}
	return open
}

// Holds tells whether a process has a socket open.
func (h *Host) Holds(pid int, inode uint64) (bool, error) {
	open, err := h.sockets(pid)
	if err != nil {
		return false, fmt.Errorf("cannot see what process %d has open: %w", pid, err)
	}
	return open[inode], nil
}

// insert keeps a short list in order.
func insert(list []int, pid int) []int {
	list = append(list, pid)
	for i := len(list) - 1; i > 0 && list[i] < list[i-1]; i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

// sockets returns the inodes of the sockets that a process has open.
func (h *Host) sockets(pid int) (map[uint64]bool, error) {
	dir, err := os.Open(h.Files.real("/proc/" + strconv.Itoa(pid) + "/fd"))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	open := map[uint64]bool{}
	link := make([]byte, 64)
	for {
		names, err := dir.Readdirnames(fdBatch)
		for _, name := range names {
			n, err := unix.Readlinkat(int(dir.Fd()), name, link)
			if err != nil {
				// EACCES here means that no link of it may be read.
				if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
					return nil, err
				}
				continue
			}
			if inode, ok := socketInode(string(link[:n])); ok {
				open[inode] = true
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return open, nil
		case err != nil:
			return nil, err
		}
	}
}

// socketInode reads "socket:[12345]".
func socketInode(link string) (uint64, bool) {
	s, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	s, ok = strings.CutSuffix(s, "]")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}
