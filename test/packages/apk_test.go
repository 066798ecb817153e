//go:build boxes

package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// Debian has no apk(8). What apk 2 holds a package to before it installs it is
// little, and is done here: apk-package(5) and apk-tools' src/package.c.
// Two gzip streams, the second with the digest that the first names; each file
// with the digest that its header names; a version that it can compare; scripts
// by names that it knows.
func wholeForAPK(t *testing.T, packages map[string][]byte) {
	t.Helper()
	version := regexp.MustCompile(`^[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*-r[0-9]+$`)
	seen := map[string]bool{}
	for name, data := range packages {
		if !strings.HasSuffix(name, ".apk") {
			continue
		}
		streams := split(t, name, data)
		if len(streams) != 2 {
			t.Errorf("%s has %d streams, want control and data", name, len(streams))
			continue
		}
		control := files(t, name, streams[0].text)
		info := map[string]string{}
		for line := range strings.Lines(string(control[".PKGINFO"])) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
				info[key] = value
			}
		}
		sum := sha256.Sum256(streams[1].packed)
		if info["datahash"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the digest of its files is not the one in .PKGINFO", name)
		}
		if info["pkgname"] != "sshd-doctor" || !version.MatchString(info["pkgver"]) || info["license"] != "Apache-2.0" {
			t.Errorf("%s: .PKGINFO has %q", name, info)
		}
		seen[info["arch"]] = true
		delete(control, ".PKGINFO")
		script := string(control[".post-install"])
		if len(control) != 1 || !strings.HasPrefix(script, "#!/bin/sh\n") {
			t.Errorf("%s: its scripts are %q", name, control)
		}
		if out, err := command(t, "sh", "-euc", script).CombinedOutput(); err != nil || !strings.Contains(string(out), "sshd-doctor\n") {
			t.Errorf("%s: its script: %v, %s", name, err, out)
		}
		if got := files(t, name, streams[1].text); len(got) < 8 {
			t.Errorf("%s has only %d files", name, len(got))
		}
	}
	if len(seen) != 2 || !seen["x86_64"] || !seen["aarch64"] {
		t.Errorf("for machines that apk calls %v", seen)
	}
}

// stream is one part of a package, as it is and unpacked.
type stream struct{ packed, text []byte }

func split(t *testing.T, name string, data []byte) []stream {
	t.Helper()
	var out []stream
	for rest := bytes.NewReader(data); rest.Len() > 0; {
		from := len(data) - rest.Len()
		z, err := gzip.NewReader(rest)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		z.Multistream(false)
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, stream{data[from : len(data)-rest.Len()], text})
	}
	return out
}

// files reads an archive and compares each file with the digest in its header.
// That of the control part has none, and no end.
func files(t *testing.T, name string, text []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(text))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Mode&0o022 != 0 || strings.HasPrefix(h.Name, "/") {
			t.Errorf("%s: %s belongs to %d:%d, mode %o", name, h.Name, h.Uid, h.Gid, h.Mode)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if out[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatalf("%s: %s: %v", name, h.Name, err)
		}
		sum := sha1.Sum(out[h.Name])
		if want, ok := h.PAXRecords["APK-TOOLS.checksum.SHA1"]; want != hex.EncodeToString(sum[:]) && (ok || !strings.HasPrefix(h.Name, ".")) {
			t.Errorf("%s: the digest of %s is not the one in its header, %q", name, h.Name, want)
		}
	}
}
