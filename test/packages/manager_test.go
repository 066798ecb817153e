//go:build boxes

package packages

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// manager is how a package is dealt with on a machine, in commands. Those that
// take one are followed by its file.
type manager struct {
	// kind is what its packages are called.
	kind string
	// install also replaces one version by another, older or newer.
	install, verify, remove, purge string
	// trigger is what the machine itself does when a package has brought files.
	trigger string
}

func dpkg() manager {
	return manager{"deb", "dpkg -i", "dpkg --verify sshd-doctor", "dpkg -r sshd-doctor", "dpkg -P sshd-doctor", ""}
}

// rpm knows no purge: what the program wrote down stays until somebody removes it.
func rpm() manager {
	return manager{
		"rpm", "/run/rpm/run -U --oldpackage", "/run/rpm/run -V sshd-doctor", "/run/rpm/run -e sshd-doctor", "rm -r /var/lib/sshd-doctor",
		"; journalctl --update-catalog",
	}
}

// bring puts two versions of a package into a box, as /run/first and /run/later.
func (m manager) bring(t *testing.T, b *box.Box, first, later map[string][]byte) {
	t.Helper()
	mine := regexp.MustCompile(map[string]string{"amd64": `[._](amd64|x86_64)\.`, "arm64": `[._](arm64|aarch64)\.`}[runtime.GOARCH] + m.kind + "$")
	for to, packages := range map[string]map[string][]byte{"first": first, "later": later} {
		found := 0
		for name, text := range packages {
			if !mine.MatchString(name) {
				continue
			}
			found++
			if err := os.WriteFile(filepath.Join(b.Disk(), "srv", to+"."+m.kind), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if found != 1 {
			t.Fatalf("%d packages for this machine: %s", found, mine)
		}
	}
}

// first and later are the commands that install a version.
func (m manager) first() string { return m.install + " /srv/first." + m.kind + m.trigger }
func (m manager) later() string { return m.install + " /srv/later." + m.kind + m.trigger }

// carry brings this machine's rpm into a box whose Debian has none, with the
// libraries and settings that it needs, beside those of the box: what it installs
// is installed on that machine, and its scripts run there.
func carry(t *testing.T, b *box.Box) {
	t.Helper()
	dir := filepath.Join(b.Root(), "run/rpm")
	script := `set -eu
mkdir -p "$1/lib"
cp "$(command -v rpm)" "$1/rpm"
ldd "$1/rpm" | grep -o '/[^ ]*' | while read -r lib; do cp -L "$lib" "$1/lib/"; done
cp -rL /usr/lib/rpm "$1/settings"
cat >"$1/run" <<'END'
#!/bin/sh
RPM_CONFIGDIR=/run/rpm/settings exec /run/rpm/lib/ld-linux-* --library-path /run/rpm/lib /run/rpm/rpm --dbpath /run/rpm/db "$@"
END
chmod 755 "$1/run"
# Fedora's packages "filesystem" and "systemd" have these.
cd "$1/../../usr/share"
mkdir -p licenses zsh/site-functions fish/vendor_completions.d ../lib/systemd/system ../lib/systemd/system-preset`
	if out, err := command(t, "sh", "-c", script, "sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("cannot carry rpm into a box: %v\n%s", err, strings.TrimSpace(string(out)))
	}
}
