package codes_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
)

// A page is read on a console of 80 by 25, which shows a prompt as well.
const (
	mostLines   = 22
	mostColumns = 78
	// mostBytes bounds all pages together: they are part of the program.
	mostBytes = 110_000
)

// words begin the paragraphs of a page, in this order; the last may be missing.
var words = []string{"Client", "Log", "Why", "Doctor", "By hand", "See"}

func TestPagesKeepTheirShape(t *testing.T) {
	bytes := 0
	for _, code := range codes.All() {
		text, _ := codes.Page(code)
		bytes += len(text)
		for _, problem := range misshapen(code, text) {
			t.Errorf("docs/codes/%s.md: %s", code, problem)
		}
	}
	if bytes > mostBytes {
		t.Errorf("the pages have %d bytes, want at most %d", bytes, mostBytes)
	}
}

var (
	span    = regexp.MustCompile("`[^`]*`")
	allowed = regexp.MustCompile(`--allow\s+([a-z0-9.-]+)`)
	manual  = regexp.MustCompile(`^[a-z_.-]+\([1-9]\)$`)
)

// misshapen says what is wrong with the form of a page.
func misshapen(code, text string) []string {
	var out []string
	bad := func(what string) { out = append(out, what) }
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > mostLines {
		bad("has more lines than a console")
	}
	for _, l := range lines {
		if len(l) > mostColumns {
			bad("is wider than a console: " + l)
		}
		if strings.TrimRight(l, " ") != l || strings.HasPrefix(l, "|") {
			bad("has blanks at the end of a line, or a table: " + l)
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		bad("is not printable ASCII")
	}
	if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.Contains(text, "\n\n\n") {
		bad("has blank lines that say nothing, or no end")
	}
	blocks := strings.Split(strings.TrimSuffix(text, "\n"), "\n\n")
	if title := strings.TrimPrefix(blocks[0], "# "+code+": "); title == blocks[0] || title == "" || strings.Contains(title, "\n") {
		bad("does not begin with the line # " + code + ": title")
	}
	return append(out, paragraphs(code, blocks[1:])...)
}

// paragraphs looks at what stands below the title.
func paragraphs(code string, blocks []string) []string {
	var out, order []string
	bad := func(what string) { out = append(out, what) }
	for _, b := range blocks {
		if strings.HasPrefix(b, "    ") {
			if len(order) == 0 || order[len(order)-1] != "By hand" {
				bad("has commands that do not follow By hand")
			}
			for _, l := range strings.Split(b, "\n") {
				if !strings.HasPrefix(l, "    ") {
					bad("has text among the commands: " + l)
				}
			}
			continue
		}
		word, said, _ := strings.Cut(b, ":")
		order = append(order, word)
		if strings.ContainsAny(span.ReplaceAllString(b, ""), "<>*") {
			bad("has what Markdown takes for markup: " + b)
		}
		if strings.Count(b, "`")%2 != 0 {
			bad("has an open quote: " + b)
		}
		if strings.Contains(b, "\n ") {
			bad("has a line that is indented for nothing: " + b)
		}
		switch word {
		case "Doctor":
			out = append(out, consent(code, said)...)
		case "See":
			out = append(out, seen(code, said)...)
		}
	}
	if !slices.Equal(order, words) && !slices.Equal(order, words[:len(words)-1]) {
		bad("has the paragraphs " + strings.Join(order, ", ") + "; want " + strings.Join(words, ", "))
	}
	return out
}

// consent: whoever is told that the doctor asks is told how to agree.
func consent(code, said string) []string {
	var out []string
	found := allowed.FindAllStringSubmatch(said, -1)
	for _, m := range found {
		if strings.TrimRight(m[1], ".") != code {
			out = append(out, "tells how to agree to another code: "+m[1])
		}
	}
	if asks := regexp.MustCompile(`\basks\b`).MatchString(said); asks != (len(found) > 0) {
		out = append(out, "asks, and does not tell how to agree; or the reverse")
	}
	return out
}

// seen: what a page points to is there.
func seen(code, said string) []string {
	var out []string
	for _, name := range strings.Split(strings.TrimSpace(said), ", ") {
		if name == code || !slices.Contains(codes.All(), name) && !manual.MatchString(name) {
			out = append(out, "points to "+name+", which is no other page and no manual page")
		}
	}
	return out
}

// A test of shapes that finds nothing wrong with anything would pass for ever.
func TestMisshapenPagesAreFound(t *testing.T) {
	const good = "# a-b: title\n\nClient: `x`\n\nLog: nothing.\n\nWhy: so.\n\nDoctor: shows it.\n\n" +
		"By hand:\n\n    true\n\nSee: sshd(8)\n"
	if got := misshapen("a-b", good); len(got) > 0 {
		t.Fatalf("a good page is called misshapen: %q", got)
	}
	for name, change := range map[string][2]string{
		"other code":        {"# a-b", "# a-c"},
		"no title":          {"title", ""},
		"order":             {"Log: nothing.\n\nWhy: so.", "Why: so.\n\nLog: nothing."},
		"unknown word":      {"Why: so.", "Why: so.\n\nNote: this."},
		"missing word":      {"Why: so.\n\n", ""},
		"too wide":          {"so.", strings.Repeat("so ", 30) + "."},
		"too long":          {"so.", strings.Repeat("so\n", 20) + "so."},
		"not ASCII":         {"so.", "so \u2026"},
		"tab":               {"    true", "    true\t#"},
		"markup":            {"so.", "so <b>so</b>."},
		"emphasis":          {"so.", "ssh_host_*."},
		"table":             {"so.", "so\n| a | b |"},
		"commands too soon": {"so.", "so.\n\n    true"},
		"open quote":        {"`x`", "`x"},
		"no newline":        {"sshd(8)\n", "sshd(8)"},
		"unknown page":      {"sshd(8)", "no-such-code"},
		"asks":              {"shows it.", "asks first."},
		"agrees to another": {"shows it.", "asks: `sshd-doctor heal --allow a-c`"},
		"blank at the end":  {"so.", "so. "},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if changed == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if got := misshapen("a-b", changed); len(got) == 0 {
			t.Errorf("%s: nothing is found wrong with %q", name, changed)
		}
	}
}
