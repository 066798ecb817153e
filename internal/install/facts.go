// Package install looks at what sshd needs around it: its own program, the
// helper programs of newer versions, the privilege separation user and
// directory.
//
// On a healthy machine all programs are there and executable, the user "sshd"
// exists, and the directory is owned by root and writable by nobody else, or
// systemd makes it when it starts the service.
package install

import (
	"context"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// Facts is what is installed.
type Facts struct {
	// Binary is sshd as its unit names it, or where it usually is.
	Binary Program
	// Helpers are the programs that sshd 9.8 and later starts for a connection.
	Helpers []Program
	// User is the privilege separation user that sshd misses, "" when it has it
	// or did not get as far as to look.
	UserMissing string
	// NoRoot: with that user root is gone too, so the file of accounts was emptied
	// or replaced. Copies are older ones that lie beside it.
	NoRoot bool
	Copies []string
	// UserListed: /etc/passwd has that user all the same. NSS is what
	// nsswitch.conf(5) says of where users are looked for, "" when it says nothing.
	UserListed bool
	NSS        string
	// DirMissing and DirMode are the privilege separation directory, when sshd
	// says that it is not there or that others may write to it.
	DirMissing, DirMode string
	// DirManaged: systemd makes the directory when it starts the service.
	DirManaged bool
	// ServiceActive: the service runs now, so the directory must be there.
	ServiceActive bool
	// SysusersFile is the packaged description of the user, if there is one.
	SysusersFile string
	// Group is the group that a new privilege separation user should have.
	Group string
	// Mute: asked for its configuration, the program ended well and said nothing.
	Mute bool
	// Said is sshd's own line about a library it cannot load, or a version of
	// OpenSSL that does not fit.
	LibrarySaid, OpenSSLSaid string
	// OnDisk: the system does not run, so a user is made by adding lines.
	OnDisk bool
	// Unit is sshd's service unit.
	Unit string
	// Package is the command that installs the OpenSSH server again here.
	Reinstall string
}

// Program is one program file.
type Program struct {
	Path string
	// Absent: it is not there. Err says why that could not be told.
	Absent bool
	Err    string
	// NotExecutable: it is there and cannot be run; Empty: it has no contents.
	NotExecutable, Empty bool
}

// From is what other checks already know.
type From struct {
	Binary        string
	Conf          sshdconf.Facts
	DirManaged    bool
	ServiceActive bool
	Unit          string
}

// Collect looks at the programs and takes sshd's word for the rest.
func Collect(_ context.Context, h *host.Host, from From) Facts {
	f := Facts{
		Binary: program(h, from.Binary), DirManaged: from.DirManaged,
		ServiceActive: from.ServiceActive, Unit: from.Unit, Reinstall: Reinstall(h),
		Mute: from.Conf.Mute && from.Conf.Binary == from.Binary,
	}
	f.Helpers = helpers(h, from.Conf)
	f.OnDisk = !h.Live() && h.Here != nil
	if f.OnDisk && !from.Conf.Known && len(from.Conf.Problems) == 0 {
		f.UserMissing = userMissing(h)
	}
	for _, p := range from.Conf.Problems {
		switch p.Kind {
		case sshdconf.PrivsepUser:
			f.UserMissing = p.Word
			f.listed(h)
			f.sysusers(h)
		case sshdconf.PrivsepDir:
			f.DirMissing = p.Word
		case sshdconf.PrivsepDirMode:
			f.DirMode = p.Word
		case sshdconf.Library:
			f.LibrarySaid = p.Text
		case sshdconf.OpenSSLMismatch:
			f.OpenSSLSaid = p.Text
		}
	}
	if f.UserMissing != "" {
		f.accounts(h)
	}
	return f
}

func program(h *host.Host, path string) Program {
	p := Program{Path: path}
	st, err := h.Files.Stat(path)
	switch {
	case host.IsAbsent(err):
		p.Absent = true
	case err != nil:
		p.Err = err.Error()
	default:
		p.NotExecutable = st.Perm()&0o111 == 0 || !st.Mode.IsRegular()
		p.Empty = st.Mode.IsRegular() && st.Size == 0
	}
	return p
}

// helpers are named by sshd itself (sshdsessionpath, sshdauthpath in the output
// of sshd -T, from 9.8 and 10.0).
func helpers(h *host.Host, conf sshdconf.Facts) []Program {
	var out []Program
	for _, key := range []string{"sshdsessionpath", "sshdauthpath"} {
		for _, path := range conf.Get(key) {
			if strings.HasPrefix(path, "/") {
				out = append(out, program(h, path))
			}
		}
	}
	return out
}

// listed looks whether sshd's user is where users are, and sshd is kept from
// finding it there.
func (f *Facts) listed(h *host.Host) {
	text, err := h.Files.Read("/etc/passwd", maxAccounts)
	f.UserListed = err == nil && hasAccount(text, f.UserMissing)
	nss, err := h.Files.Read("/etc/nsswitch.conf", maxAccounts)
	if err != nil {
		return
	}
	for l := range strings.Lines(string(nss)) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "passwd:") {
			f.NSS = l
		}
	}
}

func (f *Facts) sysusers(h *host.Host) {
	for _, p := range []string{"/usr/lib/sysusers.d/openssh-server.conf", "/usr/lib/sysusers.d/sshd.conf"} {
		if there, _ := h.Files.Exists(p); !there {
			continue
		}
		if there, _ := h.Files.Exists(sysusers); there {
			f.SysusersFile = p
			return
		}
	}
	f.Group = "nogroup"
	groups, err := h.Files.Read("/etc/group", 1<<22)
	if err != nil {
		return
	}
	for l := range strings.Lines(string(groups)) {
		if name, _, _ := strings.Cut(l, ":"); name == f.UserMissing {
			f.Group = name
		}
	}
}

// Reinstall is the command of this distribution's package manager that installs
// the OpenSSH server again.
func Reinstall(h *host.Host) string {
	for _, m := range []struct{ program, command string }{
		{"/usr/bin/apt-get", "apt-get install --reinstall openssh-server openssh-sftp-server"},
		{"/usr/bin/dnf", "dnf reinstall openssh-server"},
		{"/usr/bin/yum", "yum reinstall openssh-server"},
		{"/usr/bin/zypper", "zypper install --force openssh-server"},
		{"/usr/bin/pacman", "pacman -S openssh"},
		{"/sbin/apk", "apk fix openssh-server"},
	} {
		if there, _ := h.Files.Exists(m.program); there {
			return m.command
		}
	}
	return "install the package openssh-server again"
}
