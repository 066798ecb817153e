package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
)

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestMain works where the generator does: at the top of the tree.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func theTree(t *testing.T) tree {
	t.Helper()
	got, err := describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Every module that is compiled in has its licence among the texts, and so has
// Go itself; what go.mod names only for tests has none.
func TestEveryLinkedModuleHasItsLicence(t *testing.T) {
	modules, err := linked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(t.Context(), "go", "list", "-deps", "-tags", "urfave_cli_no_docs", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/sshd-doctor")
	if err != nil {
		t.Fatal(err)
	}
	want := append(strings.Fields(string(out)), "std")
	slices.Sort(want)
	want = slices.DeleteFunc(slices.Compact(want), func(p string) bool { return p == product })
	var got []string
	all := texts(modules)
	for _, m := range modules {
		got = append(got, m.Path)
		if len(m.Texts) == 0 || m.Licence == "" {
			t.Errorf("%s has no licence", m.Path)
		}
		for name, text := range m.Texts {
			if !strings.Contains(all, text) {
				t.Errorf("%s of %s is not in the texts", name, m.Path)
			}
		}
	}
	if len(want) < 2 || !slices.Equal(got, want) {
		t.Errorf("licences of %q, but compiled in are %q", got, want)
	}
}

func TestAnUnknownLicenceIsRefused(t *testing.T) {
	m := module{Path: "example.org/x", Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(m.Dir, "LICENSE"), []byte("You may look at it.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.readLicence(); err == nil {
		t.Error("a licence that nobody knows is shipped")
	}
}

// The manual names every command and every option, and roff reads nothing into
// it.
func TestManual(t *testing.T) {
	tr := theTree(t)
	text := manual(tr, "1.0", day)
	for _, c := range tr.Commands {
		if !strings.Contains(text, "\n.B "+escape(strings.TrimSpace(c.Name+" "+c.Args))+"\n") {
			t.Errorf("the command %s is missing", c.Name)
		}
		for _, o := range c.Flags {
			if !strings.Contains(text, escape(dashed(o.Names[0]))) {
				t.Errorf("the option %s is missing", o.Names[0])
			}
		}
	}
	checkRoff(t, text)
}

func TestCodesManualHasEveryCode(t *testing.T) {
	text := codesManual("1.0", day)
	if len(codes.All()) == 0 {
		t.Fatal("there are no codes")
	}
	for _, code := range codes.All() {
		if !strings.Contains(text, "\n.SS "+escape(code)) {
			t.Errorf("%s is missing", code)
		}
	}
	checkRoff(t, text)
}

// checkRoff: lines that begin with a dot are requests that were meant.
func checkRoff(t *testing.T, text string) {
	t.Helper()
	known := []string{".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".BR", ".br", ".RS", ".RE", ".nf", ".fi"}
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, ".") && !slices.Contains(known, word) || strings.HasPrefix(line, "'") {
			t.Errorf("roff reads a request in %q", line)
		}
		for _, r := range line {
			if r > '~' {
				t.Errorf("%q is not ASCII", line)
			}
		}
	}
}

func TestEscape(t *testing.T) {
	p := &page{}
	p.paragraph(".hidden `a-b` \\n\n'quoted'")
	p.block(".x\n  -y")
	want := ".PP\n\\&.hidden \\fBa\\-b\\fR \\en\n\\(aqquoted\\(aq\n.PP\n.RS 4\n.nf\n\\&.x\n  \\-y\n.fi\n.RE\n"
	if p.String() != want {
		t.Errorf("got %q, want %q", p.String(), want)
	}
}

// complete asks bash what it offers behind some words.
func complete(t *testing.T, script string, words ...string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	line := `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sshd_doctor; printf '%s\n' "${COMPREPLY[@]}"`
	out, err := exec.CommandContext(t.Context(), "bash", append([]string{"-uc", line, "bash", path, "sshd-doctor"}, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

func TestBashCompletes(t *testing.T) {
	script := bash(theTree(t))
	for _, c := range []struct {
		typed string
		want  string // offered; "" for exactly nothing
	}{
		{"", "check"}, {"he", "heal"}, {"--js", "--json"},
		{"heal --dr", "--dry-run"}, {"heal --allow unit-mas", "unit-masked"}, {"heal --log-level d", "debug"},
		{"explain hostkey-mis", "hostkey-missing"}, {"explain net", ""}, {"explain neg", "negotiation"},
		{"check --dr", ""}, {"check --port ", ""}, {"check --sshd-config /et", "/etc"},
	} {
		words := strings.Split(c.typed, " ")
		got := complete(t, script, words...)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
			t.Errorf("%q: offers %q, want %q", c.typed, got, c.want)
		}
	}
}

// The lists of the other shells name the same commands, options and codes.
func TestOtherShellsKnowTheSame(t *testing.T) {
	tr := theTree(t)
	for shell, script := range map[string]string{"zsh": zsh(tr), "fish": fish(tr)} {
		for _, c := range tr.Commands {
			if !strings.Contains(script, c.Name) {
				t.Errorf("%s does not know %s", shell, c.Name)
			}
			for _, o := range c.Flags {
				if !strings.Contains(script, o.Names[0]) {
					t.Errorf("%s does not know --%s", shell, o.Names[0])
				}
			}
		}
		for _, code := range codes.All() {
			if !strings.Contains(script, code) {
				t.Errorf("%s does not know the code %s", shell, code)
			}
		}
	}
}

// A list of what is inside fits the binary: this test's own, which has the
// modules that it is linked with.
func TestSBOMRefusesWhatItDoesNotKnow(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sbom(context.Background(), self, "1.0", day, []module{{Path: "std", Licence: "BSD-3-Clause"}}); err == nil {
		t.Error("a module without a licence is listed as if it had one")
	}
}

// The same text gives the same bytes, with nothing of this machine or moment.
func TestCompressIsReproducible(t *testing.T) {
	if got := compress("x"); len(got) < 10 || got[4]|got[5]|got[6]|got[7] != 0 || got[3] != 0 {
		t.Errorf("the head of gzip holds a time or a name: % x", got[:10])
	}
}
