package rescue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// barred asks sshd what it would say to the account that is going to log in, its
// Match blocks included, and returns the setting that keeps it out; empty where
// there is none, or where that could not be told.
func (p Plan) barred(ctx context.Context, h *host.Host) string {
	if p.Login.Name == "" || len(p.Clients) == 0 {
		return ""
	}
	// A caller from outside: its address is one that nobody has (RFC 5737).
	as := fmt.Sprintf("user=%s,host=client,addr=192.0.2.1,laddr=%s,lport=%d", p.Login.Name, p.Clients[0], p.Listen[0].Port())
	res := h.Run(ctx, host.Command{Path: p.Binary, Args: []string{"-T", "-f", configFile, "-C", as}})
	if !res.OK() {
		return ""
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(res.Stdout)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		key = strings.ToLower(key)
		got[key] = append(got[key], value)
	}
	return barredBy(p.Login.Name, got)
}

// barredBy judges the settings that count for one account.
func barredBy(name string, got map[string][]string) string {
	allowed := got["allowusers"]
	plain := !slices.ContainsFunc(allowed, func(s string) bool { return strings.ContainsAny(s, "*?@!") })
	switch {
	case name == "root" && slices.Contains(got["permitrootlogin"], "no"):
		return "PermitRootLogin no"
	case slices.Contains(got["denyusers"], name), slices.Contains(got["denyusers"], "*"):
		return "DenyUsers"
	case len(allowed) > 0 && plain && !slices.Contains(allowed, name):
		return "AllowUsers " + strings.Join(allowed, " ")
	}
	lists := strings.Join(got["authenticationmethods"], " ")
	for _, list := range strings.Fields(lists) {
		if possible(list, got) {
			return ""
		}
	}
	if lists == "" {
		return ""
	}
	return "AuthenticationMethods " + lists
}

// possible tells whether each method of a list is switched on.
func possible(list string, got map[string][]string) bool {
	for _, m := range strings.Split(list, ",") {
		m, _, _ = strings.Cut(m, ":")
		key := map[string]string{
			"password": "passwordauthentication", "keyboard-interactive": "kbdinteractiveauthentication",
			"publickey": "pubkeyauthentication",
		}[m]
		if key != "" && slices.Contains(got[key], "no") {
			return false
		}
	}
	return true
}
