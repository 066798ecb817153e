package rescue

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Barred says that the account which alone was to be let in cannot get in.
type Barred struct{ Name, By string }

func (b Barred) Error() string {
	return fmt.Sprintf("cannot let %s in: %s", b.Name, b.By)
}

// Refusal is the same for the one who asked.
func (b Barred) Refusal(r Request) *Refusal {
	r.User = "NAME"
	return refuse("barred", []string{command(r)}, "sshd would not let "+b.Name+" in:", "  "+b.By)
}

// Entry is how the account that is going to log in fares at the rescue.
type Entry struct {
	// Barred is what keeps it out; empty where nothing is known that does.
	Barred string
	// From are the only places from where it gets in (AllowUsers); none: any.
	From []string
	// KeysOnly: it cannot get in with a password.
	KeysOnly bool
}

// enter asks sshd what it would say to the account, its Match blocks included,
// and looks at what the account has.
func (p *Plan) enter(ctx context.Context, h *host.Host) Entry {
	if p.Login.Name == "" {
		return Entry{}
	}
	at := p.Listen[0].Addr()
	switch {
	case len(p.Clients) > 0:
		at = p.Clients[0]
	case len(p.Targets) > 0:
		at = p.Targets[0].Addr()
	}
	// A caller from outside: its address is one that nobody has (RFC 5737).
	as := fmt.Sprintf("user=%s,host=client,addr=192.0.2.1,laddr=%s,lport=%d,rdomain=", p.Login.Name, at, p.Listen[0].Port())
	res := h.Run(ctx, host.Command{Path: p.Binary, Args: []string{"-T", "-f", configFile, "-C", as}})
	if !res.OK() {
		return Entry{}
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(res.Stdout)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		key = strings.ToLower(key)
		got[key] = append(got[key], value)
	}
	p.Login.countKeys(h, got["authorizedkeysfile"], slices.Contains(got["strictmodes"], "yes"))
	return judgeEntry(p.Login, got)
}

// judgeEntry judges the settings that count for one account, in the order in
// which sshd does (auth.c, allowed_user).
func judgeEntry(l Login, got map[string][]string) Entry {
	keys, password := methods(l.Name, got)
	e := Entry{KeysOnly: !password}
	e.Barred, e.From = listed(l, got)
	if e.Barred != "" {
		return e
	}
	root := strings.Join(got["permitrootlogin"], "")
	lists := strings.Join(got["authenticationmethods"], " ")
	switch {
	case l.Name == "root" && (root == "no" || root == "forced-commands-only"):
		e.Barred = "PermitRootLogin " + root
	case slices.Contains(got["refuseconnection"], "yes"):
		e.Barred = "RefuseConnection yes"
	case !keys && !password && root == "yes" || !keys && !password && l.Name != "root":
		e.Barred = "neither keys nor passwords are taken"
	case !keys && !password:
		e.Barred = "PubkeyAuthentication no, and PermitRootLogin " + root
	case lists != "" && !slices.ContainsFunc(strings.Fields(lists), func(list string) bool { return possible(list, keys, password, got) }):
		e.Barred = "AuthenticationMethods " + lists
	case l.Expired:
		e.Barred = "the account has expired (chage(1))"
	case l.Locked && slices.Contains(got["usepam"], "no"):
		e.Barred = "the account is locked, and UsePAM is no"
	case l.Shell != "" && slices.Contains([]string{"nologin", "false"}, path.Base(l.Shell)):
		e.Barred = "its shell is " + l.Shell
	case l.ShellGone && !slices.ContainsFunc(got["chrootdirectory"], func(s string) bool { return s != "none" }):
		e.Barred = "its shell, " + l.Shell + ", is no program"
	case l.Unsafe != "" && l.Keys == 0 && !password:
		e.Barred = "others could change " + l.Unsafe + ", so sshd reads no keys there"
	}
	return e
}

// methods tells whether the account can get in with a key, and whether with a
// password. Of root the latter is asked twice (sshd_config(5), PermitRootLogin).
func methods(name string, got map[string][]string) (keys, password bool) {
	yes := func(key string) bool { return slices.Contains(got[key], "yes") }
	password = yes("passwordauthentication") || yes("kbdinteractiveauthentication") || yes("challengeresponseauthentication")
	if name == "root" && !yes("permitrootlogin") {
		password = false
	}
	return !slices.Contains(got["pubkeyauthentication"], "no"), password
}

// possible tells whether each method of a list is open to the account.
func possible(list string, keys, password bool, got map[string][]string) bool {
	for _, m := range strings.Split(list, ",") {
		m, _, _ = strings.Cut(m, ":")
		switch m {
		case "publickey":
			if !keys {
				return false
			}
		case "password":
			if !password || slices.Contains(got["passwordauthentication"], "no") {
				return false
			}
		case "keyboard-interactive":
			if !password || slices.Contains(got["kbdinteractiveauthentication"], "no") {
				return false
			}
		}
	}
	return true
}

// listed judges the four lists of who may log in.
func listed(l Login, got map[string][]string) (by string, from []string) {
	values := func(key string) []string { return strings.Fields(strings.Join(got[key], " ")) }
	for _, p := range values("denyusers") {
		user, at, _ := strings.Cut(p, "@")
		if Matches(user, l.Name) && (at == "" || at == "*") {
			return "DenyUsers " + p, nil
		}
	}
	if allowed := values("allowusers"); len(allowed) > 0 {
		var open, some bool
		for _, p := range allowed {
			user, at, _ := strings.Cut(p, "@")
			if !Matches(user, l.Name) {
				continue
			}
			some, open = true, open || at == "" || at == "*"
			from = append(from, at)
		}
		if !some {
			return "AllowUsers " + strings.Join(allowed, " "), nil
		}
		if open {
			from = nil
		}
	}
	in := func(key string) string {
		for _, p := range values(key) {
			if slices.ContainsFunc(l.Groups, func(g string) bool { return Matches(p, g) }) {
				return p
			}
		}
		return ""
	}
	switch allowed := values("allowgroups"); {
	case len(l.Groups) == 0:
		// Not known.
	case in("denygroups") != "":
		return "DenyGroups " + in("denygroups"), nil
	case len(allowed) > 0 && in("allowgroups") == "":
		return "AllowGroups " + strings.Join(allowed, " "), nil
	}
	return "", from
}

// Matches is how sshd compares a name with a pattern: "*" stands for any number
// of characters and "?" for one (sshd_config(5), PATTERNS).
func Matches(pattern, name string) bool {
	for {
		if pattern == "" {
			return name == ""
		}
		if pattern[0] == '*' {
			pattern = strings.TrimLeft(pattern, "*")
			for i := range len(name) + 1 {
				if Matches(pattern, name[i:]) {
					return true
				}
				if pattern == "" {
					return true
				}
			}
			return false
		}
		if name == "" || pattern[0] != '?' && pattern[0] != name[0] {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
}
