package box

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Sight is what the user of a real SSH client sees, in one word.
type Sight string

// What a client can see.
const (
	OK             Sight = "ok"              // the key exchange passed: the server can be reached
	Refused        Sight = "refused"         // nothing listens
	Reset          Sight = "reset"           // connected, then reset
	Closed         Sight = "closed"          // connected, then closed
	Timeout        Sight = "timeout"         // no answer
	NoMatch        Sight = "no-match"        // nothing in common in the negotiation
	HostkeyChanged Sight = "hostkey-changed" // the client knows another host key
	Other          Sight = "other"           // anything else; read the text
)

// Sights lists every word that Classify can answer.
func Sights() []Sight {
	return []Sight{OK, Refused, Reset, Closed, Timeout, NoMatch, HostkeyChanged, Other}
}

// Attempt is one try of a client.
type Attempt struct {
	Sight Sight
	Text  string // what the client printed
	Took  time.Duration
}

// String is the sight and, where it is not plain success, the client's text.
func (a Attempt) String() string {
	if a.Sight == OK {
		return string(a.Sight)
	}
	return fmt.Sprintf("%s: %s", a.Sight, strings.TrimSpace(a.Text))
}

// Client lets this machine's own OpenSSH client try to get in, as a user that
// has no account. "Permission denied" is success: the server has proven its
// host key. Over IPv4 loopback each attempt comes from an address of its own,
// so that a server's penalties for one attempt do not fall on the next.
func (b *Box) Client(ctx context.Context, addr string, port int) (Attempt, error) {
	return b.ClientWith(ctx, addr, port)
}

// ClientWith is Client with further options of ssh(1), each one argument.
// They win over the options that Client sets itself.
func (b *Box) ClientWith(ctx context.Context, addr string, port int, more ...string) (Attempt, error) {
	args := append([]string{"ssh", "-F", "none"}, more...)
	args = append(args, b.clientOptions(addr, port)...)
	args = append(args, "-o", "PasswordAuthentication=no", "-o", "IdentityFile=none",
		"--", "nobody@"+addr, "true")
	cmd := b.enter(ctx, "-n", args...)
	cmd.Env = clientEnv()
	r, err := collect(ctx, cmd, nil)
	if err != nil {
		return Attempt{}, fmt.Errorf("cannot run the ssh client: %w", err)
	}
	text := withoutNotice(r.Stderr) + r.Stdout
	return Attempt{Sight: Classify(r.Exit, text), Text: text, Took: r.Took}, nil
}

// withoutNotice drops the line about a new known host, which says nothing when
// nothing is remembered.
func withoutNotice(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "Warning: Permanently added") {
			s.WriteString(line)
		}
	}
	return s.String()
}

// clientOptions make ssh(1) quick and free of this machine's settings.
func (b *Box) clientOptions(addr string, port int) []string {
	args := []string{"-p", strconv.Itoa(port)}
	for _, option := range []string{"BatchMode=yes", "StrictHostKeyChecking=no",
		"UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null",
		"ConnectTimeout=4", "IdentitiesOnly=yes", "IdentityAgent=none"} {
		args = append(args, "-o", option)
	}
	if ip, err := netip.ParseAddr(addr); err == nil && ip.Is4() && ip.IsLoopback() {
		n := b.sources.Add(1)
		args = append(args, "-b", fmt.Sprintf("127.20.%d.%d", n/250%250, n%250+1))
	}
	return args
}

// clientEnv keeps the texts in English and agents out.
func clientEnv() []string {
	return []string{"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C"}
}

// Classify says in one word what a client's exit code and text mean.
func Classify(exit int, text string) Sight {
	for _, known := range []struct {
		mark  string
		sight Sight
	}{
		{"REMOTE HOST IDENTIFICATION HAS CHANGED", HostkeyChanged},
		{"Host key verification failed", HostkeyChanged},
		{"Permission denied (", OK},
		{"Too many authentication failures", OK},
		{"Unable to negotiate", NoMatch},
		{"no matching ", NoMatch},
		{"Connection refused", Refused},
		{"timed out", Timeout},
		{"Connection reset by", Reset},
		{"Connection closed by", Closed},
	} {
		if strings.Contains(text, known.mark) {
			return known.sight
		}
	}
	if exit == 0 {
		return OK
	}
	return Other
}
