//go:build boxes

package cloud

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

// deb is a package with the program, its units and the hook at their places.
// That the real one has them there is for test/packages to say.
func deb(t *testing.T) string {
	t.Helper()
	binary, err := casebook.Binary(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := fmt.Sprintf(`set -eu; umask 022
mkdir -p tree/DEBIAN tree/usr/bin tree/usr/lib/sshd-doctor tree/lib/systemd/system
cp %q tree/usr/bin/sshd-doctor
cp %q/systemd/* tree/lib/systemd/system/
cp %[2]q/packaging/cloud-init/sshd-doctor-per-instance tree/usr/lib/sshd-doctor/cloud-init-per-instance
printf 'Package: sshd-doctor\nVersion: 1\nArchitecture: %s\nMaintainer: x <x@example.com>\nDescription: x\n' >tree/DEBIAN/control
dpkg-deb -Znone --root-owner-group --build tree sshd-doctor.deb`, binary, top(t), runtime.GOARCH)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot make a package: %v\n%s", err, out)
	}
	return filepath.Join(dir, "sshd-doctor.deb")
}

// top is the directory of the sources.
func top(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// server is a unit that gives the package away in the box, over HTTP.
const server = `printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/bin/python3 -m http.server -d /srv -b 127.0.0.1 8000\n[Install]\nWantedBy=basic.target\n' >/etc/systemd/system/server.service
systemctl enable -q server.service 2>/dev/null
`

// TestUserDataExample boots with packaging/cloud-init/user-data.yaml as it is but
// for the address and the checksum, behind a user's command that breaks sshd.
func TestUserDataExample(t *testing.T) {
	pkg := deb(t)
	text, err := os.ReadFile(pkg)
	if err != nil {
		t.Fatal(err)
	}
	p := player{t: t, c: Case{Clients: "ok", Port: "22", Console: "cloud-init", Prompt: "keys", Status: "done"}}
	data := p.file("../../packaging/cloud-init/user-data.yaml")
	for from, to := range map[string]string{
		"https://example.com/sshd-doctor_amd64.deb": "http://127.0.0.1:8000/sshd-doctor.deb",
		strings.Repeat("0", 64):                     fmt.Sprintf("%x", sha256.Sum256(text)),
		"#cloud-config\n":                           "",
		"runcmd:\n":                                 "runcmd:\n  - rm -f /etc/ssh/ssh_host_*\n  - systemctl restart ssh || true\n",
	} {
		if !strings.Contains(data, from) {
			t.Fatalf("the example has no %q any more", from)
		}
		data = strings.Replace(data, from, to, 1)
	}
	p.c.UserData = data
	boot(t, &p, pkg, server+p.seed("iid-1"))
	if got := p.sh("systemctl is-enabled sshd-doctor.timer; systemctl is-active sshd-doctor.timer"); got != "enabled\nactive" {
		t.Errorf("the timer is %s", got)
	}
	p.last()
}

// TestImageExample prepares an image with the commands of docs/first-boot.md, and
// boots an instance of it whose user breaks sshd.
func TestImageExample(t *testing.T) {
	p := player{t: t, c: Case{Clients: "ok", Port: "22", Console: "cloud-init", Prompt: "keys", Status: "done"}}
	p.c.UserData = "runcmd:\n  - rm -f /etc/ssh/ssh_host_*\n  - systemctl restart ssh || true\n"
	_, rest, ok := strings.Cut(p.file("../../docs/first-boot.md"), "## An image\n")
	if !ok {
		t.Fatal("docs/first-boot.md says nothing of an image")
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	commands := ""
	for line := range strings.Lines(section) {
		if command, typed := strings.CutPrefix(line, "    "); typed {
			commands += command
		}
	}
	if !strings.Contains(commands, "dpkg -i") {
		t.Fatalf("there is nothing to type in docs/first-boot.md, only %q", commands)
	}
	boot(t, &p, deb(t), "cd /srv\n"+commands+p.seed("iid-1"))
	p.last()
	if got := p.sh("systemctl show -p ExecMainStatus sshd-doctor-firstboot.service; systemctl is-active sshd-doctor.timer"); got != "ExecMainStatus=0\nactive" {
		t.Errorf("the units: %s", got)
	}
}

// boot starts a box that has a package at /srv/sshd-doctor.deb.
func boot(t *testing.T, p *player, pkg, prepare string) {
	t.Helper()
	// The file goes in as the "binary", and is moved to where it belongs.
	b, err := box.Start(t.Context(), box.Trixie, box.Options{
		Binary: pkg, Packages: append(packages(), "curl"), Console: true, Progress: os.Stderr,
		Prepare: "mkdir -p /srv; mv /usr/bin/sshd-doctor /srv/sshd-doctor.deb; systemctl mask -q console-getty.service 2>/dev/null\n" + prepare,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	p.b = b
}
