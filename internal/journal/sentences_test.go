package journal

import (
	"os"
	"strings"
	"testing"
	"time"
)

// now is the moment at which every look of these tests began.
func now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// recorded is one line of testdata/said.txt.
type recorded struct {
	code, message string
	from          From
}

func readRecorded(t *testing.T) []recorded {
	t.Helper()
	data, err := os.ReadFile("testdata/said.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	source := false
	for l := range strings.Lines(string(data)) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case strings.HasPrefix(l, "#"):
			source = true
			continue
		case l == "":
			source = false
			continue
		}
		f := strings.SplitN(l, " ", 3)
		if len(f) != 3 || !source {
			t.Fatalf("not CODE FROM MESSAGE below a source: %q", l)
		}
		out = append(out, recorded{f[0], f[2], From(f[1])})
	}
	if len(out) < 60 {
		t.Fatalf("only %d recorded lines", len(out))
	}
	return out
}

// each of them said in the same second as the look.
func said(from From, messages ...string) []Line {
	var out []Line
	for _, m := range messages {
		out = append(out, Line{
			Time: now().Add(time.Second), From: from, Ident: string(from), PID: 7,
			Units: []string{"ssh.service"}, Invocation: "aa", Message: m,
		})
	}
	return out
}

func TestRecordedLines(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range readRecorded(t) {
		f := Facts{Need: Need{Unit: "ssh.service", InvocationID: "aa", Since: now()}}
		if r.from == FromKernel {
			f.Kernel = said(r.from, r.message)
		} else {
			f.Lines = said(r.from, r.message)
		}
		got := "-"
		if h := f.said(); len(h) > 0 {
			got = h[0].code
		}
		if got != r.code {
			t.Errorf("%s\n means %s, want %s", r.message, got, r.code)
		}
		seen[r.code] = true
	}
	for _, s := range sentences() {
		if !seen[s.code] {
			t.Errorf("no recorded line for %s", s.code)
		}
	}
}

// A sentence counts only from the one who can know.
func TestSentencesInAnothersName(t *testing.T) {
	for _, r := range readRecorded(t) {
		if r.code == "-" {
			continue
		}
		for _, from := range []From{FromProgram, FromSystemd, FromKernel} {
			if from == r.from {
				continue
			}
			f := Facts{Need: Need{Since: now()}, Lines: said(from, r.message)}
			for _, h := range f.said() {
				if h.code == r.code {
					t.Errorf("%s is believed from %s: %s", r.code, from, r.message)
				}
			}
		}
	}
}

// What stands behind the words of a peer means nothing.
func TestSentencesOfPeers(t *testing.T) {
	for _, r := range readRecorded(t) {
		if r.from != FromProgram {
			continue
		}
		for _, before := range []string{"Invalid user ", "error: maximum authentication attempts exceeded for invalid user "} {
			f := Facts{Need: Need{Since: now()}, Lines: said(FromProgram, before+r.message+" from 203.0.113.7 port 1")}
			if h := f.said(); len(h) > 0 {
				t.Errorf("a user name counts as %s: %s", h[0].code, h[0].line.Message)
			}
		}
	}
}

func TestWindows(t *testing.T) {
	old := now().Add(-24 * time.Hour)
	line := func(at time.Time, invocation, message string, from From) Line {
		return Line{Time: at, From: from, Units: []string{"ssh.service"}, Invocation: invocation, Message: message}
	}
	for _, tt := range []struct {
		name string
		line Line
		want bool
	}{
		{"live, now", line(now(), "", "refused connect from 127.0.0.1 (127.0.0.1)", FromProgram), true},
		{"live, yesterday", line(old, "aa", "refused connect from 127.0.0.1 (127.0.0.1)", FromProgram), false},
		{"start, of the last one", line(old, "aa", "PRNG is not seeded", FromProgram), true},
		{"start, of an earlier one", line(old, "bb", "PRNG is not seeded", FromProgram), false},
		{"start, of no unit", line(old, "", "PRNG is not seeded", FromProgram), false},
		{"start, now", line(now(), "", "PRNG is not seeded", FromProgram), true},
		{"boot, yesterday", line(old, "", "ssh.socket: Socket service ssh.service already active, refusing.", FromSystemd), true},
	} {
		f := Facts{Need: Need{Unit: "ssh.service", InvocationID: "aa", Since: now()}, Lines: []Line{
			tt.line, line(old, "aa", "Server listening on :: port 22.", FromProgram),
		}}
		if got := len(f.said()) > 0; got != tt.want {
			t.Errorf("%s: counts: %v", tt.name, got)
		}
	}
}

