package boot

import (
	"bytes"
	"context"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// Collect looks at the machine. Where sshd is up and there is no firewall it
// starts no process and asks systemd nothing: some forty system calls.
func Collect(ctx context.Context, h *host.Host, from From) Facts {
	f := Facts{From: from, Initrd: initrd(h)}
	if from.Up {
		f.Stop = collectStop(ctx, h, from)
		f.Resources = resources(h, from.MainPID)
		f.Firewall = firewall(ctx, h)
		return f
	}
	// Nobody gets in, so the questions may cost something; they do not need one
	// another.
	var all sync.WaitGroup
	all.Go(func() { f.Stop = collectStop(ctx, h, from) })
	all.Go(func() { f.Names = names(ctx, h, from) })
	all.Go(func() { f.Firewall = firewall(ctx, h) })
	f.Resources = resources(h, from.MainPID)
	all.Wait()
	return f
}

// CollectDisk looks at the room on a disk, all that there is to a system that
// does not run.
func CollectDisk(h *host.Host) Facts {
	return Facts{Resources: Resources{
		MemTotal: unknown, MemAvailable: unknown, OOMKills: unknown, UnitOOMKills: unknown,
		Tasks: unknown, TasksMax: unknown, Full: full(h),
	}}
}

// initrdMark is by what systemd tells that it runs in the initial ramdisk
// (systemd's in_initrd(); dracut and mkinitcpio make the file as well).
const initrdMark = "/etc/initrd-release"

// initrd says by what this is told to be the initial ramdisk. The root that the
// kernel unpacks it into is of the type rootfs; a system that only keeps its
// root in memory has a tmpfs mounted over that.
func initrd(h *host.Host) string {
	if there, err := h.Files.Exists(initrdMark); err == nil && there {
		return initrdMark + " exists"
	}
	root, err := h.Files.FileSystem("/")
	if err != nil || !root.InMemory() {
		return ""
	}
	if root.Type == unix.RAMFS_MAGIC {
		return "/ is a ramfs"
	}
	table, err := h.Files.MountTable(maxTable)
	if err == nil && rootType(bytes.NewReader(table)) == "rootfs" {
		return "/ is the kernel's rootfs"
	}
	return ""
}

// names asks for both names that sshd's unit can have.
func names(ctx context.Context, h *host.Host, from From) []Name {
	if !from.Systemd {
		return nil
	}
	var out []Name
	for _, name := range []string{"ssh.service", "sshd.service"} {
		p, err := h.Systemd.Properties(ctx, name)
		if err != nil {
			return nil
		}
		out = append(out, Name{Name: name, ID: printable(p.String("Id")), LoadState: printable(p.String("LoadState"))})
	}
	return out
}

// printable makes what somebody else chose fit for a terminal.
func printable(s string) string { return safetext.Start(s, 300) }
