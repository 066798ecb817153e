//go:build boxes

package clients

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	model "github.com/sshd-doctor/sshd-doctor/internal/clients"
)

// outcome is what became of one client at one server, in words that can be
// compared: "in", "asks: cipher", "no: host key type", "no" where the part is not
// told, "short RSA key".
type outcome string

// foretold is the outcome that the model expects.
func foretold(m model.Meeting) outcome {
	switch {
	case m.ShortRSA:
		return "short RSA key"
	case len(m.Failed) > 0:
		return no(m.Failed[0])
	case m.Unknown:
		return "unknown"
	case len(m.Asks) > 0:
		return outcome("asks: " + m.Asks[0].String())
	}
	return "in"
}

func no(p model.Part) outcome { return outcome("no: " + p.String()) }

// said reads what a client printed.
func said(text string) (outcome, error) {
	for _, known := range []struct {
		re   string
		what outcome
	}{
		{`first key-exchange algorithm .* below the configured warning threshold`, "asks: key exchange method"},
		{`first host key .* below the configured warning threshold`, "asks: host key type"},
		{`first .*cipher .* below the configured warning threshold`, "asks: cipher"},
		// All of OpenSSH, and what is measured by the server's own words.
		{`no matching key exchange method found`, no(model.Kex)},
		{`no matching host key type found`, no(model.HostKey)},
		{`no matching cipher found`, no(model.Cipher)},
		{`no matching MAC found`, no(model.MAC)},
		{`[Ii]nvalid key length`, "short RSA key"},
		{`Permission denied`, "in"},
		// PuTTY.
		{`agree a key exchange algorithm|Selected key exchange algorithm`, no(model.Kex)},
		{`agree a host key algorithm|Selected host key algorithm`, no(model.HostKey)},
		{`agree a \S+ cipher|Selected \S+ cipher`, no(model.Cipher)},
		{`agree a \S+ MAC|Selected \S+ MAC`, no(model.MAC)},
		{`host key is not cached`, "in"},
		// dropbear.
		{`No matching algo kex`, no(model.Kex)},
		{`No matching algo hostkey`, no(model.HostKey)},
		{`No matching algo enc`, no(model.Cipher)},
		{`No matching algo mac`, no(model.MAC)},
		{`No auth methods could be used`, "in"},
		// libssh2 does not tell the part.
		{`\(67\)|Login denied|Authentication failure`, "in"},
		{`Failure establishing ssh session`, "no"},
		// libssh.
		{`no match for method kex algos`, no(model.Kex)},
		{`no match for method server host key algo`, no(model.HostKey)},
		{`no match for method encryption`, no(model.Cipher)},
		{`no match for method mac`, no(model.MAC)},
		// paramiko.
		{`no acceptable kex algorithm`, no(model.Kex)},
		{`no acceptable host key`, no(model.HostKey)},
		{`no acceptable ciphers`, no(model.Cipher)},
		{`no acceptable macs`, no(model.MAC)},
		// AsyncSSH. Where sshd is quicker it only sees the end of the connection.
		{`ConnectionLost|ConnectionResetError`, "no"},
		{`No matching key exchange algorithm found`, no(model.Kex)},
		{`No matching (server )?host key algorithm found|No matching host key`, no(model.HostKey)},
		{`No matching encryption algorithm found`, no(model.Cipher)},
		{`No matching MAC algorithm found`, no(model.MAC)},
		// JSch does not tell the part.
		{`Auth (fail|cancel)`, "in"},
		{`Algorithm negotiation fail`, "no"},
		// Go.
		{`no common algorithm for key exchange`, no(model.Kex)},
		{`no common algorithm for host key`, no(model.HostKey)},
		{`no common algorithm for \w+ to \w+ cipher`, no(model.Cipher)},
		{`no common algorithm for \w+ to \w+ MAC`, no(model.MAC)},
		{`^connected$`, "in"},
	} {
		if regexp.MustCompile(known.re).MatchString(strings.Join(strings.Fields(text), " ")) {
			return known.what, nil
		}
	}
	return "", fmt.Errorf("cannot understand what the client said: %q", text)
}

// logged reads what sshd said of one connection; ok is false while it has not said
// the last word.
func logged(lines string) (what outcome, ok bool) {
	for l := range strings.Lines(lines) {
		if r, refused := model.ParseRefusal(strings.TrimSpace(l)); refused {
			return no(r.Part), true
		}
	}
	return "in", regexp.MustCompile(`Connection (closed|reset) by|Disconnected from|Disconnecting |ssh_dispatch_run_fatal`).MatchString(lines)
}

// settle puts both sides' words together. A client that does not name the part
// is taken at the server's word.
func settle(client, server outcome) (outcome, error) {
	switch {
	case client == "no" && server != "in":
		return server, nil
	case strings.HasPrefix(string(client), "asks"), strings.HasPrefix(string(client), "short"):
		return client, nil
	case client == server, server == "in" && strings.HasPrefix(string(client), "no: "):
		// The client may see that nothing is in common, and go, before sshd does.
		return client, nil
	}
	return "", fmt.Errorf("the client says %q and the server %q", client, server)
}

// sections cuts what a program printed at its "@@ PORT" lines.
func sections(text string) map[string]string {
	out, port := map[string]string{}, ""
	for l := range strings.Lines(text) {
		if p, ok := strings.CutPrefix(l, "@@ "); ok {
			port = strings.TrimSpace(p)
			out[port] = ""
			continue
		}
		out[port] += l
	}
	return out
}

// without leaves out what is no method.
func without(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		return n == "" || strings.HasPrefix(n, "ext-info-") ||
			strings.HasPrefix(n, "kex-strict-") || strings.HasPrefix(n, "kexguess2@")
	})
}
