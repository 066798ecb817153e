package report

import (
	"fmt"
	"strings"
	"testing"
)

// Nothing is lost where there is room for it.
func TestLongLinesGoOnInTheNextRow(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{
			"Repair: set /etc/ssh/sshd_config.d/50-hardening.conf aside, because sshd cannot read line 12 of it",
			"Repair: set /etc/ssh/sshd_config.d/50-hardening.conf aside, because sshd\n" +
				"  cannot read line 12 of it",
		},
		{
			"done     put #PermitRootLogn no in the place of line 12 of /etc/ssh/sshd_config.d/50-hardening.conf",
			"done     put #PermitRootLogn no in the place of line 12 of\n" +
				"         /etc/ssh/sshd_config.d/50-hardening.conf",
		},
		{"  " + strings.Repeat("x", 100), "  " + strings.Repeat("x", 76) + "\n    " + strings.Repeat("x", 24)},
	} {
		got := strings.Join(line{text: c.text}.rows(), "\n")
		if got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
		for row := range strings.SplitSeq(got, "\n") {
			if len(row) > Width {
				t.Errorf("%d columns: %s", len(row), row)
			}
		}
	}
}

// A command can be typed as it stands, however long it is.
func TestLongCommandsStayCommands(t *testing.T) {
	command := "    ssh-keygen"
	for i := range 12 {
		command += fmt.Sprintf(" -R [server-%d.example.net]:2222", i)
	}
	rows := line{text: command, command: true}.rows()
	if len(rows) < 2 {
		t.Fatal(rows)
	}
	for i, row := range rows {
		if len(row) > Width || strings.HasSuffix(row, " \\") != (i < len(rows)-1) {
			t.Errorf("row %d: %q", i, row)
		}
	}
	typed := strings.ReplaceAll(strings.Join(rows, "\n"), "\\\n", " ")
	if strings.Join(strings.Fields(typed), " ") != strings.TrimSpace(command) {
		t.Errorf("the shell reads %q", typed)
	}
}

// When the screen is full, the end of what matters least goes first, then all of
// it; what matters most is never dropped.
func TestAFullScreen(t *testing.T) {
	p := &page{}
	long := strings.Repeat("0123456789 ", 12)
	for level := range 6 {
		for i := range 3 {
			p.add(level, "level %d, line %d %s", level, i, long)
		}
	}
	got := p.fit([]line{{text: "VERDICT"}}, Options{})
	if n := strings.Count(got, "\n"); n > Height {
		t.Errorf("%d rows", n)
	}
	for level, want := range []int{3, 3, 3} {
		if n := strings.Count(got, fmt.Sprintf("level %d,", level)); n != want {
			t.Errorf("level %d: %d lines of %d\n%s", level, n, want, got)
		}
	}
	if n := strings.Count(got, "level 5,"); n != 0 {
		t.Errorf("level 5: %d lines, where those of level 2 are cut off", n)
	}
	if last := strings.TrimRight(long, " "); !strings.Contains(plainWords(got), plainWords("level 0, line 2 "+last)) || !strings.HasSuffix(got, "VERDICT\n") {
		t.Errorf("what matters is cut off:\n%s", got)
	}
}

func plainWords(s string) string { return strings.Join(strings.Fields(s), "") }
