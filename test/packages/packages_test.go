//go:build boxes

package packages

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// copyTree makes a copy of the source tree, as somebody has it who unpacked it.
func copyTree(t *testing.T, to string) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = "../.."
	names, err := list.Output()
	if err != nil {
		t.Fatalf("cannot list the source tree: %v", err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	pack := exec.CommandContext(t.Context(), "tar", "-c", "--null", "--ignore-failed-read", "-T", "-")
	pack.Dir, pack.Stdin = list.Dir, bytes.NewReader(names)
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-m", "-C", to)
	if unpack.Stdin, err = pack.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := unpack.Start(); err != nil {
		t.Fatal(err)
	}
	if err := pack.Run(); err != nil {
		t.Fatalf("cannot copy the source tree: %v", err)
	}
	if err := unpack.Wait(); err != nil {
		t.Fatalf("cannot copy the source tree: %v", err)
	}
}

// build makes packages of a copy of the tree and returns them by name.
func build(t *testing.T, dir, version string, settings ...string) map[string][]byte {
	t.Helper()
	copyTree(t, dir)
	args := append([]string{"packages", "PKG_VERSION=" + version, "VERSION=" + version, "SOURCE_DATE_EPOCH=1767225600"}, settings...)
	cmd := exec.CommandContext(t.Context(), "make", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make packages: %v\n%s", err, out)
	}
	found := map[string][]byte{}
	for _, kind := range []string{"deb", "rpm", "apk"} {
		names, err := filepath.Glob(filepath.Join(dir, "dist", "*."+kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(name)] = text
		}
	}
	return found
}

// debOf is Debian's package for this machine.
func debOf(t *testing.T, packages map[string][]byte) []byte {
	t.Helper()
	for name, text := range packages {
		if strings.HasSuffix(name, "_"+runtime.GOARCH+".deb") {
			return text
		}
	}
	t.Fatalf("there is no package for %s", runtime.GOARCH)
	return nil
}

func TestPackages(t *testing.T) {
	dir := t.TempDir()
	first := build(t, filepath.Join(dir, "one"), "1.0.0")
	t.Run("the same bytes from elsewhere", func(t *testing.T) {
		second := build(t, filepath.Join(dir, "a/deeper/place"), "1.0.0")
		if len(first) != 6 || len(second) != len(first) {
			t.Errorf("%d and %d packages, want 6", len(first), len(second))
		}
		for name, text := range first {
			if !bytes.Equal(text, second[name]) {
				t.Errorf("%s differs", name)
			}
		}
	})
	t.Run("the same program in each", func(t *testing.T) { sameProgram(t, filepath.Join(dir, "one"), first) })
	later := build(t, filepath.Join(dir, "one"), "1.0.1", "ARCHS="+runtime.GOARCH, "KINDS=deb")
	for _, suite := range box.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			b, err := box.Start(t.Context(), suite, box.Options{Progress: os.Stderr})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := b.Stop(); err != nil {
					t.Error(err)
				}
			}()
			live(t, b, debOf(t, first), debOf(t, later))
		})
	}
}

