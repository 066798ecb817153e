package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// runExplain runs "sshd-doctor explain" with arguments.
func runExplain(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	return runExplainOn(t, os.Stdin, args...)
}

// runExplainOn is runExplain with something on standard input.
func runExplainOn(t *testing.T, in *os.File, args ...string) (code int, out, said string) {
	t.Helper()
	var files [2]*os.File
	for i := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		files[i] = f
	}
	p := program{in: in, out: files[0], err: files[1], env: func(string) string { return "" }}
	code = p.run(t.Context(), append([]string{"sshd-doctor", "explain"}, args...))
	texts := make([]string, len(files))
	for i, f := range files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(data)
	}
	return code, texts[0], texts[1]
}

func TestExplainPrintsThePage(t *testing.T) {
	for typed, want := range map[string]string{
		"hostkey-missing":          "hostkey-missing",
		"hostkeys-all-missing":     "hostkey-missing",
		"[hostkey-missing]":        "hostkey-missing",
		"Hostkey-Missing:":         "hostkey-missing",
		"hostkey missing":          "hostkey-missing",
		"hostkey_missing":          "hostkey-missing",
		"handshake-127.0.0.1-only": "handshake-127.0.0.1-only",
	} {
		page, _ := codes.Page(want)
		code, out, said := runExplain(t, strings.Fields(typed)...)
		if code != exitOK || out != page || said != "" {
			t.Errorf("explain %s: exit %d, %q on standard error, printed:\n%s", typed, code, said, out)
		}
	}
}

func TestExplainChoosesNotForThePerson(t *testing.T) {
	code, out, said := runExplain(t, "config-dropin-broken")
	if code != exitOK || said != "" {
		t.Errorf("exit %d, %q", code, said)
	}
	for _, want := range []string{"config-unknown-option", "config-bad-value"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing in:\n%s", want, out)
		}
	}
}

func TestExplainUnknownCode(t *testing.T) {
	for typed, want := range map[string]string{
		"hostkey-mising": "hostkey-missing",
		"weather":        "sshd-doctor explain",
		"a\x1b[31m\xff":  `\x1b`,
	} {
		code, out, said := runExplain(t, typed)
		first, _, _ := strings.Cut(said, "\n")
		if code != exitUsage || out != "" || !strings.Contains(first, want) || len(first) > 78 {
			t.Errorf("explain %q: exit %d, printed %q and said %q; want %d and %q", typed, code, out, said, exitUsage, want)
		}
		if strings.Contains(said, "\x1b") || !utf8.ValidString(said) {
			t.Errorf("explain %q: what was typed comes back raw: %q", typed, said)
		}
	}
	if _, _, said := runExplain(t, strings.Repeat("a", 100000)); len(said) > 200 {
		t.Errorf("explain says %d bytes about a long word", len(said))
	}
}

func TestExplainJSON(t *testing.T) {
	page, _ := codes.Page("config-unknown-option")
	for _, args := range [][]string{{"--json", "config-unknown-option"}, {"config-dropin-broken", "--json"}} {
		code, out, said := runExplain(t, args...)
		var got explained
		decodeOne(t, out, &got)
		if code != exitOK || said != "" || got.Schema != 1 || got.Version == "" || got.Command != "explain" ||
			got.Code != "config-unknown-option" || got.Title != codes.Title("config-unknown-option") || got.Text != page {
			t.Errorf("%q: exit %d, %q, %+v", args, code, said, got)
		}
	}
	var all explained
	_, out, _ := runExplain(t, "--json")
	if decodeOne(t, out, &all); len(all.Codes) != len(checkup.Rules()) {
		t.Errorf("explain --json lists %d codes, there are %d rules", len(all.Codes), len(checkup.Rules()))
	}
	var refused struct {
		Command string
		Error   string
		Exit    int
	}
	code, out, _ := runExplain(t, "no-such-thing", "--json")
	if decodeOne(t, out, &refused); code != exitUsage || refused.Exit != exitUsage || refused.Command != "explain" || refused.Error == "" {
		t.Errorf("exit %d, %+v", code, refused)
	}
}

