package bundle

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// sockets lists what listens, and who holds it.
func sockets(ctx context.Context, h *host.Host) []Entry {
	e := Entry{Name: "sockets.txt", Source: "listening TCP sockets, from the kernel"}
	var all []host.Listener
	var inodes []uint64
	for _, six := range []bool{false, true} {
		list, err := h.Listeners(ctx, six)
		if err != nil {
			list, err = h.ListenersFromProc(ctx, six)
		}
		if err != nil && !host.IsAbsent(err) {
			e.Missing = why(err)
			return []Entry{e}
		}
		for _, l := range list {
			if !slices.Contains(inodes, l.Inode) {
				all, inodes = append(all, l), append(inodes, l.Inode)
			}
		}
	}
	holders := h.HoldersOf(ctx, inodes, nil)
	var out strings.Builder
	for _, l := range all {
		fmt.Fprintf(&out, "%s", l.Addr)
		for _, pid := range holders.PIDs[l.Inode] {
			fmt.Fprintf(&out, "  %s", owner(h, pid))
		}
		out.WriteString("\n")
	}
	if len(all) == 0 {
		out.WriteString("nothing listens\n")
	}
	e.Data = []byte(out.String())
	return []Entry{e}
}

func owner(h *host.Host, pid int) string {
	p, err := h.Process(pid)
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	s := fmt.Sprintf("%s (process %d, uid %d", p.Program(), pid, p.UID)
	if p.Unit != "" {
		s += ", " + p.Unit
	}
	return s + ")"
}

// machine shows what the machine has left: of disk, of memory, of time.
func (f From) machine(_ context.Context, h *host.Host) []Entry {
	var out strings.Builder
	out.WriteString("Free for root: MiB, inodes (-1: no fixed number)\n")
	for _, dir := range []string{"/", "/boot", "/etc", "/home", "/run", "/tmp", "/usr", "/var", "/var/log"} {
		bytes, inodes, err := h.Files.Space(dir)
		if err != nil {
			fmt.Fprintf(&out, "  %-10s %s\n", dir, why(err))
			continue
		}
		note := ""
		if ro, err := h.Files.ReadOnly(dir); err == nil && ro {
			note = "  read-only"
		}
		fmt.Fprintf(&out, "  %-10s %8d %10d%s\n", dir, bytes>>20, inodes, note)
	}
	first := ""
	if name, err := h.Files.Read("/proc/1/comm", 64); err == nil {
		first = strings.TrimSpace(string(name))
	}
	fmt.Fprintf(&out, "\nProcess 1: %s\n", first)
	if f.Systemd {
		fmt.Fprintf(&out, "systemd is reached over its %s\n", h.Systemd.Via())
	} else {
		fmt.Fprintf(&out, "%s\n", f.NoSystemd)
	}
	for _, p := range []struct {
		path  string
		lines int
	}{
		{"/proc/uptime", 1},
		{"/proc/loadavg", 1},
		{"/proc/meminfo", 24},
		{"/proc/sys/kernel/random/entropy_avail", 1},
		{"/proc/sys/fs/file-nr", 1},
		{"/proc/pressure/memory", 2},
		{"/proc/pressure/io", 2},
		{"/proc/sys/crypto/fips_enabled", 1},
		{"/sys/fs/selinux/enforce", 1},
	} {
		data, err := h.Files.Read(p.path, readLimit)
		if err != nil {
			continue
		}
		fmt.Fprintf(&out, "\n%s:\n", p.path)
		for i, l := range strings.SplitAfter(string(data), "\n") {
			if i < p.lines {
				out.WriteString(l)
			}
		}
	}
	return []Entry{{Name: "machine.txt", Source: "/proc and file systems", Data: []byte(out.String())}}
}

// versions asks the programs that matter who they are.
func (f From) versions(ctx context.Context, h *host.Host) []Entry {
	var out strings.Builder
	for _, path := range []string{"/proc/version", "/etc/os-release", "/etc/debian_version"} {
		if data, err := h.Files.Read(path, readLimit); err == nil {
			fmt.Fprintf(&out, "%s:\n%s\n", path, data)
		}
	}
	for _, c := range []host.Command{
		{Path: f.Sshd, Args: []string{"-V"}},
		{Path: tool(h, "ssh"), Args: []string{"-V"}},
		{Path: tool(h, "openssl"), Args: []string{"version"}},
		{Path: tool(h, "systemctl"), Args: []string{"--version"}},
	} {
		if !filepath.IsAbs(c.Path) {
			continue
		}
		c.Timeout = toolTimeout
		run(ctx, h, &out, c)
	}
	return []Entry{{Name: "versions.txt", Source: "programs, /etc/os-release, /proc/version", Data: []byte(out.String())}}
}

// run shows a command and what it said.
func run(ctx context.Context, h *host.Host, out *strings.Builder, c host.Command) {
	fmt.Fprintf(out, "$ %s\n", c)
	res := h.Run(ctx, c)
	out.Write(res.Stdout)
	out.Write(res.Stderr)
	switch {
	case res.Err != nil:
		fmt.Fprintf(out, "%v\n", res.Err)
	case res.Code != 0:
		fmt.Fprintf(out, "(exit status %d)\n", res.Code)
	}
	out.WriteString("\n")
}

// packages has the package manager compare what is installed with what was
// shipped. It reads every file of the packages, so it has the longest deadline.
func packages(ctx context.Context, h *host.Host) []Entry {
	var out strings.Builder
	asked := false
	for _, m := range []struct {
		tool    string
		queries [][]string
	}{
		{"dpkg", [][]string{{"-l", "openssh-server", "openssh-client", "libssl3", "libssl3t64", "libssl1.1", "systemd"}, {"-V", "openssh-server", "openssh-client"}}},
		{"rpm", [][]string{{"-q", "openssh-server", "openssh", "openssl-libs", "systemd"}, {"-V", "openssh-server", "openssh"}}},
		{"apk", [][]string{{"info", "-v"}, {"audit", "/etc/ssh"}}},
		{"pacman", [][]string{{"-Q", "openssh", "openssl", "systemd"}, {"-Qkk", "openssh"}}},
	} {
		program := tool(h, m.tool)
		if program == "" || m.tool == "rpm" && asked {
			continue
		}
		asked = true
		for _, q := range m.queries {
			run(ctx, h, &out, host.Command{Path: program, Args: q, Timeout: packageTimeout})
		}
	}
	e := Entry{Name: "packages.txt", Source: "package manager", Data: []byte(out.String())}
	if !asked {
		e.Missing = "no package manager that is known was found"
	}
	return []Entry{e}
}
