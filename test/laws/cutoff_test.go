//go:build boxes

package laws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// lost is a server whose host keys are gone.
const lost = `rm -f /etc/ssh/ssh_host_*; systemctl reset-failed ssh; systemctl restart ssh 2>/dev/null; true`

// whole says of a box in which a repair was cut off: every key that is there is
// one, is for root alone, and nothing half made lies about after the next run.
const whole = `cd /etc/ssh; for k in ssh_host_*_key; do
	[ -e "$k" ] || continue
	ssh-keygen -y -P "" -f "$k" >/dev/null || echo "$k is no key"
	[ "$(stat -c %a:%U "$k")" = 600:root ] || echo "$k: $(stat -c %a:%U "$k")"
done`

// Killed at any point, the box is as before or better, and the next run finishes
// the work (promise 6): kill -9 after so many milliseconds, a hangup of the
// terminal, a pipe whose reader has gone.
func TestARepairThatIsCutOff(t *testing.T) {
	b := boxtest.Start(t, box.Bookworm, boxtest.Doctor(t))
	var cuts []string
	for ms := 20; ms <= 340; ms += 40 {
		cuts = append(cuts, fmt.Sprintf(`sshd-doctor heal >/dev/null 2>&1 & sleep %.2f; kill -9 $!; wait`, float64(ms)/1000))
	}
	cuts = append(cuts, `sshd-doctor heal >/dev/null 2>&1 & sleep 0.1; kill -HUP $!; wait`)
	finished := 0
	for _, cut := range cuts {
		boxtest.Shell(t, b, lost)
		boxtest.Shell(t, b, "("+cut+") >/dev/null 2>&1; true")
		if bad := boxtest.Shell(t, b, whole); bad != "" {
			t.Errorf("after %s:\n%s", cut, bad)
		}
		kept := keys(t, b)
		if len(kept) == 3 {
			finished++
		}
		boxtest.Shell(t, b, "sshd-doctor heal --quiet")
		if bad := boxtest.Shell(t, b, whole+`; ls -A | grep -v -x -e moduli -e 'sshd\?_config' -e 'sshd\?_config.d' -e 'ssh_host_[a-z0-9]*_key\(.pub\)\?'; true`); bad != "" {
			t.Errorf("after %s and the next run:\n%s", cut, bad)
		}
		now := keys(t, b)
		for path, sum := range kept {
			if now[path] != sum {
				t.Errorf("after %s the next run replaced %s", cut, path)
			}
		}
		if len(now) != 3 {
			t.Errorf("after %s the next run left %d keys", cut, len(now))
		}
	}
	if finished == len(cuts) {
		t.Error("no repair was cut off before its end")
	}
}

// A reader who goes away does not stop a repair.
func TestAReaderWhoGoesAway(t *testing.T) {
	b := boxtest.Start(t, box.Bookworm, boxtest.Doctor(t))
	boxtest.Shell(t, b, lost)
	boxtest.Shell(t, b, "sshd-doctor heal 2>&1 | true")
	boxtest.Shell(t, b, "sshd-doctor check --quiet")
}

// keys are the private host keys of a box with their checksums.
func keys(t *testing.T, b *box.Box) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(boxtest.Shell(t, b, "sha256sum /etc/ssh/ssh_host_*_key 2>/dev/null || true")) {
		if f := strings.Fields(line); len(f) == 2 {
			out[f[1]] = f[0]
		}
	}
	return out
}
