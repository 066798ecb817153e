//go:build boxes

package packages

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
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
	t.Run("apk takes it", func(t *testing.T) { wholeForAPK(t, first) })
	later := build(t, filepath.Join(dir, "one"), "1.0.1", "ARCHS="+runtime.GOARCH, "KINDS=deb rpm")
	for _, suite := range box.Suites() {
		t.Run(string(suite), func(t *testing.T) {
			b := boxtest.Start(t, suite, "")
			debian, fedora := dpkg(), rpm()
			debian.bring(t, b, first, later)
			fedora.bring(t, b, first, later)
			firstBoot(t, b, debian)
			live(t, b, debian)
			carry(t, b)
			live(t, b, fedora)
		})
	}
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
