package rescue

import (
	"bytes"
	"context"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Login is what is known of the account that will log in.
type Login struct {
	// Name is the account; Unknown: this box has no such account.
	Name    string
	Unknown bool
	// NoLogin is a file because of which only root may log in (pam_nologin(8)).
	NoLogin string
	// Groups are its groups; none: they are not known.
	Groups []string
	// Shell is its shell; ShellGone: that is no program.
	Shell     string
	ShellGone bool
	// Expired: it has come to its end; Locked: its password is (shadow(5)).
	Expired, Locked bool
	// Keys is how many public keys stand in KeyFiles that sshd would read; -1: that
	// could not be told.
	Keys     int
	KeyFiles []string
	// Unsafe is what others could change, so that sshd does not read a file of
	// keys (sshd_config(5), StrictModes).
	Unsafe string

	uid, home string
}

// account asks for the account as sshd does, through getpwnam(3).
func (l *Login) account(ctx context.Context, h *host.Host) {
	getent := tool(h, "getent")
	if getent == "" {
		return
	}
	res := h.Run(ctx, host.Command{Path: getent, Args: []string{"passwd", "--", l.Name}})
	// getent(1): 2 means that there is no such key.
	l.Unknown = res.Err == nil && res.Code == 2
	fields := strings.Split(strings.TrimSpace(string(res.Stdout)), ":")
	if !res.OK() || len(fields) < 7 {
		return
	}
	l.uid, l.home, l.Shell = fields[2], fields[5], fields[6]
	if l.Shell == "" {
		// passwd(5)
		l.Shell = "/bin/sh"
	}
	st, err := h.Files.Stat(l.Shell)
	l.ShellGone = host.IsAbsent(err) || err == nil && (!st.Mode.IsRegular() || st.Perm()&0o111 == 0)
	if id := tool(h, "id"); id != "" {
		if res := h.Run(ctx, host.Command{Path: id, Args: []string{"-Gn", "--", l.Name}}); res.OK() {
			l.Groups = strings.Fields(string(res.Stdout))
		}
	}
	if data, err := h.Files.Read("/etc/shadow", fileLimit); err == nil {
		l.shadow(data, h.Now())
		clear(data)
	}
}

// shadow reads of shadow(5) whether the account is locked or has come to its end,
// and keeps nothing else.
func (l *Login) shadow(data []byte, now time.Time) {
	for line := range bytes.Lines(data) {
		fields := bytes.Split(bytes.TrimSpace(line), []byte(":"))
		if len(fields) < 8 || string(fields[0]) != l.Name {
			continue
		}
		const aDay = 24 * 60 * 60
		end, err := strconv.ParseInt(string(fields[7]), 10, 64)
		l.Expired = err == nil && end >= 0 && now.Unix()/aDay >= end
		l.Locked = bytes.HasPrefix(fields[1], []byte("!"))
		return
	}
}

// countKeys counts the public keys by which the account can log in.
func (l *Login) countKeys(h *host.Host, files []string, strict bool) {
	if l.home == "" {
		return
	}
	l.Keys, l.KeyFiles, l.Unsafe = 0, nil, ""
	for _, name := range strings.Fields(strings.Join(files, " ")) {
		if name == "none" {
			continue
		}
		at := strings.NewReplacer("%%", "%", "%h", l.home, "%u", l.Name, "%U", l.uid).Replace(name)
		if !strings.HasPrefix(at, "/") {
			at = l.home + "/" + at
		}
		l.KeyFiles = append(l.KeyFiles, at)
		data, err := h.Files.Read(at, fileLimit)
		switch {
		case host.IsAbsent(err):
			continue
		case err != nil:
			l.Keys = -1
			return
		}
		if unsafe := l.changeable(h, at); strict && unsafe != "" {
			l.Unsafe = unsafe
			continue
		}
		l.Keys += keysIn(data)
	}
}

// changeable is what somebody else than the account and root could change: the
// file, or a directory on the way to it, as far as sshd looks: up to the home
// directory (auth.c, safe_path).
func (l *Login) changeable(h *host.Host, at string) string {
	for {
		st, err := h.Files.Stat(at)
		if err == nil && (st.UID != 0 && strconv.Itoa(st.UID) != l.uid || st.Perm()&0o022 != 0) {
			return at
		}
		if at == l.home || at == "/" || at == "." {
			return ""
		}
		at = path.Dir(at)
	}
}

func keysIn(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		if _, _, _, _, err := ssh.ParseAuthorizedKey(line); err == nil {
			n++
		}
	}
	return n
}
