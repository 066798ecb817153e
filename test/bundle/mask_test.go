//go:build boxes

package bundle

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

const people = `
set -e
useradd -m alicia
useradd -m bobby
hostname secretbox 2>/dev/null || true
echo secretbox >/etc/hostname
echo '127.0.1.1 secretbox.corp.internal secretbox' >>/etc/hosts
ip addr add 192.0.2.55/32 dev lo
ip addr add 2001:db8:5::55/128 dev lo
mkdir -p /etc/systemd/system/ssh.service.d
cat >/etc/systemd/system/ssh.service.d/10-noise.conf <<'END'
[Unit]
Description=sshd of alicia@corp.internal at 192.0.2.55
[Service]
ExecStartPre=/bin/echo Invalid user mallory from 203.0.113.9 port 4 of ::ffff:203.0.113.9
ExecStartPre=/bin/echo Accepted publickey for alicia from 2001:db8:9::9 port 4 ssh2: RSA SHA256:x
ExecStartPre=/bin/echo link 52:54:00:12:34:56 and web.corp.internal and 198.51.100.3, secretbox
IPAddressAllow=any 198.51.100.0/24 2001:db8:77::/48
END
cat >>/etc/ssh/sshd_config <<'END'
AllowUsers alicia bobby@198.51.100.* root nobody
# ask alicia, +49 or bobby@corp.internal
ListenAddress 192.0.2.55
ListenAddress [2001:0DB8:5:0::55]:22
ListenAddress 127.0.0.1
Match User charlotte Address 198.51.100.0/24
    X11Forwarding no
END
systemctl daemon-reload
systemctl restart ssh.service`

func TestMaskedBundle(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		shell(t, b, people)
		if _, err := b.ClientWith(t.Context(), "127.0.0.1", 22, "-o", "User=mallory"); err != nil {
			t.Fatal(err)
		}
		said := shell(t, b, "cd /root; sshd-doctor bundle --mask; mv sshd-doctor-*.tar.gz m.tgz")
		if strings.Contains(said, "secretbox") {
			t.Errorf("the name of the file tells the machine: %s", said)
		}
		files := unpack(t, fetch(t, b, "/root/m.tgz"))
		for name, text := range files {
			for _, who := range []string{
				"alicia", "bobby", "mallory", "charlotte", "secretbox", "corp.internal", "52:54:00", "192.0.2.55", "203.0.113", "198.51.100",
				"2001:db8", "2001:0db8", "c000:237", "cb00:7109", "198 51 100", "32 1 13 184",
			} {
				if strings.Contains(strings.ToLower(name+"\n"+text), who) {
					t.Errorf("%s: %q is in it:\n%s", name, who, around(strings.ToLower(text), who))
				}
			}
		}
		// One word for the same thing everywhere, and what says nothing stays.
		conf := files["files/etc/ssh/sshd_config"]
		address := word(t, conf, "\nListenAddress ", "\n")
		user := word(t, conf, "\nAllowUsers ", " ")
		for _, want := range []struct{ name, text string }{
			{"sockets.txt", address + ":22"},
			{"sshd-effective.txt", "listenaddress " + address + ":22"},
			{"handshake.txt", address + ":22"},
			{"journal-sshd.txt", "Accepted publickey for " + user + " from <ipv6-"},
			{"sshd-effective.txt", "allowusers " + user},
			{"handshake.txt", "127.0.0.1:22"},
			{"files/etc/ssh/sshd_config", "root nobody"},
		} {
			if !strings.Contains(files[want.name], want.text) {
				t.Errorf("%s does not have %q in it:\n%s", want.name, want.text, files[want.name])
			}
		}
	})
}

func around(text, what string) string {
	at := strings.Index(text, what)
	if at < 0 {
		return ""
	}
	return text[max(0, at-60):min(len(text), at+60)]
}

// word is what stands between two marks.
func word(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, before)
	w, _, more := strings.Cut(rest, after)
	if !found || !more || !strings.HasPrefix(w, "<") {
		t.Fatalf("no placeholder behind %q in\n%s", before, text)
	}
	return w
}
