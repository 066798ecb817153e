//go:build boxes

package laws

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// program is where the boxes have the helper.
const program = "/usr/bin/sshd-doctor"

// onEverySuite runs a test in a fresh box of each suite, with the helper in it.
func onEverySuite(t *testing.T, test func(t *testing.T, b *box.Box)) {
	t.Helper()
	boxtest.OnEverySuite(t, boxtest.Build(t, "./inside"), test)
}

// inside runs the helper and reads what it prints.
func inside(t *testing.T, b *box.Box, in, out any, args ...string) {
	t.Helper()
	stdin, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Exec(t.Context(), strings.NewReader(string(stdin)), program, args...)
	if err != nil || r.Exit != 0 {
		t.Fatalf("%v: status %d, %v\n%s", args, r.Exit, err, r.Stderr)
	}
	if err := json.Unmarshal([]byte(r.Stdout), out); err != nil {
		t.Fatalf("%v printed %.300q: %v", args, r.Stdout, err)
	}
}
