//go:build boxes

package console

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

func TestTheConsole(t *testing.T) {
	binary := boxtest.Doctor(t)
	files, err := filepath.Glob("scenes/*.scene")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenes: %v", err)
	}
	turn := make(chan struct{}, 2)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".scene"), func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, err := Parse(f)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			play(t, binary, s)
		})
	}
}

func play(t *testing.T, binary string, s Scene) {
	b := boxtest.Start(t, box.Bookworm, binary)
	run := func(script string) {
		t.Helper()
		if r, err := b.Run(t.Context(), script); err != nil || r.Exit != 0 {
			t.Fatalf("%s: status %d, %v\n%s%s", script, r.Exit, err, r.Stdout, r.Stderr)
		}
	}
	if s.Break != "" {
		run(s.Break)
		if err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	env := append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}, s.Env...)
	m := open(t.Context(), t, b, env, s.Run)
	// screens are what stands on the terminal when a person is asked, and at the
	// end.
	var screens []string
	shown := 0
	for _, turn := range s.Talk {
		m.waitFor(turn.See)
		if turn.Press != "" {
			screens = append(screens, m.text.String()[shown:m.from])
			m.press(turn.Press)
			shown = m.from
		}
	}
	m.waitFor(fmt.Sprintf("exit status %d\n", s.Status))
	screens = append(screens, m.text.String()[shown:m.from])
	for _, screen := range screens {
		checkScreen(t, s, screen)
	}
	if s.After != "" {
		run(s.After)
	}
	if t.Failed() {
		t.Logf("%s\n%s", s.What, m.text.String())
	}
}

var (
	sgr      = regexp.MustCompile(`\x1b\[(?:0|3[123])m`)
	progress = regexp.MustCompile(`^(?:\.\.\. |    \d+ s: waiting for )`)
)

// checkScreen holds every screen to what a recovery console can show: 78
// columns, and 22 rows that do not scroll away what is above the question; the
// lines that tell of the work as it goes on may.
func checkScreen(t *testing.T, s Scene, screen string) {
	t.Helper()
	plain := sgr.ReplaceAllString(screen, "")
	if plain != screen && !strings.Contains(strings.Join(s.Env, " "), "TERM=linux") || strings.Contains(strings.Join(s.Env, " "), "NO_COLOR=1") && plain != screen {
		t.Errorf("colours, where nobody wants them or nobody has them: %q", screen)
	}
	if strings.ContainsFunc(plain, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		t.Errorf("not printable on every console: %q", plain)
	}
	lines := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
	page := 0
	for _, l := range lines {
		if len(l) > 78 {
			t.Errorf("%d columns: %s", len(l), l)
		}
		if page++; progress.MatchString(l) {
			page = 0
		}
	}
	// The question and the exit status, which the test itself prints, are rows
	// beyond the page.
	if page > 22+2 {
		t.Errorf("%d rows:\n%s", page, plain)
	}
}
