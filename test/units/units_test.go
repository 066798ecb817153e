//go:build boxes

package units

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/watch"
	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

const unitDir = "../../systemd"

// inBoxes runs a test in a fresh box of each suite that has the units, none of
// them enabled.
func inBoxes(t *testing.T, test func(t *testing.T, b *box.Box)) {
	t.Helper()
	boxtest.OnEverySuite(t, boxtest.Doctor(t), func(t *testing.T, b *box.Box) {
		install(t, b)
		test(t, b)
	})
}

func install(t *testing.T, b *box.Box) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(unitDir, "sshd-doctor*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no units in %s: %v", unitDir, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(b.Root(), "lib/systemd/system", filepath.Base(name)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	boxtest.Shell(t, b, "systemctl daemon-reload")
}

// entries lists the doctor's journal entries with a message id, or with any.
func entries(t *testing.T, b *box.Box, id string) []string {
	t.Helper()
	match := "SYSLOG_IDENTIFIER=sshd-doctor"
	if id != "" {
		match = "MESSAGE_ID=" + id
	}
	return strings.FieldsFunc(boxtest.Shell(t, b, "journalctl --sync; journalctl -q -b -o cat "+match), func(r rune) bool { return r == '\n' })
}

// Every systemd that is supported knows every line of the units, and finds them
// fenced in as far as the work allows.
func TestUnitsAreSoundAndFencedIn(t *testing.T) {
	most := map[string]float64{"sshd-doctor.service": 2.5, "sshd-doctor-check.service": 2.2, "sshd-doctor-firstboot.service": 2.5}
	overall := regexp.MustCompile(`Overall exposure level for (\S+): ([0-9.]+)`)
	inBoxes(t, func(t *testing.T, b *box.Box) {
		said := boxtest.Shell(t, b, "cd /lib/systemd/system; systemd-analyze verify --man=no sshd-doctor*.service sshd-doctor*.timer 2>&1")
		if said != "" {
			t.Errorf("systemd-analyze verify says: %s", said)
		}
		for unit, limit := range most {
			said := boxtest.Shell(t, b, "systemd-analyze security --no-pager "+unit)
			m := overall.FindStringSubmatch(said)
			if m == nil || m[1] != unit {
				t.Fatalf("no score of %s in: %s", unit, said)
			}
			t.Log(m[0])
			if score, err := strconv.ParseFloat(m[2], 64); err != nil || score > limit {
				t.Errorf("%s, want at most %.1f", m[0], limit)
			}
		}
	})
}

// A healthy machine: nothing that anybody has to read, no failed unit, and the
// report for whoever polls.
func TestHealthyIsQuiet(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, "systemctl start sshd-doctor.service sshd-doctor-check.service")
		if got := entries(t, b, ""); len(got) > 0 {
			t.Errorf("a healthy run logs %q", got)
		}
		if got := boxtest.Shell(t, b, "journalctl -q -b -p notice -u sshd-doctor.service -u sshd-doctor-check.service"); got != "" {
			t.Errorf("systemd logs about a healthy run: %s", got)
		}
		if got := boxtest.Shell(t, b, "grep -c '\"verdict\": \"healthy\"' /run/sshd-doctor/last.json; stat -c '%a %U' /run/sshd-doctor /run/sshd-doctor/last.json"); got != "1\n700 root\n600 root\n" {
			t.Errorf("the last report: %s", got)
		}
	})
}

// Somebody masked sshd: that is left as it is, and told once; nothing is failed.
func TestADecisionIsLeftQuietly(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, "systemctl stop ssh.service; systemctl mask ssh.service; for i in 1 2 3; do systemctl start sshd-doctor-check.service; done")
		boxtest.Shell(t, b, "for i in 1 2 3; do systemctl start sshd-doctor.service; done")
		if got := entries(t, b, watch.IDDecided); len(got) != 1 || !strings.Contains(got[0], "sshd-doctor heal --allow unit-masked") {
			t.Errorf("it logs %q, want one entry", got)
		}
		if got := boxtest.Shell(t, b, "journalctl -q -b -p warning -t sshd-doctor; systemctl list-units --failed --no-legend --plain 'sshd-doctor*'"); got != "" {
			t.Errorf("it raises an alarm: %s", got)
		}
		if got := boxtest.Shell(t, b, "grep -c '\"left_alone\": \"decided\"' /run/sshd-doctor/last.json; systemctl is-enabled ssh.service || true"); got != "1\nmasked\n" {
			t.Errorf("the last report, and the unit: %q", got)
		}
	})
}

