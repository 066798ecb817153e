package tree_test

import (
	"regexp"
	"strings"
	"testing"
)

// Directories of the machine on which somebody happened to work, spelt so that
// they do not find themselves.
var (
	workPath    = regexp.MustCompile(`(?m)(?:^|[^\w./-])(/wor[k]|/roo[t]/(?:go|\.cache))\b`)
	scratchPath = regexp.MustCompile(`(?m)(?:^|[^\w./-])(/(?:var/)?tm[p]/\w+|/hom[e]/[a-z]+)\b`)
)

// A path of somebody's machine works nowhere else. Tests speak of boxes and of
// people who are made up, and those have such directories of their own.
func TestNoPathOfSomebodysMachine(t *testing.T) {
	for _, f := range files(t, all) {
		kinds := []*regexp.Regexp{workPath, scratchPath}
		if strings.HasPrefix(f.path, "test/") || strings.HasSuffix(f.path, "_test.go") {
			kinds = kinds[:1]
		}
		for _, kind := range kinds {
			for _, at := range kind.FindAllStringSubmatchIndex(f.text, -1) {
				t.Errorf("%s:%d: a path of one machine: %s", f.path, lineOf(f.text, at[2]), f.text[at[2]:at[3]])
			}
		}
	}
}

func TestMachinePathsAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		"cd /wor" + "k/main":           true,
		"\"/tm" + "p/x\"":              true,
		"/tm" + "p":                    false,
		"/var/tm" + "p/x":              true,
		"/hom" + "e/alice/src":         true,
		"/usr/wor" + "k":               false,
		"a/tm" + "p/b":                 false,
		"/wor" + "king":                false,
		"https://example.org/tm" + "p": false,
	} {
		if got := workPath.MatchString(text) || scratchPath.MatchString(text); got != want {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
	}
}

// Recovery consoles show ASCII, and a typographic quote in a command that
// somebody types off the screen does not work. Cases and captured texts are
// other people's words and stay as they are.
func TestGoSourcesAreASCII(t *testing.T) {
	for _, f := range files(t, isGo) {
		for offset, r := range f.text {
			if r > 126 || (r < ' ' && r != '\n' && r != '\t') {
				t.Errorf("%s:%d: %q is not printable ASCII; write \\u%04x in a string that needs it",
					f.path, lineOf(f.text, offset), r, r)
			}
		}
	}
}

// go.mod is the only place of the Go version. The tools have a go.mod of their
// own, which must say the same.
func TestOneGoVersion(t *testing.T) {
	goLine := regexp.MustCompile(`(?m)^go (\S+)$`)
	versions := map[string]string{}
	for _, f := range files(t, isModule) {
		if m := goLine.FindStringSubmatch(f.text); m != nil {
			versions[f.path] = m[1]
		}
	}
	if len(versions) < 2 || versions["go.mod"] == "" {
		t.Fatalf("cannot find the go lines of go.mod and tools/go.mod: %v", versions)
	}
	for path, version := range versions {
		if version != versions["go.mod"] {
			t.Errorf("%s says go %s, go.mod says go %s", path, version, versions["go.mod"])
		}
	}
	elsewhere := regexp.MustCompile(`(?i)\bgo(lang)?[ :=-]*1\.\d\d\b`)
	instructions := func(p string) bool {
		return p == "Makefile" || p == ".ci/run" || p == "README.md" || p == "CONTRIBUTING.md" ||
			p == ".golangci.yml" || strings.HasPrefix(p, "scripts/") || strings.HasPrefix(p, "packaging/") && !isModule(p)
	}
	for _, f := range files(t, instructions) {
		if at := elsewhere.FindStringIndex(f.text); at != nil {
			t.Errorf("%s:%d: says %q; only go.mod says which Go it is", f.path, lineOf(f.text, at[0]), f.text[at[0]:at[1]])
		}
	}
}
