package codes_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
)

// shown is one line of coverage.txt.
type shown struct{ row, kind, where, why string }

func readCoverage(t *testing.T) []shown {
	t.Helper()
	text, err := os.ReadFile("coverage.txt")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^([a-z0-9-]+) +(case|facts) (\S+)(?:  (.+))?$`)
	var out []shown
	for l := range strings.Lines(string(text)) {
		if l = strings.TrimRight(l, "\n"); l == "" || l[0] == '#' {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("coverage.txt: not of its form: %q", l)
		}
		out = append(out, shown{m[1], m[2], m[3], m[4]})
	}
	return out
}

// spoken are the codes that a case says the program names, whether as the cause
// of the verdict or beside it.
func spoken(t *testing.T, file string) (cause, all []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("coverage.txt: %v", err)
		return nil, nil
	}
	for _, m := range regexp.MustCompile(`(?m)^(cause|findings)(?: \[\w+\])?: (.+)$`).FindAllStringSubmatch(string(text), -1) {
		all = append(all, strings.Fields(m[2])...)
		if m[1] == "cause" {
			cause = append(cause, m[2])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)\b(?:leaves|repairs) ([^,\n]+)`).FindAllStringSubmatch(string(text), -1) {
		all = append(all, strings.Fields(m[1])...)
	}
	return cause, all
}

func TestEveryRowOfTheCatalogueIsShown(t *testing.T) {
	lines := readCoverage(t)
	for _, r := range codes.Rows() {
		if !slices.ContainsFunc(lines, func(s shown) bool { return s.row == r.Name }) {
			t.Errorf("coverage.txt: nothing shows that %s is named", r.Name)
		}
	}
	for _, s := range lines {
		known := codes.Codes(s.row)
		if !slices.ContainsFunc(codes.Rows(), func(r codes.Row) bool { return r.Name == s.row }) {
			t.Errorf("coverage.txt: catalogue.txt has no row %s", s.row)
			continue
		}
		if s.kind == "facts" {
			recorded(t, s, known)
			continue
		}
		if _, all := spoken(t, "../../test/casebook/cases/"+s.where+".case"); !slices.ContainsFunc(all, func(c string) bool { return slices.Contains(known, c) }) {
			t.Errorf("coverage.txt: the case %s names none of %v", s.where, known)
		}
	}
}

// recorded wants the file to speak of one of the codes, and a reason why there is
// no box.
func recorded(t *testing.T, s shown, known []string) {
	t.Helper()
	text, err := os.ReadFile("../../" + s.where)
	if err != nil {
		t.Errorf("coverage.txt: %v", err)
	}
	if !slices.ContainsFunc(known, func(c string) bool { return strings.Contains(string(text), c) }) {
		t.Errorf("coverage.txt: %s speaks of none of %v", s.where, known)
	}
	if s.why == "" {
		t.Errorf("coverage.txt: %s has no case on a box, and no reason is given", s.row)
	}
}

// A case whose cause belongs to rows of the catalogue stands at one of them.
func TestEveryCaseIsListed(t *testing.T) {
	lines := readCoverage(t)
	entries, err := os.ReadDir("../../test/casebook/cases")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".case")
		// What the catalogue does not have shows as a consequence that it has.
		if !ok || strings.HasPrefix(name, "unknown-") {
			continue
		}
		cases++
		causes, _ := spoken(t, "../../test/casebook/cases/"+e.Name())
		of := func(r codes.Row) bool {
			return slices.ContainsFunc(r.Codes, func(c string) bool { return slices.Contains(causes, c) })
		}
		if slices.ContainsFunc(codes.Rows(), of) && !slices.ContainsFunc(lines, func(s shown) bool { return s.where == name }) {
			t.Errorf("coverage.txt does not list the case %s", name)
		}
	}
	if cases == 0 {
		t.Error("there are no cases")
	}
}
