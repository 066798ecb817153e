//go:build boxes

package cloud

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// userKeys makes the host keys that users give: private and public by name.
func userKeys(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, kind := range []string{"ed25519", "rsa"} {
		path := filepath.Join(t.TempDir(), kind)
		made := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "given", "-f", path)
		if said, err := made.CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, said)
		}
		for name, file := range map[string]string{kind: path, kind + ".pub": path + ".pub"} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = string(text)
		}
	}
	return out
}

// given compares the keys of the user with what lies on the disk.
func (p *player) given() {
	p.t.Helper()
	for name, text := range p.keys {
		if !strings.Contains(p.c.UserData, "@"+name+"@") {
			continue
		}
		kind, half, _ := strings.Cut(name, ".")
		path := "/etc/ssh/ssh_host_" + kind + "_key"
		if half != "" {
			path += "." + half
		}
		got, err := os.ReadFile(filepath.Join(p.b.Root(), path))
		if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(text) {
			p.t.Errorf("%s is not the user's: %v", path, err)
		}
	}
}

// block finds what stands between the marks of the console's last boot: for each
// block the lines in it.
func blocks(console, what string) [][]string {
	var out [][]string
	between := regexp.MustCompile(`(?s)-----BEGIN SSH HOST KEY ` + what + `-----\n(.*?)\n[^\n]*-----END SSH HOST KEY ` + what + `-----`)
	for _, m := range between.FindAllStringSubmatch(console, -1) {
		out = append(out, strings.Split(m[1], "\n"))
	}
	return out
}

// printed lets the client in with nothing but what the console printed, and
// compares that with what the server offers.
func (p *player) printed(port int) {
	p.t.Helper()
	console := p.console()
	keys, prints := blocks(console, "KEYS"), blocks(console, "FINGERPRINTS")
	doctor := strings.Contains(console, "no comment (")
	who := "cloud-init"
	switch {
	case len(keys) == 0:
		who = "nobody"
	case doctor:
		who = "doctor"
	}
	if who != p.c.Console || len(keys) > 1 || len(prints) != len(keys) {
		p.t.Errorf("%d and %d blocks on the console, by %s; want one by %s\n%s", len(prints), len(keys), who, p.c.Console, console)
	}
	if p.c.Clients != string(box.OK) {
		return
	}
	served := p.served()
	var shown []string
	for _, block := range keys {
		for _, line := range block {
			words := strings.Fields(line)
			if len(words) < 2 {
				p.t.Fatalf("the console has the key %q", line)
			}
			shown = append(shown, words[0]+" "+words[1])
			p.knock(port, words[0], words[1])
		}
	}
	for _, key := range served {
		if len(keys) > 0 && !slices.Contains(shown, key) {
			p.t.Errorf("the console lacks %s; it has %q", key, keys)
		}
		sum := p.sum(key)
		for _, block := range prints {
			if !strings.Contains(strings.Join(block, "\n"), sum) {
				p.t.Errorf("the fingerprints on the console lack %s", sum)
			}
		}
		if issue := p.sh("/sbin/agetty --show-issue </dev/console"); p.c.Prompt == "keys" && strings.Count(issue, sum) != 1 {
			p.t.Errorf("the login prompt does not show %s once:\n%s", sum, issue)
		}
	}
}

// served are the keys that the server has for clients, as ssh-keyscan sees them.
func (p *player) served() []string {
	p.t.Helper()
	r, err := p.b.Outside(p.t.Context(), "ssh-keyscan", "-T", "5", "-t", "rsa,ecdsa,ed25519", "-p", p.c.Port, "127.0.0.1")
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(r.Stdout) {
		if words := strings.Fields(line); len(words) == 3 && words[0] != "#" {
			out = append(out, words[1]+" "+words[2])
		}
	}
	if len(out) == 0 {
		p.t.Errorf("the server offers no key: %s", r.Stderr)
	}
	return out
}

// knock has the client know one key and no other: it gets in only where the
// server proves that very key.
func (p *player) knock(port int, kind, key string) {
	p.t.Helper()
	known := filepath.Join(p.t.TempDir(), "known_hosts")
	line := "* " + kind + " " + key + "\n"
	if err := os.WriteFile(known, []byte(line), 0o600); err != nil {
		p.t.Fatal(err)
	}
	algorithms := kind
	if kind == "ssh-rsa" {
		algorithms = "rsa-sha2-512,rsa-sha2-256"
	}
	seen, err := p.b.ClientWith(p.t.Context(), "127.0.0.1", port, "-o", "StrictHostKeyChecking=yes",
		"-o", "UserKnownHostsFile="+known, "-o", "HostKeyAlgorithms="+algorithms)
	if err != nil || seen.Sight != box.OK {
		p.t.Errorf("the console has a key that the server does not hold: %s: %v, %v", line, seen, err)
	}
}

// sum is the fingerprint of a key, as ssh-keygen tells it.
func (p *player) sum(key string) string {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "ssh-keygen", "-l", "-f", "-")
	cmd.Stdin = strings.NewReader(key + "\n")
	out, err := cmd.Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) < 2 {
		p.t.Fatalf("ssh-keygen -l: %v, %q", err, out)
	}
	return words[1]
}
