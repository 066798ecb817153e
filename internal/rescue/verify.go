package rescue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// verify compares what sshd says of the rescue's configuration with what it says
// of the server's own. But for the settings that the rescue makes stricter, and
// those that say where it listens, they must be the same.
func (p Plan) verify(got sshdconf.Facts) error {
	if !got.Known {
		return fmt.Errorf("cannot use the rescue's configuration: sshd says: %s", said(got))
	}
	want := map[string]string{}
	for _, s := range p.Head {
		key, value := sshdconf.SplitLine(s)
		want[strings.ToLower(key)] = value
	}
	var listen []string
	for _, a := range p.Listen {
		listen = append(listen, a.String())
	}
	if !sameSet(listen, bare(got.Get("listenaddress"))) {
		return fmt.Errorf("cannot use the rescue's configuration: it would listen on %q", got.Get("listenaddress"))
	}
	for _, key := range keys(p.Conf, got) {
		now := got.Get(key)
		if forced, ok := want[key]; ok {
			if len(now) > 0 && !same(key, forced, now) {
				return fmt.Errorf("cannot use the rescue's configuration: %s would be %q, not %s", key, now, forced)
			}
			continue
		}
		if placed(key) || p.Bare {
			continue
		}
		if before := p.Conf.Get(key); !slices.Equal(before, now) {
			return fmt.Errorf("cannot use the rescue's configuration: %s would be %q, and is %q on this server", key, now, before)
		}
	}
	return nil
}

// placed are the settings in which a rescue may differ: where it listens and which
// keys it has, an older name of another setting, and the level of logging, which
// sshd tells as DEBUG when it is asked with -d and not when asked with -G.
func placed(key string) bool {
	return ownAffair(key) || slices.Contains([]string{
		"hostkeyagent", "hostcertificate", "challengeresponseauthentication", "loglevel",
	}, key)
}

// same: sshd writes "prohibit-password" as "without-password".
func same(key, want string, got []string) bool {
	if key == "permitrootlogin" && want == "prohibit-password" && got[0] == "without-password" {
		return true
	}
	if key == "subsystem" || key == "authenticationmethods" {
		return slices.Contains(got, want) || strings.Join(got, " ") == want
	}
	return strings.EqualFold(got[0], want)
}

func keys(all ...sshdconf.Facts) []string {
	var out []string
	for _, f := range all {
		for _, s := range f.Settings {
			if !slices.Contains(out, s.Key) {
				out = append(out, s.Key)
			}
		}
	}
	return out
}

// bare leaves out "rdomain NAME" behind an address.
func bare(values []string) []string {
	var out []string
	for _, v := range values {
		v, _, _ = strings.Cut(v, " ")
		out = append(out, v)
	}
	return out
}

func sameSet(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			return false
		}
	}
	return true
}

func said(f sshdconf.Facts) string {
	for _, p := range f.Problems {
		return p.Text
	}
	if f.Err != "" {
		return f.Err
	}
	return "nothing"
}
