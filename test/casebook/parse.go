package casebook

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// fields are the names that a case file may use; true marks those that hold a
// script in the indented lines below them.
func fields() map[string]bool {
	return map[string]bool{
		"title": false, "origin": false, "suites": false,
		"prepare": true, "break": true, "then": true, "proof": true, "says": true,
		"endpoint": false, "client": false,
		"verdict": false, "cause": false, "findings": false,
		"heal": false, "consent": false, "reboot": false,
		"keys": false, "session": false, "woken": false,
	}
}

// entry is one field as it stands in the file.
type entry struct {
	line   int
	suites []box.Suite // empty: for every suite
	value  string
}

// sheet holds the entries of a file by field name.
type sheet map[string][]entry

// Parse reads one case. It refuses what it does not know and quotes the line.
func Parse(name string, r io.Reader) (Case, error) {
	s, err := parseSheet(r)
	if err != nil {
		return Case{}, fmt.Errorf("cannot read case %s: %w", name, err)
	}
	c, err := s.decode(name)
	if err != nil {
		return Case{}, fmt.Errorf("cannot read case %s: %w", name, err)
	}
	return c, nil
}

func parseSheet(r io.Reader) (sheet, error) {
	s, known := sheet{}, fields()
	script := "" // the field whose script goes on
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), " \t")
		below, indented := strings.CutPrefix(text, "    ")
		switch {
		case strings.HasPrefix(text, "#"):
			continue
		case text == "" && script == "":
			continue
		case script != "" && (indented || text == ""):
			last := &s[script][len(s[script])-1]
			last.value += below + "\n"
			continue
		}
		field, e, err := parseEntry(text, n)
		if err != nil {
			return nil, err
		}
		isScript, ok := known[field]
		if !ok {
			return nil, fmt.Errorf("line %d: unknown field %q: %q", n, field, text)
		}
		if isScript && e.value != "" {
			return nil, fmt.Errorf("line %d: the script of %q begins on the next line, four spaces in: %q", n, field, text)
		}
		if err := s.add(field, e, text); err != nil {
			return nil, err
		}
		script = ""
		if isScript {
			script = field
		}
	}
	return s, lines.Err()
}

// parseEntry takes "field: value" or "field [suite suite]: value" apart.
func parseEntry(text string, n int) (string, entry, error) {
	shape := regexp.MustCompile(`^([a-z]+)(?: \[([a-z ]+)\])?:(?:\s+(.*))?$`)
	m := shape.FindStringSubmatch(text)
	if m == nil {
		return "", entry{}, fmt.Errorf("line %d: not of the form \"field: value\": %q", n, text)
	}
	e := entry{line: n, value: m[3]}
	for _, word := range strings.Fields(m[2]) {
		suite, err := box.ParseSuite(word)
		if err != nil {
			return "", entry{}, fmt.Errorf("line %d: %w: %q", n, err, text)
		}
		e.suites = append(e.suites, suite)
	}
	return m[1], e, nil
}

// add refuses a field that is given twice for the same suite.
func (s sheet) add(field string, e entry, text string) error {
	for _, old := range s[field] {
		clash := len(old.suites) == 0 && len(e.suites) == 0
		for _, suite := range e.suites {
			clash = clash || slices.Contains(old.suites, suite)
		}
		if clash {
			return fmt.Errorf("line %d: %q is already on line %d: %q", e.line, field, old.line, text)
		}
	}
	s[field] = append(s[field], e)
	return nil
}

// get returns the entry for a suite, else the one for every suite.
func (s sheet) get(field string, suite box.Suite) (entry, bool) {
	var found entry
	ok := false
	for _, e := range s[field] {
		if slices.Contains(e.suites, suite) {
			return e, true
		}
		if len(e.suites) == 0 {
			found, ok = e, true
		}
	}
	return found, ok
}
