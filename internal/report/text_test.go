package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

const manyReports = 500

func text(t testing.TB, r diag.Report, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Text(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// verdictWords begin the line that is the answer.
func verdictWords(v diag.Verdict) []string {
	return map[diag.Verdict][]string{
		diag.Healthy: {"HEALTHY", "HEALED"}, diag.Degraded: {"DEGRADED"}, diag.Down: {"BROKEN"}, diag.Unknown: {"COULD NOT TELL"},
	}[v]
}

// A recovery console has 80 columns and 25 lines, no scrollback and no UTF-8, and
// what stands last is what the person sees.
func checkScreen(t *testing.T, w world, what, out string, v diag.Verdict) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) > Height || !strings.HasSuffix(out, "\n") {
		t.Errorf("%s: %d lines", what, len(lines))
	}
	for _, l := range lines {
		if len(l) > Width {
			t.Errorf("%s: %d columns: %s", what, len(l), l)
		}
		if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: not printable: %q", what, l)
		}
	}
	last := lines[len(lines)-1]
	if strings.HasPrefix(last, "Next") || strings.HasPrefix(last, "More") || strings.HasPrefix(last, "sshd-doctor ") {
		if len(lines) < 2 {
			t.Errorf("%s: nothing but %q", what, last)
			return
		}
		last = lines[len(lines)-2]
	}
	if !slices.ContainsFunc(verdictWords(v), func(word string) bool { return strings.HasPrefix(last, word) }) {
		t.Errorf("%s: the verdict is %s, and the end says %q", what, v, last)
	}
	if secret := w.leaks(out); secret != "" {
		t.Errorf("%s: it shows %s", what, secret)
	}
}

func TestEveryReportFitsTheScreen(t *testing.T) {
	w := newWorld(t)
	seen := map[diag.Verdict]int{}
	for seed := range uint64(manyReports) {
		r := w.report(seed)
		seen[r.Verdict]++
		for _, o := range []Options{
			{}, {Next: "sshd-doctor heal"}, {Next: "sudo sshd-doctor heal"}, {Asked: true}, {Quiet: true},
		} {
			checkScreen(t, w, fmt.Sprintf("report %d, %+v", seed, o), text(t, r, o), r.Verdict)
		}
		if t.Failed() {
			return
		}
	}
	for _, v := range []diag.Verdict{diag.Healthy, diag.Degraded, diag.Down, diag.Unknown} {
		if seen[v] == 0 {
			t.Errorf("no report is %s", v)
		}
	}
}

// Colour adds to the text and carries no meaning alone; without it there is not
// one escape sequence, whatever was quoted.
func TestColour(t *testing.T) {
	w := newWorld(t)
	sgr := regexp.MustCompile(`\x1b\[(?:0|3[123])m`)
	coloured := 0
	for seed := range uint64(300) {
		r := w.report(seed)
		plain, bright := text(t, r, Options{}), text(t, r, Options{Colour: true})
		if strings.Contains(plain, "\x1b") {
			t.Fatalf("report %d: an escape sequence without colour", seed)
		}
		if got := sgr.ReplaceAllString(bright, ""); got != plain {
			t.Fatalf("report %d: colour changes the text:\n%s\n%s", seed, plain, got)
		}
		for l := range strings.Lines(bright) {
			if on := strings.Count(l, "\x1b[3"); on != strings.Count(l, "\x1b[0m") || on > 1 {
				t.Fatalf("report %d: a colour that does not end: %q", seed, l)
			}
			coloured += strings.Count(l, "\x1b[3")
		}
	}
	if coloured == 0 {
		t.Error("nothing has a colour")
	}
}

func TestQuietIsTheVerdictAlone(t *testing.T) {
	w := newWorld(t)
	for seed := range uint64(300) {
		r := w.report(seed)
		if out := text(t, r, Options{Quiet: true}); strings.Count(out, "\n") > 2 {
			t.Fatalf("report %d: %q", seed, out)
		}
	}
}

func TestTheSameReportTheSameText(t *testing.T) {
	w := newWorld(t)
	for seed := range uint64(100) {
		a, b := w.report(seed), w.report(seed)
		first := text(t, a, Options{})
		if text(t, a, Options{}) != first || text(t, b, Options{}) != first {
			t.Fatalf("report %d", seed)
		}
	}
}

