//go:build boxes

package years

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/watch"
	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// life is a box with its model.
type life struct {
	t     *testing.T
	b     *box.Box
	m     model
	r     fate
	log   io.Writer
	known []string // every public key that the box has ever had
	sum   tally
}

type tally struct {
	runs, repairs, keys, problems, left, wrong int
}

// The short life, as part of every test: much happens.
func TestHalfADay(t *testing.T) { live(t, box.Bookworm, 1, 44, 45, io.Discard) }

// live lets a box live through a number of intervals; busy is how likely something
// breaks in one, in percent.
func live(t *testing.T, suite box.Suite, seed uint64, intervals, busy int, log io.Writer) {
	t.Helper()
	b, err := box.Start(t.Context(), suite, box.Options{Binary: build(t), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	install(t, b)
	l := life{t: t, b: b, r: fate{Rand: rand.New(rand.NewPCG(seed, 6)), busy: busy}, log: log, m: model{now: 4 * hour, boot: 0}}
	fmt.Fprintf(log, "%s, seed %d, %d intervals of %s\n", suite, seed, intervals, tick)
	l.known = strings.Fields(l.must("cut -d' ' -f2 /etc/ssh/ssh_host_*_key.pub"))
	for range intervals {
		l.observe(l.r.next(&l.m))
	}
	fmt.Fprintf(log, "%d runs: %d repaired, %d made host keys, %d found a problem, %d left something alone; %d were not as the model says\n",
		l.sum.runs, l.sum.repairs, l.sum.keys, l.sum.problems, l.sum.left, l.sum.wrong)
	if l.sum.repairs == 0 || l.sum.problems == 0 {
		t.Error("nothing happened in this life: does it still break?")
	}
}

// build makes a program that is told the time.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sshd-doctor")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "urfave_cli_no_docs,years", "-ldflags", "-s -w", "-o", path, "../../cmd/sshd-doctor")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build sshd-doctor: %v\n%s", err, out)
	}
	return path
}

func install(t *testing.T, b *box.Box) {
	t.Helper()
	names, err := filepath.Glob("../../systemd/sshd-doctor*.service")
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no units: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(b.Root(), "lib/systemd/system", filepath.Base(name)), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if r, err := b.Run(t.Context(), "systemctl daemon-reload; echo begin | systemd-cat -t sshd-doctor; journalctl --sync; journalctl -q SYSLOG_IDENTIFIER=sshd-doctor --cursor-file=/run/cursor >/dev/null"); err != nil || r.Exit != 0 {
		t.Fatalf("%v: %s", err, r.Stderr)
	}
}

// seen is what a run came to, as far as it can be seen from outside.
type seen struct {
	expectation
	quiet bool // systemd has logged nothing about the unit
	text  string
}

// observe lets one interval pass and compares it with the model.
func (l *life) observe(i interval) {
	l.t.Helper()
	l.m.now += tick + i.asleep
	made := i.change(&l.m)
	l.happen(i)
	want := l.m.run()
	got := l.run()
	want.newKeys += made
	l.note(i, want, got)
}

func (l *life) note(i interval, want expectation, got seen) {
	l.sum.runs++
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	count(&l.sum.repairs, want.repaired)
	count(&l.sum.keys, want.newKeys > 0)
	count(&l.sum.problems, want.problem)
	count(&l.sum.left, want.cause != "")
	words := []string{}
	if i.words != "" {
		words = append(words, i.words)
	}
	if got.text != "" {
		words = append(words, got.text)
	}
	if len(words) > 0 {
		fmt.Fprintf(l.log, "%s  %s\n", clock(l.m.now), strings.Join(words, " -> "))
	}
	if want.String() != got.String() || !got.quiet {
		l.sum.wrong++
		l.t.Errorf("%s, after %q:\nwant %s\ngot  %s; systemd is quiet: %v; %s", clock(l.m.now), i.words, want, got, got.quiet, got.text)
		fmt.Fprintf(l.log, "NOT AS THE MODEL SAYS: want %s; got %s\n", want, got)
	}
}

