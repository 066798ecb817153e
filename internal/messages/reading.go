package messages

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// Reading is what a text holds beside its message. All of it was written by
// somebody else, and holds only characters that a shell takes as they are.
type Reading struct {
	Part         Part
	Lists        []List
	Fingerprints []Fingerprint
	// Host and Port are what the client connected to, or in a log the client
	// itself; empty and 0 where the text does not say.
	Host string
	Port int
	// KnownHosts is the file with the old key, Line its line, 0 where not told.
	KnownHosts string
	Line       int
	// FromLog: sshd itself said it, so that what it calls the other side is the
	// client.
	FromLog bool
}

const (
	portForm = `(?i)\bport '?(\d{1,5})\b`
	fileForm = `(?i)(?:key (?:for IP )?in|-f) ["']?([^\s"':]+)["']?(?::(\d{1,7}))?`
	logForm  = `(?i)\[preauth\]|preauth\s*$|^\S{3} [ \d]\d [\d:]{8} |\bsshd(?:-session|-auth)?\[\d+\]`
)

// places are the ways in which programs name a host, most telling first.
func places() []string {
	return []string{
		`(?i)-R ["']?(\[?[^"'\s]+)`,
		`(?i)host key for (\S+) (?:has changed|is marked)`,
		`(?i)authenticity of host '([^ ']+)`,
		`(?i)(?:to host|to|with|by|from) (?:invalid user \S+ |authenticating user \S+ )?(\S+) port`,
		`(?i)dial tcp (\S+?):(?: |$)`,
		`(?i)key is known for (\S+) and`,
		`(?i)(?:connection to|timeout connecting to|mismatch for|for server|unknownhostkey:|has been changed:) '?"?([^\s'"]+)`,
		`(?i)^(?:\S+@)?(\S+): permission denied`,
	}
}

// Read takes what else a text says out of it.
func Read(text string) Reading {
	text = unfolded(text)
	r := Reading{Fingerprints: fingerprints(text)}
	text = strings.ReplaceAll(spoken(text), "\n", " ")
	r.Part, r.Lists, r.FromLog = part(text), lists(text), regexp.MustCompile(logForm).MatchString(text)
	if m := regexp.MustCompile(portForm).FindStringSubmatch(text); m != nil {
		r.Port = port(m[1])
	}
	for _, form := range places() {
		if m := regexp.MustCompile(form).FindStringSubmatch(text); m != nil && r.Host == "" {
			r.place(m[1])
		}
	}
	if m := regexp.MustCompile(fileForm).FindStringSubmatch(text); m != nil && isPath(m[1]) && strings.Contains(m[1], "known_hosts") {
		r.KnownHosts = m[1]
		r.Line, _ = strconv.Atoi(m[2])
	}
	return r
}

// place takes host, host:port or [host]:port.
func (r *Reading) place(s string) {
	s = strings.TrimRight(strings.ReplaceAll(s, "'", ""), ".,;!")
	host := s
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, s, _ = strings.Cut(rest, "]")
		if p := port(strings.TrimPrefix(s, ":")); p != 0 {
			r.Port = p
		}
	} else if h, p, ok := strings.Cut(s, ":"); ok && !strings.Contains(p, ":") {
		if n := port(p); n != 0 {
			host, r.Port = h, n
		}
	}
	host = strings.TrimRight(host, ":")
	if isHost(host) {
		r.Host = host
	}
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// isHost and isPath let through what a shell takes as it stands, and what no
// program takes for an option.
func isHost(s string) bool {
	return s != "" && len(s) < 254 && s[0] != '-' && strings.Trim(s, letters+".:_%-") == ""
}

func isPath(s string) bool {
	return s != "" && len(s) < 254 && s[0] != '-' && strings.Trim(s, letters+"/._~-") == ""
}

func port(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 {
		return 0
	}
	return n
}

// Addr is the address in a text, where it is one.
func (r Reading) Addr() (netip.Addr, bool) {
	a, err := netip.ParseAddr(r.Host)
	return a.WithZone("").Unmap(), err == nil
}

// known is the name under which OpenSSH's clients keep the key of the host, and
// false where the text does not say.
func (r Reading) known() (string, bool) {
	switch {
	case r.Host == "":
		return "HOST", false
	case r.Port != 0 && r.Port != 22:
		return fingerprint.Bracketed(r.Host, r.Port), true
	}
	return r.Host, true
}
