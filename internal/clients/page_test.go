package clients

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func at(minute int) time.Time { return time.Date(2026, 11, 22, 12, minute, 0, 0, time.UTC) }

func refusal(minute int, from, part, offer string) Refusal {
	r, _ := ParseRefusal(fmt.Sprintf("Unable to negotiate with %s port 1: no matching %s found. Their offer: %s [preauth]", from, part, offer))
	r.Time = at(minute)
	return r
}

func facts(t *testing.T, s Server, refusals ...Refusal) Facts {
	return Facts{
		Whole: true, Known: all(t), Where: "127.0.0.1 port 22", Server: &s, Refusals: refusals,
		Host: Host{Banner: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", Keys: []string{"ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"}},
	}
}

const jsch = "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"

// The page fits a console, whatever the server offers and whoever was refused.
func TestPageFits(t *testing.T) {
	var many []Refusal
	for i := range 40 {
		many = append(many, refusal(i, fmt.Sprintf("192.0.2.%d", i), "cipher", fmt.Sprintf("made-%d", i)))
	}
	for what, f := range map[string]Facts{
		"usual": facts(t, serverOf(t, "9.2", usual()...)), "many": facts(t, serverOf(t, "10.0", usual()...), many...),
		"sntrup": facts(t, one("sntrup761x25519-sha512", "ssh-ed25519", "aes256-ctr", "hmac-sha2-256"), many...),
		"weak":   facts(t, one("diffie-hellman-group1-sha1", "ssh-dss", "3des-cbc", "hmac-md5")),
		"empty":  facts(t, Server{}),
		"odd":    facts(t, serverOf(t, "9.2", strings.Repeat("x", 200), "\x1b[2J")),
	} {
		f.Host.Banner += "\x1b]0;evil\a" + strings.Repeat("y", 300)
		for _, all := range []bool{false, true} {
			lines := Page(f, all)
			if !all && len(lines) > height+1 {
				t.Errorf("%s: %d lines", what, len(lines))
			}
			for _, l := range lines {
				if len(l) > width || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Errorf("%s: %q does not fit", what, l)
				}
			}
		}
	}
}

func has(t *testing.T, lines []string, want ...string) {
	t.Helper()
	text := strings.Join(lines, "\n")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%s", w, text)
		}
	}
}

func TestPage(t *testing.T) {
	f := facts(t, serverOf(t, "9.2", "rsa-sha2-512", "rsa-sha2-256"))
	f.Host.Keys, f.Host.Made = []string{"ssh-rsa"}, []string{"ecdsa", "ed25519"}
	has(t, Page(f, false), "127.0.0.1 port 22: OpenSSH_9.2p1", "OpenSSH 5.3 to 7.1", "use 7.2 or later",
		"a new ECDSA host key", "sshd-doctor heal", "sshd-doctor clients --all")
	f.Host.Made = nil
	has(t, Page(f, false), "ssh-keygen -A", "sed -i '1i HostKey /etc/ssh/ssh_host_ecdsa_key' /etc/ssh/sshd_config")
	has(t, Page(facts(t, serverOf(t, "9.2", usual()...)), true), "It is your decision. The cost:",
		"who can forge a SHA-1 signature can pose as this server", "gets in with", "could not tell: its offer is known in part")
	f.RefusalsErr = "journalctl is not there"
	has(t, Page(f, true), "Refused in the last day: journalctl is not there")
	has(t, Page(facts(t, serverOf(t, "8.4", append(usual(), "ssh-rsa")...), refusal(1, "192.0.2.1", "key exchange method", jsch)), false),
		"192.0.2.1: no common key exchange method (over: not any more); JSch 0.1.55")
}

// Never is a weak method shown as something that this program would do, or as
// harmless.
func TestWeakIsAlwaysCalledWeak(t *testing.T) {
	for _, s := range []Server{serverOf(t, "9.2", usual()...), serverOf(t, "10.0", "ssh-ed25519"), serverOf(t, "10.0", usual()...)} {
		for _, g := range Look(all(t), s, Host{}).Refused {
			for _, p := range Parts() {
				name := g.Fix.Add[p]
				weak := strings.HasSuffix(name, "sha1") && p == Kex || name == "ssh-rsa" || name == "ssh-dss" || strings.Contains(name, "cbc") || strings.Contains(name, "md5")
				if weak && !g.Fix.weak() {
					t.Errorf("%s: %s counts as safe", g, name)
				}
			}
		}
	}
}

func TestTurnedAndJudge(t *testing.T) {
	now := serverOf(t, "10.0", usual()...)
	f := facts(t, now,
		refusal(1, "192.0.2.1", "host key type", "ssh-rsa,ssh-dss"),
		refusal(2, "192.0.2.2", "host key type", "ssh-rsa,ssh-dss"),
		refusal(3, "192.0.2.1", "host key type", "ssh-rsa,ssh-dss"),
		refusal(4, "198.51.100.1", "key exchange method", jsch),
		refusal(5, "198.51.100.2", "key exchange method", "diffie-hellman-group1-sha1,rsa1024-sha1"),
		refusal(6, "127.77.1.2", "cipher", "seen-by-ourselves"),
		refusal(7, "::1", "cipher", "seen-by-ourselves"),
		refusal(8, "203.0.113.5", "MAC", "hmac-odd"),
		refusal(9, "203.0.113.6", "MAC", "hmac-odder"),
	)
	var got []string
	for _, x := range Judge(f) {
		got = append(got, fmt.Sprintf("%s %s %s: %s", x.Severity, x.Code, x.Subject, x.Summary))
	}
	want := []string{
		"notice negotiation-client-refused 203.0.113.6: 203.0.113.6 found no common MAC: an unknown client",
		"notice negotiation-client-refused 203.0.113.5: 203.0.113.5 found no common MAC: an unknown client",
		"notice negotiation-client-refused 198.51.100.2: 198.51.100.2 found no common key exchange method: the PuTTY family (PuTTY, WinSCP, FileZilla)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	turned := f.Turned()
	last := turned[len(turned)-1]
	if last.Count != 3 || len(last.Peers) != 2 || last.Peers[0] != netip.MustParseAddr("192.0.2.1") || !last.Last.Equal(at(3)) || !last.Now {
		t.Errorf("%+v", last)
	}
	if jsch := turned[3]; jsch.Now || jsch.Likely() != "JSch 0.1.55" {
		t.Errorf("it shares ECDH with this server: %+v", jsch)
	}
}
