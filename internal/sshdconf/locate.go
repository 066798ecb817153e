package sshdconf

import (
	"path/filepath"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Place is one line of a configuration file.
type Place struct {
	File string
	// Line counts from 1.
	Line int
	// Content is the whole line; Value is what follows the keyword.
	Content, Value string
}

// deepest is how many levels of Include sshd follows (servconf.c).
const deepest = 16

// Locate finds the lines with a keyword in the configuration files, in the order
// in which sshd reads them. It is a reader that only locates: it knows nothing
// of Match, and what a line means is always asked of sshd.
func Locate(h *host.Host, mainFile, keyword string) []Place {
	l := locator{files: h.Files, keyword: keyword, seen: map[string]bool{}}
	l.file(mainFile, 0)
	return l.out
}

// Files lists the configuration files, in the order in which sshd reads them.
func Files(h *host.Host, mainFile string) []string {
	l := locator{files: h.Files, seen: map[string]bool{}}
	l.file(mainFile, 0)
	return l.order
}

type locator struct {
	files   *host.Files
	keyword string
	seen    map[string]bool
	order   []string
	out     []Place
}

func (l *locator) file(path string, depth int) {
	if depth > deepest || l.seen[path] {
		return
	}
	l.seen[path] = true
	l.order = append(l.order, path)
	data, err := l.files.Read(path, fileLimit)
	if err != nil {
		return
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\n")
		key, value := splitLine(line)
		switch {
		case strings.EqualFold(key, "include"):
			l.include(value, depth)
		case l.keyword != "" && strings.EqualFold(key, l.keyword):
			l.out = append(l.out, Place{File: path, Line: n, Content: line, Value: value})
		}
	}
}

// include follows an Include line: paths that are not absolute are taken to be
// in /etc/ssh (sshd_config(5)).
func (l *locator) include(value string, depth int) {
	for _, pattern := range strings.Fields(value) {
		pattern = strings.Trim(pattern, `"`)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join("/etc/ssh", pattern)
		}
		for _, path := range l.files.Glob(pattern) {
			l.file(path, depth+1)
		}
	}
}

// SplitLine separates the keyword of a line from its value; both are empty for
// a comment.
func SplitLine(line string) (key, value string) { return splitLine(line) }

// splitLine separates keyword and value as sshd does: by blanks or one "=".
func splitLine(line string) (key, value string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", ""
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return line, ""
	}
	value = strings.TrimLeft(line[end:], " \t")
	value = strings.TrimPrefix(value, "=")
	return line[:end], strings.TrimSpace(value)
}
