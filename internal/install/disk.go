package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var _ host.Step = AddUser{}

// privsepUser is the user that every sshd is built with (SSH_PRIVSEP_USER).
const privsepUser = "sshd"

// maxAccounts caps passwd(5) and its kin, in bytes.
const maxAccounts = 4 << 20

// accountFiles hold users; some distributions keep those of packages below /usr
// (nss-altfiles).
func accountFiles() []string { return []string{"/etc/passwd", "/usr/lib/passwd"} }

// userMissing looks for sshd's user where a disk has its users; empty when it is
// there, or when that could not be told.
func userMissing(h *host.Host) string {
	for _, file := range accountFiles() {
		text, err := h.Files.Read(file, maxAccounts)
		if err == nil && hasAccount(text, privsepUser) || err != nil && !host.IsAbsent(err) {
			return ""
		}
	}
	if nss, err := h.Files.Read("/etc/nsswitch.conf", maxAccounts); err == nil && bytes.Contains(nss, []byte("systemd")) {
		if there, err := h.Files.Exists("/etc/userdb/" + privsepUser + ".user"); err != nil || there {
			return ""
		}
	}
	return privsepUser
}

// accounts tells whether nobody at all could log in.
func (f *Facts) accounts(h *host.Host) {
	for _, file := range accountFiles() {
		text, err := h.Files.Read(file, maxAccounts)
		if err != nil && !host.IsAbsent(err) || hasAccount(text, "root") {
			return
		}
	}
	f.NoRoot = true
	// passwd(1) and its kin leave the first, Debian's cron job the second.
	for _, file := range []string{"/etc/passwd-", "/var/backups/passwd.bak"} {
		if text, err := h.Files.Read(file, maxAccounts); err == nil && hasAccount(text, "root") {
			f.Copies = append(f.Copies, file)
		}
	}
}

func hasAccount(text []byte, name string) bool {
	return bytes.HasPrefix(text, []byte(name+":")) || bytes.Contains(text, []byte("\n"+name+":"))
}

// AddUser adds sshd's user to the account files of a disk: a locked one without
// a shell, with a number and a group that nobody else there has.
type AddUser struct{ Name string }

// Command is the same thing by hand.
func (s AddUser) Command() string {
	return useradd + " --system --no-create-home --shell /usr/sbin/nologin " + s.Name
}

// Apply adds a line to passwd(5), group(5) and, where there is one, shadow(5).
// passwd comes last: with it the user exists.
func (s AddUser) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	passwd, err := h.Files.Read("/etc/passwd", maxAccounts)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot add the user %s: %w", s.Name, err)
	}
	groups, err := h.Files.Read("/etc/group", maxAccounts)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot add the user %s: %w", s.Name, err)
	}
	if hasAccount(passwd, s.Name) {
		return diag.Change{}, nil
	}
	number := freeNumber(passwd, groups)
	if number < 0 {
		return diag.Change{}, fmt.Errorf("cannot add the user %s: every number below 1000 is taken", s.Name)
	}
	gid := number
	if have, ok := groupOf(groups, s.Name); ok {
		gid = have
	} else if err := appendLine(h, "/etc/group", fmt.Sprintf("%s:x:%d:", s.Name, gid)); err != nil {
		return diag.Change{}, err
	}
	if shadow, err := h.Files.Read("/etc/shadow", maxAccounts); err == nil && !hasAccount(shadow, s.Name) {
		clear(shadow)
		if err := appendLine(h, "/etc/shadow", s.Name+":!:::::::"); err != nil {
			return diag.Change{}, err
		}
	}
	line := fmt.Sprintf("%s:x:%d:%d::/run/sshd:/usr/sbin/nologin", s.Name, number, gid)
	return diag.Change{Note: "user " + s.Name + " has the number " + strconv.Itoa(number)}, appendLine(h, "/etc/passwd", line)
}

// freeNumber is the highest number of a system user that neither a user nor a
// group has; -1 when there is none.
func freeNumber(files ...[]byte) int {
	taken := map[int]bool{}
	for _, text := range files {
		for line := range strings.Lines(string(text)) {
			fields := strings.Split(strings.TrimSpace(line), ":")
			if len(fields) < 3 {
				continue
			}
			if n, err := strconv.Atoi(fields[2]); err == nil {
				taken[n] = true
			}
		}
	}
	for n := 999; n >= 100; n-- {
		if !taken[n] {
			return n
		}
	}
	return -1
}

func groupOf(text []byte, name string) (int, bool) {
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) > 2 && fields[0] == name {
			n, err := strconv.Atoi(fields[2])
			return n, err == nil
		}
	}
	return 0, false
}

// appendLine adds a line to a file: whole or not at all, with its mode and owner.
func appendLine(h *host.Host, file, line string) error {
	old, err := h.Files.Read(file, maxAccounts)
	defer clear(old)
	if err != nil {
		return fmt.Errorf("cannot add to %s: %w", file, err)
	}
	st, err := h.Files.Stat(file)
	if err != nil {
		return fmt.Errorf("cannot add to %s: %w", file, err)
	}
	if len(old) > 0 && old[len(old)-1] != '\n' {
		line = "\n" + line
	}
	as := host.New{Data: old, Mode: st.Perm(), UID: st.UID, GID: st.GID}
	// The name that passwd(1) and its kin use for what was there before.
	kept := path.Join(path.Dir(file), path.Base(file)+".before-sshd-doctor")
	if err := h.Files.Create(kept, as); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	as.Data = append(bytes.Clone(old), line+"\n"...)
	defer clear(as.Data)
	return h.Files.Replace(file, as)
}
