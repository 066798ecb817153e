package codes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
)

// announced are the codes whose page was written before their rule. Whoever
// adds the rule reads the page again and takes the code off this list.
var announced = []string{}

// ruled are the codes that a report can name.
func ruled(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, r := range checkup.Rules() {
		if slices.Contains(out, r.Code) {
			t.Errorf("two rules have the code %s", r.Code)
		}
		out = append(out, r.Code)
	}
	if len(out) == 0 {
		t.Fatal("there is no rule at all")
	}
	return out
}

func TestEveryRuleHasAPage(t *testing.T) {
	for _, code := range ruled(t) {
		if _, ok := codes.Page(code); !ok {
			t.Errorf("the rule %s has no page docs/codes/%s.md", code, code)
		}
	}
}

func TestEveryPageHasARule(t *testing.T) {
	rules := ruled(t)
	for _, code := range codes.All() {
		switch has := slices.Contains(rules, code); {
		case has && slices.Contains(announced, code):
			t.Errorf("%s has a rule now: read its page again, above all the line Doctor, and take it off the list announced", code)
		case !has && !slices.Contains(announced, code):
			t.Errorf("docs/codes/%s.md belongs to no rule", code)
		}
	}
	for _, code := range announced {
		if !slices.Contains(codes.All(), code) {
			t.Errorf("%s is announced and has no page: take it off the list", code)
		}
	}
}

// rowsOfTheCatalogue is how many causes the project began with. None of them may
// get lost.
const rowsOfTheCatalogue = 86

func TestEveryRowOfTheCatalogueHasACode(t *testing.T) {
	rows := codes.Rows()
	if len(rows) != rowsOfTheCatalogue {
		t.Errorf("catalogue.txt has %d rows, want %d", len(rows), rowsOfTheCatalogue)
	}
	var seen []string
	for _, r := range rows {
		if slices.Contains(seen, r.Name) {
			t.Errorf("catalogue.txt has %s twice", r.Name)
		}
		seen = append(seen, r.Name)
		for _, code := range r.Codes {
			if !slices.Contains(codes.All(), code) {
				t.Errorf("catalogue.txt: %s leads to %q, which has no page", r.Name, code)
			}
		}
		// A name must not mean one thing as a code and another as a row.
		if slices.Contains(codes.All(), r.Name) && !slices.Equal(r.Codes, []string{r.Name}) {
			t.Errorf("catalogue.txt: %s is a code of its own and leads to %q", r.Name, r.Codes)
		}
	}
}

// The cases speak of the same causes and the same rows.
func TestCasesSpeakOfKnownCodes(t *testing.T) {
	files, err := filepath.Glob("../../test/casebook/cases/*.case")
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot find the cases: %v", err)
	}
	cause := regexp.MustCompile(`(?m)^(?:cause|findings)(?: \[\w+\])?: (.+)$`)
	origin := regexp.MustCompile(`(?m)^origin: catalogue ([a-z0-9-]+(?:, [a-z0-9-]+)*)$`)
	rows := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range cause.FindAllStringSubmatch(string(text), -1) {
			for _, code := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ' ' || r == ',' }) {
				if !slices.Contains(codes.All(), code) {
					t.Errorf("%s: %q has no page", file, code)
				}
			}
		}
		for _, m := range origin.FindAllStringSubmatch(string(text), -1) {
			for _, name := range strings.Split(m[1], ", ") {
				rows++
				if len(codes.Codes(name)) == 0 {
					t.Errorf("%s: catalogue.txt does not know the row %q", file, name)
				}
			}
		}
	}
	if rows == 0 {
		t.Error("no case names a row of the catalogue: has the form of origin changed?")
	}
}

func TestPage(t *testing.T) {
	for _, test := range []struct {
		name, first string
		codes       []string
	}{
		{"hostkey-missing", "# hostkey-missing: a host key is missing", []string{"hostkey-missing"}},
		{"hostkeys-all-missing", "# hostkey-missing: a host key is missing", []string{"hostkey-missing"}},
		{"handshake-127.0.0.1-only", "# handshake-127.0.0.1-only: ", []string{"handshake-127.0.0.1-only"}},
		{"unit-disabled-or-stopped", "# unit-disabled: ", []string{"unit-disabled", "unit-stopped"}},
		{"hostkey-missing.md", "", nil},
		{"../codes/hostkey-missing", "", nil},
		{"catalogue", "", nil},
		{"", "", nil},
	} {
		text, ok := codes.Page(test.name)
		if ok != (test.codes != nil) || !strings.HasPrefix(text, test.first) {
			t.Errorf("Page(%q) = %.60q, %v; want %q", test.name, text, ok, test.first)
		}
		if got := codes.Codes(test.name); !slices.Equal(got, test.codes) {
			t.Errorf("Codes(%q) = %q, want %q", test.name, got, test.codes)
		}
	}
	if got := codes.Title("hostkeys-all-missing"); got != "a host key is missing" {
		t.Errorf("Title = %q", got)
	}
}
