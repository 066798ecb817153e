package journal

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// programLimit is more than sshd has in any build, in bytes.
const programLimit = 16 << 20

// program compares the program that runs with the file on disk. Up to OpenSSH
// 9.7 sshd starts the file on disk anew for each connection; later ones start
// sshd-session, which belongs to it. Either way the two have to fit.
//
// A file that was replaced by one with the same contents, as a package does that
// is installed again, is the same program.
func program(h *host.Host, pid int) Program {
	running := fmt.Sprintf("/proc/%d/exe", pid)
	link, err := h.Files.Readlink(running)
	if err != nil {
		return Program{Err: err.Error()}
	}
	// proc(5): a name that no longer leads to the file ends in this.
	path := strings.TrimSuffix(link, " (deleted)")
	p := Program{Path: path}
	old, err := h.Files.Stat(running)
	if err != nil {
		p.Err = err.Error()
		return p
	}
	now, err := h.Files.Stat(path)
	switch {
	case host.IsAbsent(err):
		// Others say that it is gone; there is nothing to compare.
		return p
	case err != nil:
		p.Err = err.Error()
		return p
	case now.Ino == old.Ino && now.Dev == old.Dev:
		return p
	case now.Size != old.Size:
		p.Replaced = true
		return p
	}
	was, err := h.Files.Read(running, programLimit)
	if err != nil {
		p.Err = err.Error()
		return p
	}
	is, err := h.Files.Read(path, programLimit)
	if err != nil {
		p.Err = err.Error()
		return p
	}
	p.Replaced = !bytes.Equal(was, is)
	return p
}

// locks are held by package managers while they change files: dpkg's for as
// long as it runs, apt's for the whole of an upgrade, rpm's for a transaction.
func locks() []string {
	return []string{
		"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock",
		"/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock", "/run/zypp.pid",
	}
}

// installing looks whether a package manager is at work. What cannot be told
// counts as yes: a restart in the middle of an upgrade helps nobody.
func (f *Facts) installing(h *host.Host) {
	for _, path := range locks() {
		held, err := h.Files.Locked(path)
		if held || (err != nil && !host.IsAbsent(err)) {
			f.Installing, f.Installer = true, path
			return
		}
	}
	// pacman's lock is a file that is there while it works.
	if there, _ := h.Files.Exists("/var/lib/pacman/db.lck"); there {
		f.Installing, f.Installer = true, "/var/lib/pacman/db.lck"
	}
}
