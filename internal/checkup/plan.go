package checkup

import (
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// plan says where to connect and what to have proven.
func plan(f Facts) handshake.Plan {
	p := handshake.Plan{
		Targets: f.Listen.Targets(f.Expect, f.Sshd), Types: keyTypes(f.Keys), Timeout: probeTimeout,
		Limit: startups(f.Conf), Allowed: allowed(f.Conf),
	}
	if f.Service.SocketActive() && f.Service.Socket.Accept {
		// Each connection has a service of its own, and on systemd 247 they race
		// for the runtime directory.
		p.Limit = 1
	}
	for _, t := range p.Targets {
		owner := f.Listen.Owner(t)
		if owner == "" || owner != f.Listen.Owner(p.Targets[0]) {
			return p
		}
	}
	p.OneServer = len(p.Targets) > 0
	return p
}

// allowed are the host key algorithms that the configuration allows; nil when
// that is not known.
func allowed(c sshdconf.Facts) []string {
	for _, v := range c.Get("hostkeyalgorithms") {
		return strings.Split(v, ",")
	}
	return nil
}

// startups is how many connections may be made at a time without coming near
// the number at which sshd begins to turn some away (MaxStartups,
// sshd_config(5)); 0 when that is not known.
func startups(c sshdconf.Facts) int {
	for _, v := range c.Get("maxstartups") {
		begin, _, _ := strings.Cut(v, ":")
		if n, err := strconv.Atoi(begin); err == nil {
			return max(1, n/2)
		}
	}
	return 0
}

func keyTypes(k hostkeys.Facts) []string {
	var out []string
	for _, key := range k.Public() {
		out = append(out, key.Type)
	}
	return out
}
