//go:build boxes

package laws

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// snapshot is every file that looking must not touch, and every mount. What
// systemd, its journal and the console write by themselves is left out, and so are
// the credentials of services, which come and go with them.
func snapshot(t *testing.T, b *box.Box) string {
	t.Helper()
	return boxtest.Shell(t, b, `
		find / -xdev -path /var/log/journal -prune -o -path /var/lib/systemd -prune -o -path /root -prune -o -path /run -prune -o \
			-printf '%p %i %#m %U %G %s %T@ %C@\n' | sort
		find /run /dev/shm -mindepth 1 -path /run/log -prune -o -path /run/systemd -prune -o -path /run/credentials -prune -o -path /run/agetty.reload -prune -o \
			-printf '%p %#m %U %G %s %T@\n' | sort
		cut -d' ' -f3-5,9- /proc/self/mountinfo | grep -v ' /run/credentials/' | sort`)
}

// A box whose sshd misses its keys, its directory or both: the configuration is
// known all the same, and nothing has changed. Where sshd is too old to be asked
// otherwise it is given a key and a directory that exist for it alone.
func TestLookingLeavesNoTrace(t *testing.T) {
	const keys = "rm /etc/ssh/ssh_host_*"
	const dir = "systemctl stop ssh.service; [ ! -e /run/sshd ] || rmdir /run/sshd"
	for name, c := range map[string]struct {
		script   string
		problems []string
	}{
		"sound":         {"true", nil},
		"no keys":       {keys, []string{"no-hostkeys"}},
		"no directory":  {dir, []string{"privsep-dir"}},
		"neither":       {keys + "; " + dir, []string{"no-hostkeys", "privsep-dir"}},
		"a bad setting": {"echo NoSuchOption yes >/etc/ssh/sshd_config.d/x.conf", []string{"unknown-option"}},
	} {
		t.Run(name, func(t *testing.T) {
			onEverySuite(t, func(t *testing.T, b *box.Box) {
				boxtest.Shell(t, b, c.script)
				before := snapshot(t, b)
				var seen Seen
				inside(t, b, nil, &seen, "look")
				if after := snapshot(t, b); after != before {
					t.Errorf("looking changed the box:\n%s", difference(before, after))
				}
				// Of two things that are missing only the first may show, where
				// sshd can be asked without either.
				ok := slices.Equal(seen.Problems, c.problems) || name == "neither" && slices.Equal(seen.Problems, c.problems[:1])
				if !ok || seen.Err != "" {
					t.Errorf("seen: %+v, want problems %q", seen, c.problems)
				}
				if seen.Known != (name != "a bad setting") {
					t.Errorf("known: %v", seen.Known)
				}
				want := []string{"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"}
				if seen.Known && !slices.Equal(seen.HostKeys, want) {
					t.Errorf("host keys %q", seen.HostKeys)
				}
				// It tells its version when it has read its configuration.
				if seen.Known && !strings.HasPrefix(seen.Version, "OpenSSH_") {
					t.Errorf("version %q", seen.Version)
				}
			})
		})
	}
}

func difference(before, after string) string {
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out []string
	for _, l := range now {
		if !slices.Contains(old, l) {
			out = append(out, "+ "+l)
		}
	}
	for _, l := range old {
		if !slices.Contains(now, l) {
			out = append(out, "- "+l)
		}
	}
	return strings.Join(out, "\n")
}

// What a command finds covered is as ever for everybody else, while it runs and
// afterwards.
func TestACoverIsSeenByOneCommandOnly(t *testing.T) {
	for name, dir := range map[string]string{"a directory that is there": "/run/sshd", "one that is not": "/run/not-there"} {
		t.Run(name, func(t *testing.T) {
			onEverySuite(t, func(t *testing.T, b *box.Box) {
				const file = "/etc/ssh/sshd_config"
				before := snapshot(t, b)
				script := "cat " + file + "; ls -A " + dir + "; stat -c '%a %u %g' " + dir + " " + file + "; touch " + dir + "/mine && echo made; " +
					"getent hosts localhost >/dev/null && echo names resolve; " +
					"mkdir /root/ready; while [ ! -e /root/proceed ]; do sleep 0.02; done"
				// Beside it, from outside.
				done := make(chan box.Result, 1)
				go func() {
					r, err := b.Exec(t.Context(), nil, program, "cover", file, dir, script)
					if err != nil {
						r.Stderr += err.Error()
					}
					done <- r
				}()
				boxtest.Shell(t, b, "for i in $(seq 400); do [ -e /root/ready ] && exit 0; sleep 0.02; done; exit 1")
				if during := snapshot(t, b); during != before {
					t.Errorf("while it runs others see:\n%s", difference(before, during))
				}
				boxtest.Shell(t, b, "touch /root/proceed")
				r := <-done
				want := "nothing but the cover\n755 0 0\n600 0 0\nmade\n"
				if r.Exit != 0 || r.Stdout != want {
					t.Errorf("the command saw %q, %s; want %q", r.Stdout, r.Stderr, want)
				}
				if after := snapshot(t, b); after != before {
					t.Errorf("afterwards others see:\n%s", difference(before, after))
				}
				if s, err := b.Client(t.Context(), "127.0.0.1", 22); err != nil || s.Sight != box.OK {
					t.Errorf("a client: %v, %v", s, err)
				}
			})
		})
	}
}
