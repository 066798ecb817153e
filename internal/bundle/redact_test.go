package bundle

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// redact is what becomes of a text, and how often something was taken out of it.
func redact(text string, kind Kind) (string, int) { return newCleaner().clean(text, kind) }

// cases reads testdata/FILE: a line "== KIND" begins texts of a kind, each line
// is one text, with \n for line ends; the parts in {{ }} are secret.
func secretLines(t *testing.T, least int) map[Kind][]string {
	t.Helper()
	file, err := os.Open("testdata/secrets.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	kinds := map[string]Kind{"text": Text, "json": JSON, "sshd_config": SshdConfig, "unit": UnitFile, "env": EnvFile}
	out := map[Kind][]string{}
	kind, n := Text, 0
	for scan := bufio.NewScanner(file); scan.Scan(); {
		line := scan.Text()
		name, isKind := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || strings.HasPrefix(line, "// "):
		case isKind:
			var known bool
			if kind, known = kinds[name]; !known {
				t.Fatalf("there is no kind %q", name)
			}
		default:
			out[kind] = append(out[kind], strings.ReplaceAll(line, `\n`, "\n"))
			n++
		}
	}
	if n < least {
		t.Fatalf("only %d lines found", n)
	}
	return out
}

// split returns a text without the braces, and what stood in them.
func split(t *testing.T, line string) (text string, secrets []string) {
	t.Helper()
	for {
		before, rest, found := strings.Cut(line, "{{")
		text += before
		if !found {
			return text, secrets
		}
		secret, after, closed := strings.Cut(rest, "}}")
		if !closed {
			t.Fatalf("a brace is open: %s", line)
		}
		text, line = text+secret, after
		secrets = append(secrets, secret)
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	for kind, lines := range secretLines(t, 80) {
		for _, line := range lines {
			text, secrets := split(t, line)
			got, n := redact(text, kind)
			if len(secrets) == 0 {
				if got != text || n != 0 {
					t.Errorf("nothing is secret in\n%s\nand it became\n%s", text, got)
				}
				continue
			}
			if n == 0 && kind != EnvFile {
				t.Errorf("nothing was counted: %s", text)
			}
			for _, s := range secrets {
				for part := range strings.SplitSeq(s, "\n") {
					if strings.TrimSpace(part) != "" && strings.Contains(got, strings.TrimSpace(part)) {
						t.Errorf("%q is left of\n%s\nin\n%s", part, text, got)
					}
				}
			}
			if again, more := redact(got, kind); again != got || more != 0 {
				t.Errorf("what is clean is cleaned again:\n%s\n%s", got, again)
			}
		}
	}
}

// A terminal takes nothing in a bundle for a command.
func TestNothingIsACommand(t *testing.T) {
	got, _ := redact("a\x1b[2Jb\x00c\x9bd\xffe\tf\r\ng\u202eh\n", Text)
	if got != "a?[2Jb?c?d?e\tf\ng?h\n" {
		t.Errorf("%q", got)
	}
}

func FuzzRedact(f *testing.F) {
	data, err := os.ReadFile("testdata/secrets.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		for kind := range EnvFile + 1 {
			f.Add(line, int(kind))
		}
	}
	f.Fuzz(func(t *testing.T, text string, kind int) {
		const secret = "correct-horse-battery"
		k := Kind(max(0, kind) % int(EnvFile+1))
		if k == JSON {
			text = quote(text + "\npassword: " + secret)
		} else {
			text += "\nDB_PASSWORD=" + secret
		}
		got, _ := redact(text, k)
		if strings.Contains(got, secret) && !strings.Contains(strings.ReplaceAll(text, "="+secret, ""), secret) {
			t.Errorf("%q became %q", text, got)
		}
		if strings.ContainsAny(got, "\x1b\x00") {
			t.Errorf("%q", got)
		}
	})
}
