//go:build boxes

package bundle

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// Whatever is wrong around it, there is a bundle, and it says what is missing.
func TestBundleWhereThingsHang(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		shell(t, b, `
			for p in journalctl dpkg openssl; do
				printf '#!/bin/sh\nsleep 1000 & sleep 1000\n' >/tmp/$p; chmod 755 /tmp/$p
				[ -e /usr/bin/$p ] || cp /tmp/$p /usr/bin/$p; mount --bind /tmp/$p /usr/bin/$p
			done
			mkdir -p /etc/systemd/system/ssh.service.d
			mkfifo /etc/site.env
			printf '[Service]\nEnvironmentFile=-/etc/site*.env\n' >/etc/systemd/system/ssh.service.d/x.conf
			systemctl daemon-reload
			yes '# many' | head -c 200000 >>/etc/ssh/sshd_config
			yes '# x' | head -c 2000000 >/etc/site-large.env`)
		shell(t, b, "sshd-doctor bundle -o /root/b.tgz")
		files := unpack(t, fetch(t, b, "/root/b.tgz"))
		for _, want := range []string{
			"journal-sshd.txt\n", "no answer within 8s", "not a regular file", "of 2", "larger than 262144 bytes",
		} {
			if !strings.Contains(files["MANIFEST.txt"], want) {
				t.Errorf("the manifest does not say %q:\n%s", want, files["MANIFEST.txt"])
			}
		}
		if !strings.Contains(files["packages.txt"], "cannot finish /usr/bin/dpkg") || files["report.txt"] == "" {
			t.Errorf("packages.txt: %s", files["packages.txt"])
		}
		if left := shell(t, b, "pgrep -r R,S,D,T -x sleep || true"); left != "" {
			t.Errorf("programs are left behind: %s", left)
		}
	})
}

func TestTheFileItself(t *testing.T) {
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		shell(t, b, "cd /root; umask 0; sshd-doctor bundle -o b.tgz")
		if mode := shell(t, b, "stat -c '%a %u' /root/b.tgz"); mode != "600 0\n" {
			t.Errorf("mode and owner are %s", mode)
		}
		before := fetch(t, b, "/root/b.tgz")
		for _, script := range []string{
			"cd /root; sshd-doctor bundle -o b.tgz", "sshd-doctor bundle -o /root", "sshd-doctor bundle -o /none/b.tgz",
			"sshd-doctor bundle -o - --json", "sshd-doctor bundle x", "ln -s /etc/target /root/link; sshd-doctor bundle -o /root/link",
		} {
			if said := exits(t, b, 64, script); !strings.Contains(said, "sshd-doctor: ") {
				t.Errorf("%s: %s", script, said)
			}
		}
		if !bytes.Equal(fetch(t, b, "/root/b.tgz"), before) {
			t.Error("a bundle was overwritten")
		}
		if _, err := os.Stat(filepath.Join(b.Root(), "/etc/target")); err == nil {
			t.Error("a link was followed")
		}
		exits(t, b, 1, "mkdir /small; mount -t tmpfs -o size=8k tmpfs /small; cd /small; sshd-doctor bundle")
		exits(t, b, 1, "sshd-doctor bundle -o - >/dev/full")
		if left := shell(t, b, "ls -A /small"); left != "" {
			t.Errorf("half a bundle is left: %s", left)
		}
		// Not everything may be read by everybody, and that is said.
		shell(t, b, "mkdir -m 1777 /tmp/x; cd /tmp/x; setpriv --reuid 65534 --regid 65534 --clear-groups sshd-doctor bundle -o /tmp/x/n.tgz")
		files := unpack(t, fetch(t, b, "/tmp/x/n.tgz"))
		if m := files["MANIFEST.txt"]; !strings.Contains(m, "without root") || !strings.Contains(m, "files/etc/ssh/sshd_config") {
			t.Errorf("the manifest of nobody:\n%s", m)
		}
		var said struct {
			Schema  int
			Path    string
			Bytes   int
			Entries []struct{ Name string }
		}
		if err := json.Unmarshal([]byte(shell(t, b, "cd /root; sshd-doctor bundle --json -o j.tgz")), &said); err != nil {
			t.Fatal(err)
		}
		if said.Schema != 1 || said.Path != "/root/j.tgz" || said.Bytes != len(fetch(t, b, "/root/j.tgz")) || len(said.Entries) < 15 {
			t.Errorf("%+v", said)
		}
		if size := len(fetch(t, b, "/root/j.tgz")); size > 200<<10 {
			t.Errorf("%d bytes are too many for an ordinary box", size)
		}
	})
}
