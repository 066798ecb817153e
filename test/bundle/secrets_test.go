//go:build boxes

package bundle

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// plant puts secrets wherever people and programs put them. Every one of them
// has the word hunter in it, and is listed by planted.
const plant = `
set -e
cd /etc/ssh
cat >>sshd_config <<'END'
# the root password is hunter01comment
# token: hunter02comment
#AuthorizedKeysCommand /usr/bin/curl -u bob:hunter03 https://bob:hunter04@keys.example/%u?token=hunter05
VersionAddendum token=hunter07banner
# root pw hunter44comment
AuthorizedKeysCommand /usr/bin/ldapsearch -x -w hunter45ldap %u
AuthorizedKeysCommandUser nobody
END
mkdir -p sshd_config.d /etc/systemd/system/ssh.service.d /etc/site
echo '# password hunter08dropin' >'sshd_config.d/token=hunter09filename.conf'
printf '# -----BEGIN PRIVATE KEY-----\n# aHVudGVyMDZibG9jaw0hunter06block\n# -----END PRIVATE KEY-----\n' >sshd_config.d/40-block.conf
printf '# -----BEGIN CERTIFICATE-----\n# aHVudGVyMDZibG9jaw0hunter38cert\n# -----END CERTIFICATE-----\n' >sshd_config.d/50-cert.conf
echo 'SetEnv DB_PASSWORD=hunter10setenv' >sshd_config.d/20-env.conf
cat >/etc/systemd/system/ssh.service.d/10-site.conf <<'END'
[Unit]
Description=sshd of site, token=hunter11description
[Service]
# hunter12 is the password: hunter13unit
Environment=SITE_KEY=hunter14environment "OTHER=hunter15quoted" \
    # a comment does not end it
    MORE=hunter16continued
LogExtraFields=SITE=hunter40field
ExecStartPre=/bin/sh -c "DB=hunter41shell /bin/true"
ExecStartPre=/bin/echo said -P hunter42echoed --pass hunter43echoed
EnvironmentFile=-/etc/site/hunter.env
ExecStartPre=/usr/local/sbin/noise --password hunter17argument
END
cat >/etc/site/hunter.env <<'END'
# was hunter18before
AWS_SECRET_ACCESS_KEY=hunter19envfile
QUOTED="first hunter20line
second hunter21line"
export URL=https://hunter22user:hunter23pass@db.example/
END
echo '# PW=hunter24default' >>/etc/default/ssh
echo 'DATABASE=hunter25default' >>/etc/default/ssh
cat >/usr/local/sbin/noise <<'END'
#!/bin/sh
cat <<'SAID'
connecting to postgres://site:hunter26journal@db.example/x
Authorization: Bearer hunter27bearer
authorization: Basic aHVudGVyMjhiYXNpYzpodW50ZXIyOA==
login with password=hunter29journal
{"user": "x", "api_key": "hunter30json"}
Cookie: session=hunter31cookie
root:$6$hunter32salt$hunter33hashhunter33hashhunter33:19000:0:99999:7:::
key ghp_hunter34hunter34hunter34hunter34 in use
-----BEGIN OPENSSH PRIVATE KEY-----
hunter35pemhunter35pemhunter35pem
hunter36lastline=
-----END OPENSSH PRIVATE KEY-----
SAID
END
chmod 755 /usr/local/sbin/noise
echo 'root:hunter37rootpassword' | chpasswd
systemctl daemon-reload
systemctl restart ssh.service`

// planted lists what must not be found: the words of the script, and what the
// box held before.
func planted(t *testing.T, b *box.Box) []string {
	t.Helper()
	var out []string
	for word := range strings.FieldsFuncSeq(plant, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) {
		if strings.HasPrefix(word, "hunter") && len(word) > len("hunter12") {
			out = append(out, word)
		}
	}
	out = append(out, "aHVudGVyMjhiYXNpYzpodW50ZXIyOA", "hunter03", "hunter04", "hunter05")
	for line := range strings.Lines(string(fetch(t, b, "/etc/shadow"))) {
		if _, hash, ok := strings.Cut(line, ":$"); ok {
			hash, _, _ = strings.Cut(hash, ":")
			out = append(out, "$"+hash)
		}
	}
	keys, err := filepath.Glob(b.Root() + "/etc/ssh/ssh_host_*_key")
	if err != nil || len(keys) == 0 {
		t.Fatalf("no host keys in the box: %v", err)
	}
	for _, key := range append(keys, b.Root()+"/root/.ssh/authorized_keys") {
		data, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(string(data)) {
			if len(word) > 20 && !strings.Contains(word, "-") {
				out = append(out, word)
			}
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d secrets", len(out))
	}
	return out
}

// forms are those in which a secret could stand in a text.
func forms(secret string) []string {
	out := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret)}
	for _, pad := range []string{"", "a", "aa"} {
		// What stands before it moves the groups of three octets.
		enc := base64.StdEncoding.EncodeToString([]byte(pad + secret))
		out = append(out, enc[4:len(enc)-4])
	}
	return out
}

