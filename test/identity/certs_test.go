//go:build boxes

package identity

import (
	"strings"
	"testing"
)

// Host certificates made by the suite's own ssh-keygen: what a client that trusts
// their authority sees, and what check says. Nothing of it is ever repaired.
func TestCertificates(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.must(named)
		name := strings.TrimSpace(s.must("hostname")) + ".example.org"
		s.must(`ssh-keygen -q -t ed25519 -N '' -f /root/ca; ssh-keygen -q -t rsa -b 2048 -N '' -f /root/rsa
			ssh-keygen -q -t ed25519 -N '' -f /root/other
			mkdir -p /root/.ssh; for ca in ca rsa; do echo "@cert-authority * $(cut -d' ' -f1,2 /root/$ca.pub)"; done >/root/.ssh/known_hosts
			echo 'HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub' >/etc/ssh/sshd_config.d/cert.conf`)
		const cert = "/etc/ssh/ssh_host_ed25519_key-cert.pub"
		sign := func(how string) string {
			return "ssh-keygen -q " + how + " -I box -h /etc/ssh/ssh_host_ed25519_key.pub"
		}
		for _, c := range []struct {
			what, make string
			client     bool
			exit       int
			says       string
		}{
			{"valid", sign("-s /root/ca -n " + name + " -V -1d:+52w"), true, 0, ""},
			{"for a pattern", sign("-s /root/ca -n '*.example.org' -V -1d:+52w"), false, 0, "for other names"},
			{"for every name", sign("-s /root/ca -V -1d:+52w"), true, 0, ""},
			{"expired", sign("-s /root/ca -n " + name + " -V 20200101:20200201"), false, 1, "expired"},
			{"not valid yet", sign("-s /root/ca -n " + name + " -V +2w:+52w"), false, 1, "valid only from"},
			{"for the name of before", sign("-s /root/ca -n old.example.com -V -1d:+52w"), false, 0, "for other names"},
			{"signed with SHA-1", sign("-s /root/rsa -t ssh-rsa -n " + name + " -V -1d:+52w"), false, 1, "signed with SHA-1"},
			{"signed with RSA", sign("-s /root/rsa -n " + name + " -V -1d:+52w"), true, 0, ""},
			{"for a user", "ssh-keygen -q -s /root/ca -I box -n " + name + " /etc/ssh/ssh_host_ed25519_key.pub", false, 1, "for a user"},
			{"for another key", "ssh-keygen -q -s /root/ca -I box -h -n " + name + " /root/other.pub; mv /root/other-cert.pub " + cert, false, 1, "a key that is not here"},
			{"none", "rm " + cert, false, 1, "is not there"},
		} {
			s.must(c.make + "; systemctl reset-failed ssh; systemctl restart ssh")
			out := s.ends(255, "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com,ssh-ed25519 nobody@"+name+" true 2>&1")
			if got := strings.Contains(out, "Permission denied"); got != c.client {
				s.Errorf("%s: the client gets in: %v\n%s", c.what, got, out)
			}
			text := s.ends(c.exit, "sshd-doctor check")
			if !strings.Contains(text, c.says) || (c.says == "") == strings.Contains(text, "-cert.pub") {
				s.Errorf("%s: check does not say %q, or says too much:\n%s", c.what, c.says, text)
			}
			before := s.must("ls -l --time-style=full-iso /etc/ssh")
			s.ends(c.exit, "sshd-doctor heal --yes")
			if after := s.must("ls -l --time-style=full-iso /etc/ssh"); after != before {
				s.Errorf("%s: heal changed something:\n%s\n%s", c.what, before, after)
			}
		}
	})
}