// live is the life of the package on one machine.
func live(t *testing.T, b *box.Box, first, later []byte) {
	for name, text := range map[string][]byte{"first": first, "later": later} {
		if err := os.WriteFile(filepath.Join(b.Root(), "run", name+".deb"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := paths(t, b)

	said := shell(t, b, "dpkg -i /run/first.deb")
	if !strings.Contains(said, "systemctl enable --now sshd-doctor.timer") {
		t.Errorf("installing does not say how to turn on the timer: %s", said)
	}
	if got := shell(t, b, "systemctl list-units --all --no-legend 'sshd-doctor*'; find /etc /run/systemd -name '*sshd-doctor*'; systemctl --failed --no-legend"); got != "" {
		t.Errorf("installing enabled or started something: %s", got)
	}
	shell(t, b, "sshd-doctor check --quiet; journalctl --list-catalog 460413c78f7b4391ac8aca71c541b162; cd /lib/systemd/system; systemd-analyze verify --man=no sshd-doctor*")
	if got := shell(t, b, "dpkg --verify sshd-doctor"); got != "" {
		t.Errorf("files differ from the package: %s", got)
	}

	// The box heals by itself from now on, and has healed something.
	shell(t, b, `rm /etc/ssh/ssh_host_ed25519_key; : >/etc/ssh/ssh_host_ecdsa_key
systemctl restart ssh.service
systemctl enable --now sshd-doctor.timer 2>/dev/null
systemctl start sshd-doctor.service || { journalctl -o cat -t sshd-doctor; cat /run/sshd-doctor/last.json; exit 1; }
ssh-keygen -l -f /etc/ssh/ssh_host_ecdsa_key >/dev/null`)
	aside := shell(t, b, "ls /etc/ssh/ssh_host_*-*")

	shell(t, b, "dpkg -i /run/later.deb")
	want := "sshd-doctor 1.0.1\nenabled\nactive\n"
	if got := shell(t, b, "sshd-doctor version; systemctl is-enabled sshd-doctor.timer; systemctl is-active sshd-doctor.timer"); got != want {
		t.Errorf("after an upgrade: %q, want %q", got, want)
	}

	shell(t, b, "dpkg -r sshd-doctor")
	if got := shell(t, b, "systemctl list-units --all --no-legend --plain 'sshd-doctor*'; find /etc/systemd /run -name '*sshd-doctor*' -print; ls -d /var/lib/sshd-doctor"); got != "/var/lib/sshd-doctor\n" {
		t.Errorf("removing leaves %s", got)
	}
	shell(t, b, "dpkg -P sshd-doctor")
	if got := shell(t, b, "ls /etc/ssh/ssh_host_*-*"); got != aside {
		t.Errorf("the key that was moved aside: %q, before: %q", got, aside)
	}
	for _, p := range paths(t, b) {
		if !slices.Contains(before, p) && !strings.Contains(aside, p+"\n") {
			t.Errorf("purging leaves %s", p)
		}
	}
}

// paths lists every file of the box, less what dpkg, systemd and logs write by
// themselves.
func paths(t *testing.T, b *box.Box) []string {
	t.Helper()
	all := shell(t, b, `find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp \
-o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/systemd/catalog -o -path /var/lib/systemd/deb-systemd-helper-enabled \) -prune -o -print`)
	list := strings.Split(strings.TrimSpace(all), "\n")
	if len(list) < 1000 {
		t.Fatalf("only %d files in a whole system", len(list))
	}
	return list
}

// shell runs a script in a box, which must work.
func shell(t *testing.T, b *box.Box, script string) string {
	t.Helper()
	r, err := b.Run(context.WithoutCancel(t.Context()), "set -e\n"+script)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%s: status %d, %v\n%s%s", script, r.Exit, err, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// sameProgram unpacks the packages, rpm's with rpm itself, and looks into them.
func sameProgram(t *testing.T, dir string, packages map[string][]byte) {
	binary, err := os.ReadFile(filepath.Join(dir, "bin/sshd-doctor-linux-amd64"))
	if err != nil {
		t.Fatal(err)
	}
	unpack := map[string]string{
		"deb": "dpkg-deb --fsys-tarfile %s | tar -x -C %s",
		"rpm": "rpm --install --nodeps --noscripts --ignorearch %s --root=%s",
		"apk": "tar -x -z -f %s -C %s 2>/dev/null", // three archives in a row, with headers of apk's own
	}
	units := map[string]bool{"deb": true, "rpm": true, "apk": false}
	for name := range packages {
		if strings.Contains(name, "arm64") || strings.Contains(name, "aarch64") {
			continue
		}
		kind := strings.TrimPrefix(filepath.Ext(name), ".")
		root := t.TempDir()
		script := fmt.Sprintf(unpack[kind], filepath.Join(dir, "dist", name), root)
		if out, err := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		got, err := os.ReadFile(filepath.Join(root, "usr/bin/sshd-doctor"))
		if err != nil || !bytes.Equal(got, binary) {
			t.Errorf("%s: the program is not the one that was built: %v", name, err)
		}
		for _, file := range []string{"usr/share/man/man8/sshd-doctor.8.gz", "usr/share/doc/sshd-doctor/sshd-doctor.cdx.json", "usr/share/bash-completion/completions/sshd-doctor"} {
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s has no %s", name, file)
			}
		}
		found, err := filepath.Glob(filepath.Join(root, "*/systemd/system/sshd-doctor.timer"))
		more, err2 := filepath.Glob(filepath.Join(root, "usr/lib/systemd/system/sshd-doctor.timer"))
		if err != nil || err2 != nil || (len(found)+len(more) == 1) != units[kind] {
			t.Errorf("%s: units: %q %q, want them: %v", name, found, more, units[kind])
		}
	}
}
