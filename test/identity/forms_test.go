//go:build boxes

package identity

import (
	"slices"
	"strings"
	"testing"
)

// named gives the box a name with a domain, addresses, and a second port.
const named = `
	printf '127.0.0.1 localhost\n192.0.2.7 '$(hostname)'.example.org '$(hostname)'\n' >/etc/hosts
	ip address add 192.0.2.7/32 dev lo; ip address add 2001:db8::7/128 dev lo
	mkdir -p /etc/ssh/sshd_config.d; printf 'Port 22\nPort 2222\n' >/etc/ssh/sshd_config.d/ports.conf
	systemctl restart ssh`

// Byte for byte what the suite's own tools print of the keys that sshd has.
func TestAsTheSuitesOwnTools(t *testing.T) {
	onEverySuite(t, func(s server) {
		s.must(named)
		name := strings.TrimSpace(s.must("hostname")) + ".example.org"
		c := s.card("")
		if len(c.Keys) != 3 || c.Verdict != "healthy" || c.Names[0] != name {
			s.Fatalf("%+v", c)
		}
		var pictures, sshfp strings.Builder
		for _, k := range c.Keys {
			pub := k.Path + ".pub"
			// The comment is the name where a line of known_hosts is asked about.
			line := s.must("printf '" + name + " '; cut -d' ' -f1,2 " + pub)
			s.must("echo '" + strings.TrimSpace(line) + "' >/root/line")
			picture := s.must("ssh-keygen -l -v -f /root/line")
			pictures.WriteString(picture)
			sshfp.WriteString(s.must("ssh-keygen -r " + name + " -f " + pub))
			if f := strings.Fields(picture); k.SHA256 != f[1] || !strings.HasPrefix(picture, strings.TrimSpace(f[0])+" ") {
				s.Errorf("%s: %s, ssh-keygen says %s", k.Path, k.SHA256, f[1])
			}
			if f := strings.Fields(s.must("ssh-keygen -l -E md5 -f " + pub)); k.MD5 != f[1] {
				s.Errorf("%s: %s, ssh-keygen says %s", k.Path, k.MD5, f[1])
			}
			if !k.Served || k.File != "same" {
				s.Errorf("%+v", k)
			}
		}
		if got := s.must("sshd-doctor identity --randomart"); got != pictures.String() {
			s.Errorf("ssh-keygen -l -v prints\n%s\nand the doctor\n%s", pictures.String(), got)
		}
		if got := s.must("sshd-doctor identity --sshfp"); got != sshfp.String() {
			s.Errorf("ssh-keygen -r prints\n%s\nand the doctor\n%s", sshfp.String(), got)
		}
		s.scanned(name)
		s.shown(name, pictures.String())
	})
}

// scanned compares the lines of known_hosts with those of ssh-keyscan, name by
// name, and has a client take them.
func (s server) scanned(name string) {
	lines := s.must("sshd-doctor identity --known-hosts | tee /root/known")
	var scanned, ours []string
	for _, port := range []string{"22", "2222"} {
		for _, host := range []string{name, "192.0.2.7", "2001:db8::7"} {
			out := s.must("ssh-keyscan -p " + port + " -t rsa,ecdsa,ed25519 " + host + " 2>/dev/null | grep -v '^#'")
			scanned = append(scanned, strings.Split(strings.TrimSpace(out), "\n")...)
		}
	}
	for line := range strings.Lines(lines) {
		names, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		for n := range strings.SplitSeq(names, ",") {
			if n = n + " " + key; strings.Contains(n, ".") || strings.Contains(n, "::") {
				ours = append(ours, n)
			}
		}
	}
	slices.Sort(scanned)
	slices.Sort(ours)
	if len(scanned) != 18 || !slices.Equal(scanned, ours) {
		s.Errorf("ssh-keyscan prints\n%s\nand the doctor\n%s", strings.Join(scanned, "\n"), strings.Join(ours, "\n"))
	}
	for _, to := range []string{"-p 22 " + name, "-p 2222 192.0.2.7", "-p 2222 2001:db8::7"} {
		out := s.ends(255, "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/root/known -l nobody "+to+" true 2>&1")
		if !strings.Contains(out, "Permission denied") {
			s.Errorf("ssh %s, with the doctor's known_hosts: %s", to, out)
		}
	}
}

// shown wants the picture that the client shows to be among the doctor's.
func (s server) shown(name, pictures string) {
	out := s.ends(255, "ssh -o BatchMode=yes -o VisualHostKey=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/root/known -l nobody "+name+" true 2>&1")
	begin, end := strings.Index(out, "+--"), strings.LastIndex(out, "[SHA256]")
	if begin < 0 || end < begin {
		s.Fatalf("the client shows no picture: %s", out)
	}
	picture := strings.ReplaceAll(out[begin:end], "\r", "")
	if !strings.Contains(pictures, picture) {
		s.Errorf("the client shows\n%s\nand the doctor\n%s", picture, pictures)
	}
}