// happen tells the box the time and does to it what happens.
func (l *life) happen(i interval) {
	l.t.Helper()
	now, err := json.Marshal(moment(&l.m))
	if err != nil {
		l.t.Fatal(err)
	}
	l.must(fmt.Sprintf("cat >/run/sshd-doctor-moment <<'EOF'\n%s\nEOF\n%s", now, i.script))
	if i.script == "" {
		return
	}
	if err := l.b.Settle(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) must(script string) string {
	l.t.Helper()
	r, err := l.b.Run(l.t.Context(), script)
	if err != nil || r.Exit != 0 {
		l.t.Fatalf("%s: status %d, %v\n%s%s", script, r.Exit, err, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

const oneRun = `systemctl start sshd-doctor.service 2>/dev/null
echo $?
systemctl is-failed sshd-doctor.service
systemctl is-failed sshd-doctor-problem.service
journalctl --sync
echo ---
journalctl -q -o json --output-fields=MESSAGE_ID,MESSAGE,_PID,UNIT,PRIORITY --cursor-file=/run/cursor SYSLOG_IDENTIFIER=sshd-doctor + _PID=1 UNIT=sshd-doctor.service
echo ---
cat /run/sshd-doctor/last.json
echo ---
cut -d' ' -f2 /etc/ssh/ssh_host_*_key.pub 2>/dev/null || true`

// run is one run of the unit.
func (l *life) run() seen {
	l.t.Helper()
	parts := strings.SplitN(l.must(oneRun), "---\n", 4)
	if len(parts) != 4 {
		l.t.Fatalf("cannot read %q", parts)
	}
	first := strings.Fields(parts[0])
	if len(first) != 3 {
		l.t.Fatalf("cannot read the states of the units from %q", parts[0])
	}
	var got seen
	got.problem = first[2] == "failed"
	got.quiet = first[0] == "0" && first[1] != "failed"
	l.entries(parts[1], &got)
	l.report(parts[2], &got)
	keys := strings.Fields(parts[3])
	for _, k := range keys {
		if !slices.Contains(l.known, k) {
			got.newKeys++
		}
	}
	l.known = append(l.known, keys...)
	a, err := l.b.Client(l.t.Context(), "127.0.0.1", 22)
	if err != nil {
		l.t.Fatal(err)
	}
	got.in = a.Sight == box.OK
	return got
}

// entries reads what the journal has got.
func (l *life) entries(text string, got *seen) {
	l.t.Helper()
	names := map[string]string{
		watch.IDHealthy: "healthy", watch.IDProblem: "problem", watch.IDUnknown: "unknown",
		watch.IDFlapping: "flapping", watch.IDDecided: "decided", watch.IDNoRun: "no run", watch.IDRepairFailed: "repair failed",
	}
	var told []string
	for line := range strings.Lines(text) {
		var e struct {
			ID       string `json:"MESSAGE_ID"`
			Message  string `json:"MESSAGE"`
			Unit     string `json:"UNIT"`
			Priority string `json:"PRIORITY"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			l.t.Fatalf("cannot read %q: %v", line, err)
		}
		switch {
		case e.Unit == "sshd-doctor.service":
			// A run that makes keys may use more than a second of processor time, which
			// systemd notes.
			if e.Priority <= "5" && !strings.Contains(e.Message, ": Consumed ") {
				got.quiet, got.text = false, strings.TrimSpace(got.text+" [systemd: "+e.Message+"]")
			}
		case e.ID == watch.IDRepaired:
			got.repaired = true
		case e.ID == watch.IDNewHostKey:
		default:
			told = append(told, names[e.ID])
			got.text = strings.TrimSpace(got.text + " " + e.Message)
		}
	}
	slices.Sort(told)
	got.entries = told
}

func (l *life) report(text string, got *seen) {
	l.t.Helper()
	var r struct{ Verdict, Cause string }
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		l.t.Fatalf("cannot read %q: %v", text, err)
	}
	got.healthy, got.cause = r.Verdict == "healthy", r.Cause
}
