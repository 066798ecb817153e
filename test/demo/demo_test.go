//go:build boxes

package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The demo is the first thing that anybody runs, so it is run here too.
func TestTheStoryIsTrue(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "sshd-doctor")
	build := exec.Command("go", "build", "-o", binary, "github.com/sshd-doctor/sshd-doctor/cmd/sshd-doctor")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the program: %v\n%s", err, out)
	}
	var told bytes.Buffer
	if err := run(t.Context(), binary, "bookworm", &told); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	for _, part := range []string{
		"\n$ ssh -F client.conf root@server hostname\nssh: connect to host 127.0.0.1 port 22: Connection refused\n",
		"\n$ sshd-doctor\n",
		"\n$ sshd-doctor heal\n",
		"ED25519 key fingerprint is SHA256:",
		"(yes/no/[fingerprint])? yes\n",
		"\nbookworm-",
	} {
		if !strings.Contains(told.String(), part) {
			t.Errorf("the story lacks %q", part)
		}
	}
	if long := regexp.MustCompile(`(?m)^.{101,}$`).FindString(told.String()); long != "" {
		t.Errorf("a line is too long for a README: %q", long)
	}
	if t.Failed() {
		t.Log(told.String())
	}
}
