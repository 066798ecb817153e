package boot

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// maxTable caps fstab, mountinfo and the like, in bytes.
	maxTable = 1 << 20
	// maxMounts caps the mounts that are named, maxSaid the lines about each.
	maxMounts, maxSaid = 8, 3
)

// collectStop finds out whether the boot stopped, and at what. Where sshd is up
// it is enough to look for the control groups of the two shells.
func collectStop(ctx context.Context, h *host.Host, from From) Stop {
	var s Stop
	if !from.Systemd || from.Up && !shellRuns(h) {
		return s
	}
	for _, mode := range []string{Emergency, Rescue} {
		p, err := h.Systemd.Properties(ctx, mode+".target")
		if err != nil {
			s.Err = printable(err.Error())
			return s
		}
		if p.String("ActiveState") == "active" {
			s.Mode = mode
			break
		}
	}
	if s.Mode == "" {
		return s
	}
	// In a container systemd takes its own arguments for those of the kernel.
	for _, file := range []string{"/proc/cmdline", "/proc/1/cmdline"} {
		line, err := h.Files.Read(file, maxTable)
		if err == nil && s.Asked == "" {
			s.Asked = asked(strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	if ro, err := h.Files.ReadOnly("/"); err == nil {
		s.ReadOnly = ro
	}
	s.mounts(ctx, h)
	s.failed(ctx, h, from.Unit)
	return s
}

// shellRuns tells whether emergency.service or rescue.service has processes, by
// their control groups, on either version of cgroups(7).
func shellRuns(h *host.Host) bool {
	for _, root := range []string{cgroupRoot, cgroupRoot + "/systemd", cgroupRoot + "/unified"} {
		for _, mode := range []string{Emergency, Rescue} {
			if there, err := h.Files.Exists(root + "/system.slice/" + mode + ".service"); err == nil && there {
				return true
			}
		}
	}
	return false
}

// mounts finds what local-fs.target requires and did not get. A mount whose
// device never came has not failed for systemd: it was never tried.
func (s *Stop) mounts(ctx context.Context, h *host.Host) {
	target, err := h.Systemd.Properties(ctx, "local-fs.target")
	if err != nil {
		s.Err = printable(err.Error())
		return
	}
	var table []host.FstabLine
	if data, err := h.Files.Read("/etc/fstab", maxTable); err == nil {
		table, _ = host.ParseFstab(bytes.NewReader(data))
	}
	for _, unit := range slices.Sorted(slices.Values(target.Strings("Requires"))) {
		if !strings.HasSuffix(unit, ".mount") || len(s.Mounts) == maxMounts {
			continue
		}
		p, err := h.Systemd.Properties(ctx, unit)
		if err != nil || p.String("ActiveState") == "active" {
			continue
		}
		m := Mount{Unit: unit, Where: printable(p.String("Where")), What: printable(p.String("What")), Result: printable(p.String("Result"))}
		m.gone(h)
		if !m.Gone && m.Result == "success" {
			continue // nothing is known against it
		}
		m.locate(table)
		m.Said = said(ctx, h, m)
		s.Mounts = append(s.Mounts, m)
	}
}

func (m *Mount) gone(h *host.Host) {
	if strings.HasPrefix(m.What, "/dev/") {
		there, err := h.Files.Exists(m.What)
		m.Gone = err == nil && !there
	}
}

func (m *Mount) locate(table []host.FstabLine) {
	for _, l := range table {
		if l.Where == m.Where {
			m.Line, m.Text = l.Number, printable(l.Text)
		}
	}
}

// failed lists the other units that failed: a file system check, a disk that
// could not be unlocked.
func (s *Stop) failed(ctx context.Context, h *host.Host, sshd string) {
	units, err := h.Systemd.Failed(ctx)
	if err != nil {
		s.Err = printable(err.Error())
		return
	}
	for _, u := range units {
		known := slices.ContainsFunc(s.Mounts, func(m Mount) bool { return m.Unit == u })
		if !known && u != sshd {
			s.Failed = append(s.Failed, printable(u))
		}
	}
}

// said reads what the mount and its device have logged in this boot.
func said(ctx context.Context, h *host.Host, m Mount) []string {
	args := []string{"--no-pager", "-q", h.Files.ThisBoot(), "-o", "cat", "-n", "20", "-u", m.Unit}
	if m.Gone {
		args = append(args, "-u", host.PathUnit(m.What, ".device"))
	}
	for _, path := range []string{"/usr/bin/journalctl", "/bin/journalctl"} {
		if there, _ := h.Files.Exists(path); !there {
			continue
		}
		res := h.Run(ctx, host.Command{Path: path, Args: args, Timeout: 5 * time.Second})
		return telling(string(res.Stdout))
	}
	return nil
}

// telling drops the lines that only repeat that it failed.
func telling(journal string) []string {
	var out []string
	for l := range strings.Lines(journal) {
		l = printable(strings.TrimSpace(l))
		repeats := slices.ContainsFunc([]string{
			"Mounting ", "Failed to mount", "Dependency failed", "Failed with result", "process exited",
			": Job ", "dmesg(1) may have more",
		}, func(s string) bool { return strings.Contains(l, s) })
		if l != "" && !repeats && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out[max(0, len(out)-maxSaid):]
}