// A unit that restarts again and again is one start further in the log than
// systemd was when it was asked.
func TestNewestInvocation(t *testing.T) {
	f := Facts{
		Need: Need{Unit: "ssh.service", InvocationID: "aa", Since: now()},
		Lines: []Line{
			{Time: now().Add(-time.Second), From: FromProgram, Units: []string{"ssh.service"}, Invocation: "bb", Message: "PRNG is not seeded"},
			{Time: now().Add(-time.Second), From: FromProgram, Units: []string{"user@0.service"}, Invocation: "cc", Message: "x"},
		},
	}
	if !f.said().has(CodeCryptoEngine) {
		t.Error("the newest start does not count")
	}
}

// Where systemd could not be asked there is no last start to go by.
func TestNoInvocation(t *testing.T) {
	f := Facts{Need: Need{Since: now()}, Lines: []Line{
		{Time: now().Add(-time.Second), From: FromProgram, Message: "PRNG is not seeded"},
	}}
	if f.said().has(CodeCryptoEngine) {
		t.Error("a line of no start counts as one of the last")
	}
}

// A process that ends with its last word is gone before journald can see whose it
// was: what it said counts from the unit's last start on.
func TestLastWordsOfTheDead(t *testing.T) {
	for name, c := range map[string]struct {
		line    Line
		started time.Duration // since the machine was
		want    bool
	}{
		"since the start": {Line{Up: 59 * time.Second}, 58 * time.Second, true},
		"before it":       {Line{Up: 57 * time.Second}, 58 * time.Second, false},
		"before it, of a clock that was set back": {Line{Time: now().Add(-time.Millisecond), Up: 57 * time.Second}, 58 * time.Second, false},
		"of another's unit":                       {Line{Up: 59 * time.Second, Units: []string{"session-2.scope"}}, 58 * time.Second, false},
		"of an earlier start":                     {Line{Up: 59 * time.Second, Invocation: "zz", Units: []string{"ssh.service"}}, 58 * time.Second, false},
		"that is not sshd's":                      {Line{Up: 59 * time.Second, From: FromSystemd}, 58 * time.Second, false},
		"where nothing started":                   {Line{Up: 59 * time.Second}, 0, false},
	} {
		if c.line.Time.IsZero() {
			c.line.Time = now().Add(-time.Second)
		}
		c.line.Message = "PRNG is not seeded"
		if c.line.From == "" {
			c.line.From = FromProgram
		}
		f := Facts{Need: Need{Unit: "ssh.service", InvocationID: "aa", Since: now()}, Lines: []Line{
			c.line, {Time: now(), From: FromSystemd, Units: []string{"ssh.service"}, Invocation: "aa", Message: "x"},
		}}
		f.Unit.Started, f.Unit.StartedUp = now().Add(-time.Hour), c.started
		if f.said().has(CodeCryptoEngine) != c.want {
			t.Errorf("a line %s: counts %v, want %v", name, !c.want, c.want)
		}
	}
}

// The clock may be set back: an hour of old lines is later than this look then.
func TestSinceThisLook(t *testing.T) {
	n := Need{Since: now(), SinceUp: time.Minute}
	for name, c := range map[string]struct {
		line Line
		want bool
	}{
		"now":                      {Line{Time: now().Add(time.Second), Up: 61 * time.Second}, true},
		"before":                   {Line{Time: now().Add(-time.Second), Up: 59 * time.Second}, false},
		"before, by another clock": {Line{Time: now().Add(time.Hour), Up: 30 * time.Second}, false},
		"now, by another clock":    {Line{Time: now().Add(-time.Hour), Up: 61 * time.Second}, true},
		"in a file, without it":    {Line{Time: now().Add(time.Second)}, true},
		"in a file, and before":    {Line{Time: now().Add(-time.Second)}, false},
	} {
		c.line.From, c.line.Message = FromProgram, "refused connect from 192.0.2.1"
		f := Facts{Need: n, Lines: []Line{c.line}}
		if got := f.said().has(CodeWrappers); got != c.want || f.heard() != c.want || len(f.said().during(n)) > 0 != c.want {
			t.Errorf("a line %s: counts %v", name, got)
		}
	}
}

func TestClaims(t *testing.T) {
	if code, ok := Claims("PRNG is not seeded"); !ok || code != CodeCryptoEngine {
		t.Errorf("a complaint about the crypto library is claimed as %q, %v", code, ok)
	}
	if code, ok := Claims("Bad configuration option: X"); ok {
		t.Errorf("a complaint about the configuration is claimed as %s", code)
	}
}
