//go:build boxes

package nosystemd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// screen is what a run of the program printed, and how it ended.
type screen struct {
	// out is what is on standard output, text all of it.
	out, text string
	exit      int
}

// run runs a script in a box.
func run(t *testing.T, b *box.Box, script string) screen {
	t.Helper()
	r, err := b.Run(t.Context(), script)
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, r.Stderr)
	}
	return screen{r.Stdout, r.Stdout + r.Stderr, r.Exit}
}

// must runs a script that has to work.
func must(t *testing.T, b *box.Box, script string) string {
	t.Helper()
	s := run(t, b, script)
	if s.exit != 0 {
		t.Fatalf("%s: status %d\n%s", script, s.exit, s.text)
	}
	return s.text
}

// says fails where a screen ended otherwise or lacks one of the texts. Rows that
// were broken count as one line.
func (s screen) says(t *testing.T, exit int, wanted ...string) {
	t.Helper()
	if s.exit != exit {
		t.Errorf("status %d, want %d:\n%s", s.exit, exit, s.text)
	}
	flat := strings.Join(strings.Fields(s.text), " ")
	for _, w := range wanted {
		if !strings.Contains(flat, w) {
			t.Errorf("it does not say %q:\n%s", w, s.text)
		}
	}
}

// told are the commands that a screen shows for a person to type.
func (s screen) told() []string {
	var out []string
	_, text, _ := strings.Cut(s.out, "You have to:")
	text, _, _ = strings.Cut(text, "\n\n")
	for line := range strings.Lines(text) {
		if command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    "); ok && command != "" {
			out = append(out, command)
		}
	}
	return out
}

// client is the real one, in the place where it is typed.
const client = "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null " +
	"-o ConnectTimeout=4 -o LogLevel=ERROR nobody@127.0.0.1 true 2>&1 || true"

// another makes a second file tree in the box, at /mnt/fs.
const another = `set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/up /mnt/wk /mnt/fs
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/wk /mnt/fs
`

// within runs a script in the second tree, in namespaces of its own: the first
// process is the shell that runs it, or what the script becomes with exec.
func within(t *testing.T, b *box.Box, script string) screen {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.Root(), "/mnt/script"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return run(t, b, `cp /mnt/script /mnt/fs/script; exec unshare -pmnf --propagation private sh -c '
		mount -t proc proc /mnt/fs/proc; mount -t tmpfs tmpfs /mnt/fs/run; mount -t tmpfs tmpfs /mnt/fs/tmp
		mount --bind /dev /mnt/fs/dev; ip link set lo up; exec chroot /mnt/fs sh /script'`)
}