func search(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		for _, form := range forms(s) {
			if at := strings.Index(strings.ToLower(text), strings.ToLower(form)); at >= 0 {
				t.Errorf("%s: %q is in it: ...%s...", where, s, text[max(0, at-80):min(len(text), at+80)])
				break
			}
		}
	}
}

func searchAll(t *testing.T, files map[string]string, secrets []string) {
	t.Helper()
	for name, text := range files {
		search(t, name, text, secrets)
		search(t, "a name", name, secrets)
	}
}

func TestNoSecretIsInABundle(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		shell(t, b, plant)
		secrets := planted(t, b)
		said := shell(t, b, "sshd-doctor bundle -o /root/b.tgz")
		search(t, "the screen", said, secrets)
		files := unpack(t, fetch(t, b, "/root/b.tgz"))
		searchAll(t, files, secrets)
		// It must be the entries that are clean, not that there are none.
		for name, wanted := range map[string]string{
			"sshd-effective.txt":                                  "versionaddendum",
			"files/etc/ssh/sshd_config":                           "VersionAddendum token=[removed]",
			"files/etc/systemd/system/ssh.service.d/10-site.conf": "ExecStartPre=/usr/local/sbin/noise --password [removed]",
			"files/etc/site/hunter.env":                           "AWS_SECRET_ACCESS_KEY=[left out]",
			"files/etc/default/ssh":                               "DATABASE=[left out]",
			"unit-ssh.service.txt":                                "Description=sshd of site, token=[removed]",
			"journal-sshd.txt":                                    "login with password=[removed]",
			"files/etc/ssh/sshd_config.d/50-cert.conf":            "# [removed]",
			"MANIFEST.txt":                                        "left out: there is a private key in it",
			"handshake.txt":                                       "token=[removed]",
			"report.json":                                         `"verdict"`,
			"sockets.txt":                                         ":22",
			"packages.txt":                                        "dpkg -V",
			"etc-ssh.txt":                                         "ssh_host_ed25519_key.pub",
		} {
			if !strings.Contains(files[name], wanted) {
				t.Errorf("%s does not have %q in it:\n%s", name, wanted, files[name])
			}
		}
		shell(t, b, "mkdir -p /etc/app; echo 'joe:hunter46abcXYZ:19000:0:99999:7:::' >/etc/app/ashadow; "+
			"printf 'hunter47tail=\\n' >/etc/ssh/tail; echo 'Include /etc/app/ashadow /etc/ssh/tail' >/etc/ssh/sshd_config.d/05-app.conf; systemctl restart ssh.service || true")
		foreign := []string{"hunter46", "hunter47"}
		search(t, "the screen", shell(t, b, "sshd-doctor check || true; sshd-doctor check --json || true; sshd-doctor bundle -o /root/app.tgz"), foreign)
		if files = unpack(t, fetch(t, b, "/root/app.tgz")); !strings.Contains(files["report.txt"], "/etc/app/ashadow") {
			t.Errorf("it is not said where it stands:\n%s", files["report.txt"])
		}
		searchAll(t, files, append(foreign, secrets...))
		shell(t, b, "rm /etc/ssh/sshd_config.d/05-app.conf /etc/ssh/tail; rm -r /etc/app")
		shell(t, b, "cat /etc/ssh/ssh_host_ed25519_key /etc/shadow >/etc/ssh/sshd_config.d/30-wide.conf; "+
			"echo 'Include /etc/ssh/ssh_host_*_key /etc/shadow /root/.ssh/*' >/etc/ssh/sshd_config.d/10-wide.conf; rm -f /etc/ssh/ssh_host_rsa_key")
		said = shell(t, b, "sshd-doctor bundle -o /root/wide.tgz; sshd-doctor bundle --json -o /root/json.tgz; sshd-doctor bundle -o - >/root/out.tgz")
		search(t, "the screen", said, secrets)
		for _, name := range []string{"/root/wide.tgz", "/root/json.tgz", "/root/out.tgz"} {
			files = unpack(t, fetch(t, b, name))
			searchAll(t, files, secrets)
			if !strings.Contains(files["MANIFEST.txt"], "keys or password hashes") {
				t.Errorf("it is not said what was not read:\n%s", files["MANIFEST.txt"])
			}
		}
	})
}