// A line that sshd rejects is for a person: one entry and one failed unit, however
// often it is looked at, until it is gone.
func TestWhatNeedsAPersonIsOneEntryAndAFailedUnit(t *testing.T) {
	failed := "systemctl list-units --failed --no-legend --plain 'sshd-doctor*' | cut -d' ' -f1"
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, `echo 'Prot 22' >>/etc/ssh/sshd_config; systemctl restart ssh || true; systemctl start sshd-doctor.service`)
		loud := "journalctl -q -b -p notice -o cat SYSLOG_IDENTIFIER=sshd-doctor + _PID=1 UNIT=sshd-doctor.service + _PID=1 UNIT=sshd-doctor-check.service + _PID=1 UNIT=sshd-doctor-problem.service"
		first := boxtest.Shell(t, b, "journalctl --sync; "+loud)
		boxtest.Shell(t, b, "for i in 1 2 3; do systemctl start sshd-doctor.service sshd-doctor-check.service; done")
		if got := entries(t, b, watch.IDProblem); len(got) != 1 || !strings.Contains(got[0], "sshd-doctor heal --allow config-unknown-option") {
			t.Errorf("entries with the id of a problem: %q", got)
		}
		if again := boxtest.Shell(t, b, "journalctl --sync; "+loud); again != first {
			t.Errorf("it is told again:\n%s\nafter\n%s", again, first)
		}
		if got := boxtest.Shell(t, b, failed); got != "sshd-doctor-problem.service\n" {
			t.Errorf("failed units: %q", got)
		}
		boxtest.Shell(t, b, `sed -i '/^Prot 22$/d' /etc/ssh/sshd_config; systemctl reset-failed ssh; systemctl restart ssh; systemctl start sshd-doctor.service`)
		if got := boxtest.Shell(t, b, failed); got != "" {
			t.Errorf("failed units when it is over: %q", got)
		}
		if got := entries(t, b, watch.IDHealthy); len(got) != 1 {
			t.Errorf("that it is over is told as %q", got)
		}
	})
}

// Without the problem unit, as where only the other units were copied, the unit of
// the run itself fails.
func TestWithoutTheProblemUnit(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, `rm /lib/systemd/system/sshd-doctor-problem.service; systemctl daemon-reload
echo 'Prot 22' >>/etc/ssh/sshd_config; ! systemctl start sshd-doctor.service 2>/dev/null`)
		if got := boxtest.Shell(t, b, "systemctl show -p ExecMainStatus sshd-doctor.service"); got != "ExecMainStatus=1\n" {
			t.Errorf("it ended with %q", got)
		}
	})
}

// A disk that is read-only, and then a real boot: it is remembered all the same, as
// long as there is one place for it.
func TestItIsRememberedWhateverTheDisk(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		const breakKeys = "rm -f /etc/ssh/ssh_host_*; systemctl restart ssh || true; systemctl start sshd-doctor.service; ls /etc/ssh/ssh_host_*_key 2>/dev/null | wc -l"
		boxtest.Shell(t, b, "mkdir -p /var/lib/sshd-doctor; mount -t tmpfs -o ro,mode=0755 tmpfs /var/lib/sshd-doctor")
		for i, want := range []string{"3\n", "3\n", "0\n"} {
			if got := boxtest.Shell(t, b, breakKeys); got != want {
				t.Fatalf("deletion %d: %s keys, want %s", i+1, got, want)
			}
		}
		boxtest.Shell(t, b, "umount /var/lib/sshd-doctor; sshd-doctor heal >/dev/null 2>&1")
		for i, want := range []string{"3\n", "3\n"} {
			if got := boxtest.Shell(t, b, breakKeys); got != want {
				t.Fatalf("deletion %d after a person's heal: %s keys, want %s", i+1, got, want)
			}
		}
		if err := b.Reboot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := boxtest.Shell(t, b, "systemctl reset-failed ssh; "+breakKeys); got != "0\n" {
			t.Errorf("after a boot: %s keys, want none", got)
		}
		boxtest.Shell(t, b, "systemctl start sshd-doctor.service; systemctl start sshd-doctor.service")
		if got := entries(t, b, watch.IDProblem); len(got) != 1 {
			t.Errorf("that it is broken now is told as %q", got)
		}
	})
}

