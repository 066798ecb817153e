package rescue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// access decides who gets in and how: as the server's own configuration says, and
// with public keys only unless passwords were asked for and are allowed there.
func (p *Plan) access(f Facts, r Request) *Refusal {
	who := slices.IndexFunc(p.Aside, func(a sshdconf.Aside) bool { return a.Who })
	switch {
	case who >= 0 && r.User == "":
		a := p.Aside[who]
		return refuse("who", []string{command(r) + " --user NAME"},
			"sshd does not accept "+a.Where()+":", "  "+short(a.Content),
			"It says who may log in, or what they may do there. Name the one",
			"account that is to get in meanwhile.")
	case f.Bare && r.User == "":
		return refuse("who", []string{command(r) + " --user NAME"},
			"The server has no configuration that could say who may log in. Name the",
			"one account that is to get in meanwhile, with its public keys.")
	case f.Bare && r.Password, r.Password && !passwords(f.Conf):
		return refuse("no-password", nil, "The server's own configuration, as far as sshd can read it, takes no",
			"passwords. Leave --allow-password away: public keys are taken.")
	}
	if no := p.matchLines(f); no != nil {
		return no
	}
	forced := []string{
		"PermitEmptyPasswords no", "HostbasedAuthentication no", "DisableForwarding yes", "AllowTcpForwarding no",
		// Before 10.0 DisableForwarding left these two out (its release notes).
		"AllowAgentForwarding no", "X11Forwarding no",
		"AllowStreamLocalForwarding no", "PermitTunnel no",
	}
	if !r.Password {
		lines, no := p.keysOnly(f, r)
		if no != nil {
			return no
		}
		forced = append(forced, lines...)
	}
	p.Head = append(p.Head, forced...)
	p.Always = forced
	if f.Bare {
		p.bare(r.User)
	}
	return nil
}

// passwords tells whether the configuration takes a password, typed in one way
// or the other.
func passwords(c sshdconf.Facts) bool {
	for _, key := range []string{"passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication"} {
		if slices.Contains(c.Get(key), "yes") {
			return true
		}
	}
	return false
}

// keysOnly returns the settings by which nobody gets in without a public key.
// Where the configuration wants something beside the key, it stays so.
func (p *Plan) keysOnly(f Facts, r Request) ([]string, *Refusal) {
	lists := []string{}
	needed := ""
	for _, v := range f.Conf.Get("authenticationmethods") {
		for _, list := range strings.Fields(v) {
			if list == "any" {
				list = "publickey"
			}
			methods := strings.Split(list, ",")
			if !slices.Contains(methods, "publickey") {
				continue
			}
			lists = append(lists, list)
			needed += "," + list
		}
	}
	if len(f.Conf.Get("authenticationmethods")) == 0 {
		lists = []string{"publickey"}
	}
	off := slices.Contains(f.Conf.Get("pubkeyauthentication"), "no")
	if len(lists) == 0 || off {
		var do []string
		if passwords(f.Conf) {
			do = []string{command(r) + " --allow-password"}
		}
		setting := "AuthenticationMethods"
		if off {
			setting = "PubkeyAuthentication no"
		}
		return nil, refuse("no-keys", do, "The server's own configuration lets nobody in with a public key", "("+setting+").")
	}
	var closed []string
	for _, m := range []struct{ method, setting string }{
		{"password", "PasswordAuthentication no"},
		{"keyboard-interactive", "KbdInteractiveAuthentication no"},
		{"gssapi-with-mic", "GSSAPIAuthentication no"},
		{"password", "KerberosAuthentication no"},
	} {
		if !strings.Contains(needed, ","+m.method) {
			closed = append(closed, m.setting)
		}
	}
	if len(closed) < 4 && mentions(f.Files, "authenticationmethods") > 1 {
		return nil, refuse("methods", []string{command(r) + " --allow-password"},
			"The server's own configuration wants more than a public key, and not the",
			"same of everybody (AuthenticationMethods). It can only be kept as it is.")
	}
	p.Head = append(p.Head, "AuthenticationMethods "+strings.Join(lists, " "))
	return closed, nil
}

