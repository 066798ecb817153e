package disk

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// maxTable caps /etc/fstab and the configuration of cloud-init, in bytes.
const maxTable = 1 << 20

// Collect reads files of the disk; of this machine it looks only at which
// devices there are. The trial is its caller's.
func Collect(h *host.Host) Facts {
	var f Facts
	text, err := h.Files.Read("/etc/fstab", maxTable)
	if err == nil {
		lines, _ := host.ParseFstab(bytes.NewReader(text))
		f.fstab(h, lines)
	}
	f.cloudInit(h)
	return f
}

func (f *Facts) fstab(h *host.Host, lines []host.FstabLine) {
	for _, l := range lines {
		if needed(l.Where) && !mounted(h, l.Where) {
			f.Parts = append(f.Parts, l)
			continue
		}
		if !stops(l) {
			continue
		}
		missing, known := missing(h, unlocked(l, h))
		switch {
		case !known:
			f.Untold = append(f.Untold, l)
		case missing != "":
			f.Stops = append(f.Stops, Stop{l, missing})
		}
	}
}

// needed tells whether sshd or its configuration would lie on a mount.
func needed(where string) bool {
	return slices.Contains([]string{"/usr", "/etc", "/etc/ssh", "/lib", "/var"}, where)
}

// mounted tells whether a directory of the disk lies on another device than the
// one above it, or is anything but an empty directory.
func mounted(h *host.Host, where string) bool {
	own, err1 := h.Files.Stat(where)
	above, err2 := h.Files.Stat(path.Dir(where))
	if err1 != nil || err2 != nil || own.Dev != above.Dev {
		return err1 == nil && err2 == nil
	}
	names, err := h.Files.Names(where)
	return err == nil && len(names) > 0
}

// stops tells whether the boot waits for a mount and ends in emergency mode
// without it (systemd-fstab-generator(8)). Network mounts belong to a later
// target, which sshd does not need.
func stops(l host.FstabLine) bool {
	for _, o := range []string{"nofail", "noauto", "_netdev", "x-systemd.automount"} {
		if l.Has(o) {
			return false
		}
	}
	switch l.Type {
	case "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "9p", "virtiofs", "fuse.sshfs", "swap", "ncpfs", "afs":
		return false
	}
	if l.Where == "/" {
		// It is mounted already when systemd reads the table, from what the kernel
		// was told: no device is waited for (mount_add_device_dependencies in
		// systemd's src/core/mount.c).
		return false
	}
	_, isDevice := device(l.What)
	return isDevice || l.Has("bind") || l.Has("rbind")
}

// device is where a machine has the device that the first field of fstab(5)
// names; false where that is no device.
func device(what string) (string, bool) {
	if strings.HasPrefix(what, "/dev/") {
		return path.Clean(what), true
	}
	name, value, ok := strings.Cut(what, "=")
	dir := map[string]string{"UUID": "by-uuid", "LABEL": "by-label", "PARTUUID": "by-partuuid", "PARTLABEL": "by-partlabel"}[name]
	if !ok || dir == "" {
		return "", false
	}
	value = strings.Trim(value, `"`)
	// udev(7) escapes what does not belong into a file name.
	return "/dev/disk/" + dir + "/" + strings.ReplaceAll(value, " ", `\x20`), !strings.Contains(value, "/")
}

// unlocked is a line with the encrypted device that crypttab(5) opens under the
// name in it: that name is made at boot, and is another one or none here.
func unlocked(l host.FstabLine, h *host.Host) host.FstabLine {
	name, ok := strings.CutPrefix(l.What, "/dev/mapper/")
	text, err := h.Files.Read("/etc/crypttab", maxTable)
	if !ok || err != nil {
		return l
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			l.What = fields[1]
		}
	}
	return l
}

// missing is what a line needs and what is not there. Devices are those of this
// machine, which may lack a disk that the server has, or name it differently.
func missing(h *host.Host, l host.FstabLine) (what string, known bool) {
	dev, ok := device(l.What)
	if !ok {
		there, err := h.Files.Exists(l.What)
		if err != nil || there {
			return "", err == nil
		}
		return l.What, true
	}
	// udev(7) makes the directories of /dev/disk as there are devices for them.
	if there, err := h.Here.Exists("/dev/disk"); strings.HasPrefix(dev, "/dev/disk/") && (err != nil || !there) {
		return "", false
	}
	there, err := h.Here.Exists(dev)
	if err != nil || there {
		return "", err == nil
	}
	return dev, true
}

// cloudInit tells whether cloud-init takes the next boot for the first one of an
// instance: then it deletes the host keys and makes new ones, unless told not to
// (cc_ssh, ssh_deletekeys).
func (f *Facts) cloudInit(h *host.Host) {
	if there, err := h.Files.Exists("/usr/bin/cloud-init"); err != nil || !there {
		return
	}
	if off, err := h.Files.Exists("/etc/cloud/cloud-init.disabled"); err != nil || off {
		return
	}
	const instance = "/var/lib/cloud/instance"
	if _, err := h.Files.Lstat(instance); host.IsAbsent(err) {
		f.MissingKeys, f.Why = true, instance+" is not there: no instance is known"
	} else if _, err := h.Files.Stat(instance + "/sem/config_ssh"); host.IsAbsent(err) {
		f.MissingKeys, f.Why = true, instance+"/sem/config_ssh is not there"
	}
	f.NewKeys = f.MissingKeys
	for _, file := range append([]string{"/etc/cloud/cloud.cfg"}, h.Files.Glob("/etc/cloud/cloud.cfg.d/*.cfg")...) {
		text, err := h.Files.Read(file, maxTable)
		if err == nil && keepsKeys(string(text)) {
			f.NewKeys = false
		}
	}
}

func keepsKeys(text string) bool {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value, _, _ = strings.Cut(value, "#")
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "false", "no", "off", "0":
			if strings.TrimSpace(key) == "ssh_deletekeys" {
				return true
			}
		}
	}
	return false
}