// Somebody repairs at this moment: that is no failure, and no news.
func TestAnotherRunIsNoFailure(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, `systemctl start sshd-doctor.service
rm /etc/ssh/ssh_host_ed25519_key
cp -p /run/sshd-doctor/last.json /run/before.json
flock /run/sshd-doctor/lock sleep 60 >/dev/null 2>&1 &
echo $! >/run/holder
while flock -n /run/sshd-doctor/lock true; do sleep 0.05; done
systemctl start sshd-doctor.service
cmp /run/before.json /run/sshd-doctor/last.json
[ ! -e /etc/ssh/ssh_host_ed25519_key ]
pkill -P "$(cat /run/holder)"`)
		if got := boxtest.Shell(t, b, "systemctl show -p Result sshd-doctor.service"); got != "Result=success\n" {
			t.Errorf("the unit ended with %q", got)
		}
		if got := entries(t, b, ""); len(got) > 0 {
			t.Errorf("it logs %q", got)
		}
	})
}

// The timer, with shorter times, heals what breaks while it runs; the journal
// tells of the repair, and of the new key with its fingerprint.
func TestTimerHeals(t *testing.T) {
	inBoxes(t, func(t *testing.T, b *box.Box) {
		boxtest.Shell(t, b, `mkdir -p /run/systemd/system/sshd-doctor.timer.d
printf '[Timer]\nOnBootSec=\nOnUnitInactiveSec=\nOnActiveSec=1s\nOnUnitInactiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=10ms\n' >/run/systemd/system/sshd-doctor.timer.d/fast.conf
systemctl daemon-reload
systemctl start sshd-doctor.timer
rm /etc/ssh/ssh_host_*
systemctl restart ssh.service || true`)
		a, err := b.Client(t.Context(), "127.0.0.1", 22)
		for end := time.Now().Add(time.Minute); err == nil && a.Sight != box.OK && time.Now().Before(end); {
			time.Sleep(200 * time.Millisecond)
			a, err = b.Client(t.Context(), "127.0.0.1", 22)
		}
		if err != nil || a.Sight != box.OK {
			t.Fatalf("nobody gets in: %v, %v", a, err)
		}
		boxtest.Shell(t, b, "for i in $(seq 300); do ls /etc/ssh/ssh_host_rsa_key >/dev/null 2>&1 && [ \"$(systemctl is-active sshd-doctor.service)\" = inactive ] && exit; sleep 0.1; done; exit 1")
		sum := strings.Fields(boxtest.Shell(t, b, "ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key"))[1]
		news := entries(t, b, watch.IDNewHostKey)
		if !slices.ContainsFunc(news, func(l string) bool { return strings.Contains(l, sum) }) {
			t.Errorf("nobody is told %s: %q", sum, news)
		}
		if got := entries(t, b, watch.IDRepaired); len(got) == 0 {
			t.Error("nobody is told of the repair")
		}
	})
}

// Repairs of every kind that a unit may do, from inside its sandbox. All cases
// of the casebook are played so by "make casebook-units".
func TestRepairsFromInsideTheSandbox(t *testing.T) {
	names := []string{
		"keys-all-missing",     // sshd has to be asked with covers
		"etc-ssh-open",         // an owner and a mode
		"privsep-user-missing", // a program that writes in /etc
		"start-limit-leftover", // the journal
		"boot-emergency",       // nothing that a boot starts is there
		"healthy-own-view",     // files that only the unit of sshd sees
		"healthy-own-etc",      // and those put together of several
		"not-to-be-run",        // what somebody has decided is left so
	}
	cases, err := casebook.Load()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := casebook.Binary(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		i := slices.IndexFunc(cases, func(c casebook.Case) bool { return c.Name == name })
		if i < 0 {
			t.Errorf("there is no case %s any more", name)
			continue
		}
		for _, suite := range cases[i].Suites {
			t.Run(filepath.Join(name, string(suite)), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				r := casebook.Run(ctx, cases[i], suite, casebook.Options{Binary: binary, Units: unitDir})
				if !r.OK() {
					t.Error(r.Explain())
				}
			})
		}
	}
}