// matchLines refuses where a Match line depends on where a client comes in, and
// that is not the same at the rescue.
func (p *Plan) matchLines(f Facts) *Refusal {
	const laxer = "So a rescue could let in more than the server does."
	if where := asks(f.Files, "localport"); where != "" {
		return refuse("match-port", nil, "A Match line asks for the port, and would not hold on another one:", "  "+where, laxer)
	}
	if where := asks(f.Files, "localaddress", "rdomain"); where != "" && !p.within(f.doors()) {
		return refuse("match-address", nil, "A Match line asks for the address at which clients come in:", "  "+where,
			"The server does not listen where the rescue would, so it could let in", "more than the server does.")
	}
	if where := unread(f.Files); where != "" {
		return refuse("include", nil, "This line cannot be followed, so it is not known what it adds:", "  "+where, laxer)
	}
	return nil
}

// asks finds a Match line with one of the criteria. The copies have as many lines
// as the files.
func asks(files []Copy, criteria ...string) string {
	return find(files, "match", func(value string) bool {
		value = strings.ToLower(value)
		return slices.ContainsFunc(criteria, func(c string) bool { return strings.Contains(value, c) })
	})
}

// unread finds an Include line that does not name copies.
func unread(files []Copy) string {
	return find(files, "include", func(value string) bool {
		return slices.ContainsFunc(strings.Fields(value), func(s string) bool { return !strings.HasPrefix(s, Dir+"/") })
	})
}

// find says where the first line stands that has a keyword and such a value.
func find(files []Copy, keyword string, is func(value string) bool) string {
	for _, c := range files {
		n := 0
		for line := range strings.Lines(string(c.Data)) {
			n++
			key, value := sshdconf.SplitLine(line)
			if strings.EqualFold(strings.Trim(key, `"`), keyword) && is(value) {
				return fmt.Sprintf("line %d of %s: %s", n, c.From, short(value))
			}
		}
	}
	return ""
}

// mentions counts the lines with a keyword.
func mentions(files []Copy, keyword string) int {
	n := 0
	for _, c := range files {
		for line := range strings.Lines(string(c.Data)) {
			if key, _ := sshdconf.SplitLine(line); strings.EqualFold(key, keyword) {
				n++
			}
		}
	}
	return n
}

// bare are the strictest settings with which one account can log in and mend
// things, for a server whose configuration is gone.
func (p *Plan) bare(user string) {
	root := "no"
	if user == "root" {
		root = "prohibit-password"
	}
	p.Head = append(p.Head, "PermitRootLogin "+root, "PubkeyAuthentication yes", "StrictModes yes",
		"PermitUserEnvironment no", "UsePAM yes", "Subsystem sftp internal-sftp")
}

// text is the configuration file of the rescue.
func (p Plan) text() string {
	var out strings.Builder
	out.WriteString("# The temporary sshd of sshd-doctor rescue. Of a setting that stands here more\n" +
		"# than once, the first counts (sshd_config(5)).\n")
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	for _, at := range p.Listen {
		line("ListenAddress %s", at)
	}
	for _, k := range p.HostKeys {
		line("HostKey %s", k.Path)
	}
	if len(p.HostKeys) == 0 {
		line("HostKey %s", throwaway)
	}
	line("PidFile none\nLoginGraceTime %d", p.Grace)
	for _, s := range p.Head {
		line("%s", s)
	}
	line("Include %s/always.conf", Dir)
	for _, s := range p.Lines {
		line("%s", s)
	}
	if len(p.Files) > 0 {
		line("Include %s", p.Files[0].Path)
	}
	return out.String()
}

// always is a file of its own: a Match block ends with its file, and of two that
// match, the first counts (sshd_config(5)). So no Match block of the server can
// take these settings back.
func (p Plan) always() string {
	var out strings.Builder
	if p.Only != "" {
		fmt.Fprintf(&out, "Match User *,!%s\n\tDenyUsers *\n", p.Only)
	}
	out.WriteString("Match all\n")
	for _, s := range p.Always {
		out.WriteString("\t" + s + "\n")
	}
	return out.String()
}
