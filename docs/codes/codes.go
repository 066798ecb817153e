// Package codes holds one page for each code that a report can name: what a
// client shows, what the server logs, why, what the doctor does, and what a
// person can do by hand. The same text is read on a console and as Markdown.
//
// On a healthy tree each rule has a page and each page a rule.
package codes

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.md
var pages embed.FS

//go:embed catalogue.txt
var catalogue string

// suffix is how the file of a page ends, behind its code.
const suffix = ".md"

// All lists the codes that have a page, sorted.
func All() []string {
	files, _ := pages.ReadDir(".") // an embedded directory can be read
	out := make([]string, 0, len(files))
	for _, f := range files {
		out = append(out, strings.TrimSuffix(f.Name(), suffix))
	}
	return out
}

// Page returns the page of a code, or of the first code of a row of the
// catalogue.
func Page(name string) (string, bool) {
	for _, code := range Codes(name) {
		if text, ok := page(code); ok {
			return text, true
		}
	}
	return "", false
}

// Title returns the title of a page: its first line, without the code.
func Title(name string) string {
	text, _ := Page(name)
	line, _, _ := strings.Cut(text, "\n")
	_, title, _ := strings.Cut(line, ": ")
	return title
}

// Codes returns the codes for which a name stands: itself where it is one, else
// those of a row of the catalogue. It is empty for an unknown name.
func Codes(name string) []string {
	if _, ok := page(name); ok {
		return []string{name}
	}
	for _, r := range Rows() {
		if r.Name == name {
			return r.Codes
		}
	}
	return nil
}

func page(code string) (string, bool) {
	text, err := pages.ReadFile(code + suffix)
	return string(text), err == nil
}

// Row is a name under which people may know a fault, with the codes that it has
// here.
type Row struct {
	Name  string
	Codes []string
}

// Rows lists the catalogue in its own order.
func Rows() []Row {
	var out []Row
	for line := range strings.Lines(catalogue) {
		fields := strings.Fields(line)
		if len(fields) != 2 || strings.HasPrefix(line, "#") {
			continue
		}
		out = append(out, Row{Name: fields[0], Codes: strings.Split(fields[1], ",")})
	}
	return out
}

// names lists everything that Page knows, each name once.
func names() []string {
	out := All()
	for _, r := range Rows() {
		out = append(out, r.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