// What must not be dropped when the page is full: the cause, what was seen, and
// what would repair it.
func TestAFullPageKeepsWhatMatters(t *testing.T) {
	r := diag.Report{Command: "check"}
	for i := range 30 {
		f := diag.Rule{Code: fmt.Sprintf("other-%d", i), Stage: diag.Listen, Severity: diag.Warning, Title: "t"}.
			New(fmt.Sprint(i), fmt.Sprintf("something else, number %d", i))
		r.Findings = append(r.Findings, f)
	}
	cause := diag.Rule{Code: "hostkey-missing", Stage: diag.HostKeys, Severity: diag.Broken, Title: "host keys are missing"}.
		New("/etc/ssh", "no host key is there", diag.Evidence{Source: "sshd", Text: "no hostkeys available"})
	r.Findings = append(r.Findings, cause.With(diag.Remedy{
		Summary: "make new ones", Consent: diag.Asks, Reason: "clients will notice", Steps: []diag.Step{typed("ssh-keygen -A")},
	}))
	for _, s := range diag.Stages() {
		r.Passed = append(r.Passed, diag.Passed{Stage: s, Text: "seen"})
	}
	r.Conclude()
	out := text(t, r, Options{})
	for _, want := range []string{
		"Cause: host keys are missing (hostkey-missing)", "no host key is there", "Repair, if you agree: make new ones",
		"It asks because clients will notice.", "(shortened; ", "Next, if you agree:  sshd-doctor heal --allow hostkey-missing",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	checkScreen(t, newWorld(t), "full", out, diag.Down)
	// A look does not show what was done before it.
	r.Changed = true
	if out = text(t, r, Options{}); !strings.Contains(out, "(shortened; what is wrong: ") {
		t.Errorf("after a repair:\n%s", out)
	}
}

// Where nothing is known to be wrong, the page says why something is not known.
func TestNotKnownForAReason(t *testing.T) {
	r := diag.Report{Command: "check"}
	r.Findings = append(r.Findings, diag.Rule{Code: "config-unknown", Stage: diag.Config, Severity: diag.Warning, Title: "t"}.
		Unknown("/usr/sbin/sshd", "sshd could not be asked", diag.Evidence{Source: "sshd -T", Text: "open /dev/null: no such file"}))
	r.Conclude()
	if out := text(t, r, Options{}); !strings.Contains(out, "Could not tell: sshd could not be asked\n  open /dev/null: no such file\n") {
		t.Errorf("no reason in\n%s", out)
	}
}

// A command is there to be typed: it is never cut off.
func TestWhatToTypeNext(t *testing.T) {
	steps := []diag.Step{typed("x")}
	finding := func(code string, s diag.Severity, r *diag.Remedy, status diag.Status) diag.Finding {
		return diag.Finding{Code: code, Severity: s, Remedy: r, Status: status, Summary: "s", Title: "t"}
	}
	free := &diag.Remedy{Steps: steps}
	asks := &diag.Remedy{Steps: steps, Consent: diag.Asks}
	manual := &diag.Remedy{Manual: []string{"x"}, Consent: diag.Manual}
	const more = "More about it:  sshd-doctor explain a"
	for _, c := range []struct {
		what string
		f    []diag.Finding
		o    Options
		want string
	}{
		{"it repairs itself", []diag.Finding{finding("a", diag.Broken, free, diag.Found)}, Options{Next: "sshd-doctor heal"}, "Next:  sshd-doctor heal"},
		{"it asks", []diag.Finding{finding("a", diag.Broken, asks, diag.NeedsConsent)}, Options{}, "Next, if you agree:  sshd-doctor heal --allow a"},
		{
			"a long code", []diag.Finding{finding("config-authmethods-unsatisfiable-"+strings.Repeat("x", 15), diag.Broken, asks, diag.Found)}, Options{},
			"sshd-doctor heal --allow config-authmethods-unsatisfiable-" + strings.Repeat("x", 15),
		},
		{"a person has to", []diag.Finding{finding("a", diag.Broken, manual, diag.Found)}, Options{Next: "sshd-doctor heal"}, more},
		{"it was tried", []diag.Finding{finding("a", diag.Broken, asks, diag.Failed)}, Options{}, more},
		{"a question follows", []diag.Finding{finding("a", diag.Broken, free, diag.Found)}, Options{Next: "x", Asked: true}, ""},
		{"heal has just run", []diag.Finding{finding("a", diag.Warning, free, diag.Found)}, Options{}, more},
	} {
		r := diag.Report{Findings: c.f}
		r.Conclude()
		lines := strings.Split(strings.TrimSpace(text(t, r, c.o)), "\n")
		last := lines[len(lines)-1]
		if c.want == "" && !slices.ContainsFunc(verdictWords(r.Verdict), func(word string) bool { return strings.HasPrefix(last, word) }) ||
			c.want != "" && last != c.want {
			t.Errorf("%s: %q, want %q", c.what, last, c.want)
		}
	}
}

func TestTheVerdictInWords(t *testing.T) {
	up := []diag.Endpoint{{Address: "127.0.0.1", Port: 22, Reached: "hostkey"}, {Address: "::1", Port: 22, Reached: "hostkey"}}
	for _, c := range []struct {
		r    diag.Report
		want string
	}{
		{diag.Report{Endpoints: up}, "HEALTHY: SSH answers and proves its key on 127.0.0.1 port 22, ::1 port 22.\n"},
		{diag.Report{Endpoints: append(up[:2:2], up[0])}, "HEALTHY: SSH answers and proves its key on 127.0.0.1 port 22, ::1 port 22, others.\n"},
		{diag.Report{Endpoints: up[:1], Changed: true}, "HEALED: SSH answers and proves its key on 127.0.0.1 port 22.\n"},
		{diag.Report{}, "HEALTHY.\n"},
	} {
		c.r.Conclude()
		got := text(t, c.r, Options{Quiet: true})
		if got != c.want && len(c.want) <= Width+1 || len(got) > Width+1 {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestStages(t *testing.T) {
	broken := diag.Rule{Code: "a", Stage: diag.Listen, Severity: diag.Broken, Title: "t"}
	warn := diag.Rule{Code: "b", Stage: diag.Config, Severity: diag.Warning, Title: "t"}
	r := diag.Report{Passed: []diag.Passed{
		{Stage: diag.Install, Text: "sshd is there"}, {Stage: diag.Config, Text: "accepted"}, {Stage: diag.HostKeys, Text: "3 keys"},
		{Stage: diag.Service, Text: "not up", Not: true}, {Stage: diag.Listen, Text: "bound"},
	}, Findings: []diag.Finding{
		warn.New("1", "one warning"), warn.New("2", "two"), warn.Unknown("3", "could not"),
		warn.New("4", "a note").As(diag.Notice), broken.New("5", "nobody listens"),
	}}
	r.Findings = append(r.Findings, diag.Rule{Code: "c", Stage: diag.HostKeys, Severity: diag.Broken}.Unknown("6", "unreadable"))
	r.Conclude()
	out := text(t, r, Options{})
	for _, want := range []string{
		"install    ok    sshd is there", "config     warn  one warning (+2)", "hostkeys   ?     unreadable",
		"service    -     not up", "listen     FAIL  nobody listens",
	} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestNewKeysAreShown(t *testing.T) {
	r := diag.Report{HostKeys: []diag.HostKey{
		{Type: "ssh-ed25519", SHA256: "SHA256:" + strings.Repeat("A", 43), New: true},
		{Type: "ecdsa-sha2-nistp256", SHA256: "SHA256:" + strings.Repeat("B", 43), New: true},
		{Type: "ssh-rsa", SHA256: "SHA256:" + strings.Repeat("C", 43)},
	}}
	r.Conclude()
	out := text(t, r, Options{})
	if !strings.Contains(out, "ED25519  SHA256:"+strings.Repeat("A", 43)) || !strings.Contains(out, "ECDSA    SHA256:"+strings.Repeat("B", 43)) {
		t.Errorf("a fingerprint is not whole:\n%s", out)
	}
	if strings.Contains(out, "CCC") {
		t.Errorf("an old key is shown as new:\n%s", out)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestAnOutputThatFails(t *testing.T) {
	if Text(fullDisk{}, diag.Report{}, Options{}) == nil || JSON(fullDisk{}, diag.Report{}) == nil {
		t.Error("nobody is told")
	}
}

// The way off the console is one that can be gone: not on a disk, and by a port
// that the server does not want.
func TestTheWayOffTheConsole(t *testing.T) {
	f := diag.Rule{Code: "config-x", Stage: diag.Config, Severity: diag.Broken, Title: "t"}.
		New("subject", "line 3").With(diag.Remedy{Summary: "correct it", Consent: diag.Manual, Manual: []string{"nano"}})
	r := diag.Report{Command: "check", Verdict: diag.Down, Cause: f.Code, Findings: []diag.Finding{f}}
	if out := text(t, r, Options{Rescue: "sshd-doctor rescue --port 2022"}); !strings.Contains(out, "off this console: sshd-doctor rescue --port 2022\n") {
		t.Errorf("%s", out)
	}
	if out := text(t, r, Options{Where: " --root /mnt"}); strings.Contains(out, "rescue") {
		t.Errorf("a disk: %s", out)
	}
}
