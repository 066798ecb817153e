package tree_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	fence   = regexp.MustCompile("(?ms)^ *(```+|~~~+).*?^ *(```+|~~~+)$")
	span    = regexp.MustCompile("`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ +(.*?)(?: +#+)?$`)
	scheme  = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// A link that leads nowhere is noticed by the reader who needed it. Links to
// other sites are not followed: tests make no traffic.
func TestEveryLinkInTheDocumentsLeadsSomewhere(t *testing.T) {
	texts := map[string]string{}
	for _, f := range files(t, isMarkdown) {
		texts[f.path] = f.text
	}
	for name, text := range texts {
		for _, target := range links(text) {
			if problem := follow(texts, name, target); problem != "" {
				t.Errorf("%s: the link to %q leads nowhere: %s", name, target, problem)
			}
		}
	}
}

func links(text string) []string {
	text = span.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	var targets []string
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		if !scheme.MatchString(m[1]) {
			targets = append(targets, m[1])
		}
	}
	return targets
}

// follow says why a relative link of a document leads nowhere.
func follow(texts map[string]string, from, target string) string {
	to, anchor, _ := strings.Cut(target, "#")
	file := from
	if to != "" {
		file = path.Join(path.Dir(from), to)
	}
	if _, known := texts[file]; !known {
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			return "there is no such file"
		}
	}
	if anchor == "" || !isMarkdown(file) {
		return ""
	}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(texts[file], ""), -1) {
		if slug(m[1]) == anchor {
			return ""
		}
	}
	return "there is no such heading"
}

// slug is the anchor that GitHub gives to a heading.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 126:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestLinksThatLeadNowhereAreFound(t *testing.T) {
	texts := map[string]string{"docs/a.md": "# The one `loop`: of all\n```\n[x](gone.md)\n```\n[b](../go.mod) `[c](gone.md)` [d](https://example.org)\n"}
	if got := links(texts["docs/a.md"]); len(got) != 1 || got[0] != "../go.mod" {
		t.Errorf("links = %q, want only ../go.mod", got)
	}
	for target, good := range map[string]bool{
		"../go.mod": true, "#the-one-loop-of-all": true,
		"gone.md": false, "#gone": false, "../docs/gone.md#x": false,
	} {
		if problem := follow(texts, "docs/a.md", target); (problem == "") != good {
			t.Errorf("%s: %q", target, problem)
		}
	}
}