// decodeOne wants exactly one object.
func decodeOne(t *testing.T, out string, into any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(out))
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if dec.More() {
		t.Fatalf("more than one object: %q", out)
	}
}

func TestExplainListsEveryCodeOnConsoles(t *testing.T) {
	_, out, _ := runExplain(t)
	fitsConsole(t, "explain", out)
	var listed []string
	for _, s := range diag.Stages() {
		if !strings.Contains(out, "\n  "+s.String()+" ") {
			t.Errorf("explain does not name the stage %s", s)
		}
		code, list, said := runExplain(t, s.String())
		if code != exitOK || said != "" {
			t.Errorf("explain %s: exit %d, %q", s, code, said)
		}
		fitsConsole(t, "explain "+s.String(), list)
		listed = append(listed, strings.Fields(list)...)
	}
	for _, r := range checkup.Rules() {
		if !slices.Contains(listed, r.Code) {
			t.Errorf("no stage lists %s", r.Code)
		}
	}
}

func fitsConsole(t *testing.T, what, out string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) > 22 {
		t.Errorf("%s prints %d lines", what, len(lines))
	}
	for _, l := range lines {
		if len(l) > 78 {
			t.Errorf("%s prints %d columns: %s", what, len(l), l)
		}
	}
}

var spokenOf = regexp.MustCompile("sshd-doctor( [^`;#|&\n]*)?")

// A page must not send anybody to a command that does not exist.
func TestPagesNameOnlyCommandsThatExist(t *testing.T) {
	p := program{env: func(string) string { return "" }}
	app := p.app()
	named := 0
	for _, code := range codes.All() {
		text, _ := codes.Page(code)
		for _, line := range commandLines(text) {
			named++
			if problem := unknownIn(app, line); problem != "" {
				t.Errorf("docs/codes/%s.md: %q: %s", code, line, problem)
			}
		}
	}
	if named == 0 {
		t.Error("no page names a command of sshd-doctor: does the test still know how?")
	}
}

// commandLines returns what is quoted or set as a command, and begins with the
// name of the program.
func commandLines(text string) []string {
	var out []string
	quoted := regexp.MustCompile("`[^`]*`").FindAllString(text, -1)
	for _, q := range quoted {
		out = append(out, spokenOf.FindAllString(strings.Join(strings.Fields(q), " "), -1)...)
	}
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "    ") {
			out = append(out, spokenOf.FindAllString(l, -1)...)
		}
	}
	return out
}

// unknownIn says what in a command line the program would not understand.
func unknownIn(app *cli.App, line string) string {
	words := strings.Fields(line)[1:]
	flags, command := app.Flags, ""
	for i := 0; i < len(words); i++ {
		w := strings.Trim(words[i], "`")
		switch {
		case strings.HasPrefix(w, "-"):
			at := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), strings.TrimLeft(w, "-")) })
			if at < 0 {
				return "there is no option " + w
			}
			if _, plain := flags[at].(*cli.BoolFlag); !plain {
				i++
			}
		case command == "":
			c := app.Command(w)
			if c == nil {
				return "there is no command " + w
			}
			command, flags = w, c.Flags
		}
	}
	return ""
}

func TestUnknownCommandsAreFound(t *testing.T) {
	p := program{env: func(string) string { return "" }}
	for line, good := range map[string]bool{
		"sshd-doctor": true, "sshd-doctor heal": true, "sshd-doctor heal --allow unit-masked": true,
		"sshd-doctor explain hostkey-missing": true, "sshd-doctor --json check": true,
		"sshd-doctor fix": false, "sshd-doctor heal --force": false, "sshd-doctor check --allow x": false,
	} {
		if problem := unknownIn(p.app(), line); (problem == "") != good {
			t.Errorf("%s: %q", line, problem)
		}
	}
}
