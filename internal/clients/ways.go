package clients

import (
	"fmt"
	"slices"
	"strings"
)

// openSSH is the name of the program whose server this is about.
const openSSH = "OpenSSH"

func (r Release) isOpenSSH() bool { return strings.HasPrefix(r.Name, openSSH) }

// byOption is what has to be typed at the client, so that it uses what both can
// do, and whether that is weak; empty where it does not exist.
func (r Release) byOption(m Meeting, s Server) (text string, weak bool) {
	if m.ShortRSA {
		if r.isOpenSSH() {
			return fmt.Sprintf("-o RequiredRSASize=%d", s.RSA), true
		}
		return "", false
	}
	var options []string
	// A MAC is looked for only when there is a cipher.
	for len(m.Failed) > 0 {
		for _, p := range m.Failed {
			name := first(r.Also[p], s.list(p))
			if name == "" {
				return "", false
			}
			weak = weak || !safe(p, name)
			options = append(options, option(r.Name, p, name))
			r.Offers[p] = slices.Concat(r.Offers[p], []string{name})
		}
		m = r.Meet(s)
	}
	return strings.Join(options, " "), weak
}

// option is how a program is told to use a method as well.
func option(program string, p Part, name string) string {
	switch program {
	case "JSch":
		key := [parts]string{"kex", "server_host_key", "cipher.s2c and cipher.c2s", "mac.s2c and mac.c2s"}[p]
		return fmt.Sprintf("setConfig(%s): add %s", key, name)
	case "AsyncSSH":
		key := [parts]string{"kex_algs", "server_host_key_algs", "encryption_algs", "mac_algs"}[p]
		return fmt.Sprintf("%s=[%q]", key, name)
	case "Go x/crypto":
		key := [parts]string{"KeyExchanges", "HostKeyAlgorithms", "Ciphers", "MACs"}[p]
		return fmt.Sprintf("ClientConfig.%s: add %q", key, name)
	case "libssh":
		key := [parts]string{"KEY_EXCHANGE", "HOSTKEYS", "CIPHERS_C_S and _S_C", "HMAC_C_S and _S_C"}[p]
		return fmt.Sprintf("SSH_OPTIONS_%s: %s", key, name)
	}
	return fmt.Sprintf("-o %s=+%s", p.Setting(), name)
}

// newer is the first later release of the same program that gets in; empty where
// none is known.
func (r Release) newer(s Server, all []Release) string {
	after := false
	for _, o := range all {
		if o.Name != r.Name {
			continue
		}
		if after && o.Meet(s).In() {
			return o.Version
		}
		after = after || o.Version == r.Version
	}
	return ""
}
