package service

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// measured reads the lines of a file in testdata that are no comments.
func measured(t testing.TB, name string, least int) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	if len(out) < least {
		t.Fatalf("%s: only %d lines", name, len(out))
	}
	return out
}

// quoted takes a Go string off the front of a line.
func quoted(t testing.TB, line string) (text, rest string) {
	t.Helper()
	prefix, err := strconv.QuotedPrefix(line)
	if err != nil {
		t.Fatalf("cannot read %s: %v", line, err)
	}
	if text, err = strconv.Unquote(prefix); err != nil {
		t.Fatalf("cannot read %s: %v", line, err)
	}
	return text, strings.TrimSpace(line[len(prefix):])
}

func TestEnvironmentFilesAsSystemdReadsThem(t *testing.T) {
	for _, line := range measured(t, "envfile.txt", 90) {
		text, rest := quoted(t, line)
		rest, _, _ = strings.Cut(rest, "  before 254: ")
		env := map[string]string{}
		err := parseEnvFile(text, env)
		if rest == "refused" {
			if err == nil {
				t.Errorf("%q: %q, and systemd refuses it", text, env)
			}
			continue
		}
		var want map[string]string
		if err := json.Unmarshal([]byte(rest), &want); err != nil {
			t.Fatalf("cannot read %s: %v", rest, err)
		}
		if err != nil || !maps.Equal(env, want) {
			t.Errorf("%q: %q, %v; systemd has %q", text, env, err, want)
		}
	}
}

func TestWordsAsSystemdExpandsThem(t *testing.T) {
	lines := measured(t, "argv.txt", 70)
	text, _ := quoted(t, strings.TrimPrefix(lines[0], "env "))
	env := map[string]string{}
	if err := parseEnvFile(text, env); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		in := json.NewDecoder(strings.NewReader(line))
		var words, want []string
		if err := in.Decode(&words); err != nil {
			t.Fatalf("cannot read %s: %v", line, err)
		}
		if err := in.Decode(&want); err != nil {
			t.Fatalf("cannot read %s: %v", line, err)
		}
		if got := expand(words, env); !slices.Equal(got, want) {
			t.Errorf("%q: %q, systemd has %q", words, got, want)
		}
	}
}

// Nothing is made up: each value is in the text, but for what quotes and
// backslashes do, and a text of plain lines is read as it stands.
func FuzzEnvFile(f *testing.F) {
	for _, line := range measured(f, "envfile.txt", 90) {
		text, _ := quoted(f, line)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		env := map[string]string{}
		if err := parseEnvFile(text, env); err != nil {
			if len(env) > 0 {
				t.Errorf("%q is refused, and gave %q", text, env)
			}
			return
		}
		for name, value := range env {
			if !isEnvName(name) || !strings.Contains(text, name) || len(value) > len(text) {
				t.Errorf("%q: %q=%q", text, name, value)
			}
			// Without quotes and backslashes a value stands there as it is.
			plain := !strings.ContainsAny(text, "\\\"'")
			if plain && (!strings.Contains(text, value) || strings.Trim(value, " \t") != value) {
				t.Errorf("%q: %q=%q", text, name, value)
			}
		}
	})
}

// A line without a dollar sign is passed on as it is, and nothing else than the
// values comes in.
func FuzzExpand(f *testing.F) {
	for _, line := range measured(f, "argv.txt", 70)[1:] {
		var words []string
		if err := json.NewDecoder(strings.NewReader(line)).Decode(&words); err != nil {
			f.Fatal(err)
		}
		f.Add(words[0], "-p 2222 -o 'A B'")
	}
	f.Fuzz(func(t *testing.T, word, value string) {
		got := expand([]string{word}, map[string]string{"OPTS": value})
		if !strings.Contains(word, "$") && !slices.Equal(got, []string{word}) {
			t.Errorf("%q became %q", word, got)
		}
		if !strings.HasPrefix(word, "$") && len(got) != 1 {
			t.Errorf("%q became %q", word, got)
		}
		for _, w := range got {
			if len(w) > len(word)+len(value)*strings.Count(word, "OPTS") {
				t.Errorf("%q with %q became %q", word, value, got)
			}
		}
	})
}

func TestCommandLineOfSshd(t *testing.T) {
	for _, c := range []struct {
		what   string
		path   string
		argv   []string
		env    []string
		files  map[string]string
		binary string
		args   string
	}{
		{
			what: "as Debian has it", path: "/usr/sbin/sshd", argv: []string{"/usr/sbin/sshd", "-D", "$SSHD_OPTS"},
			binary: "/usr/sbin/sshd", args: "-D",
		},
		{
			what: "options in /etc/default/ssh", path: "/usr/sbin/sshd", argv: []string{"/usr/sbin/sshd", "-D", "$SSHD_OPTS"},
			files:  map[string]string{"/etc/default/ssh": "SSHD_OPTS=\"-p 2222 -o 'Banner none'\"\n"},
			binary: "/usr/sbin/sshd", args: "-D|-p|2222|-o|Banner none",
		},
		{
			what: "the file counts more than the unit", path: "/usr/sbin/sshd", argv: []string{"sshd", "$SSHD_OPTS"},
			env:    []string{"SSHD_OPTS=-p 1", "OTHER=x"},
			files:  map[string]string{"/etc/default/ssh": "SSHD_OPTS=-p 2\n"},
			binary: "/usr/sbin/sshd", args: "-p|2",
		},
		{
			what: "the unit's own variables", path: "/usr/sbin/sshd", argv: []string{"sshd", "-p${PORT}", "$NONE"},
			env: []string{"PORT=22"}, binary: "/usr/sbin/sshd", args: "-p22",
		},
		{
			what: "another sshd", path: "/opt/openssh/sbin/sshd", argv: []string{"/opt/openssh/sbin/sshd", "-D"},
			binary: "/opt/openssh/sbin/sshd", args: "-D",
		},
		{
			what: "in another network", path: "/usr/sbin/ip",
			argv:   []string{"/usr/sbin/ip", "vrf", "exec", "mgmt", "/usr/sbin/sshd", "-D", "-p", "2222"},
			binary: "/usr/sbin/sshd", args: "-D|-p|2222",
		},
		// What another program would do when it is asked, nobody knows.
		{what: "a shell", path: "/bin/sh", argv: []string{"/bin/sh", "-c", "exec /usr/sbin/sshd -D"}},
		{what: "an init script", path: "/etc/init.d/ssh", argv: []string{"/etc/init.d/ssh", "start"}},
		{what: "a script of the owner's", path: "/usr/local/bin/start-sshd", argv: []string{"/usr/local/bin/start-sshd"}},
		{what: "a file that is only called so", path: "/usr/bin/run", argv: []string{"/usr/bin/run", "/etc/sshd"}},
	} {
		f := Facts{Service: Unit{
			ID: "ssh.service", Env: c.env, EnvFiles: []string{"/etc/default/ssh"},
			Exec: []Exec{
				{Line: "ExecStartPre", Path: "/usr/sbin/sshd", Argv: []string{"/usr/sbin/sshd", "-t"}},
				{Line: "ExecStart", Path: c.path, Argv: c.argv},
				{Line: "ExecReload", Path: "/usr/sbin/sshd", Argv: []string{"/usr/sbin/sshd", "-t"}},
			},
		}}
		f.commandLine(tree(t, c.files))
		var from []string
		if strings.Contains(strings.Join(c.argv, " "), "$SSHD_OPTS") && len(c.files) > 0 {
			from = []string{"/etc/default/ssh"}
		}
		if !slices.Equal(f.ArgsFrom, from) {
			t.Errorf("%s: the arguments are from %q, want %q", c.what, f.ArgsFrom, from)
		}
		if args := strings.Join(f.Args, "|"); f.Binary != c.binary || args != c.args {
			t.Errorf("%s: %s %q, want %s %q", c.what, f.Binary, args, c.binary, c.args)
		}
		if (f.Binary == "") != (f.ArgsErr != "") {
			t.Errorf("%s: %q", c.what, f.ArgsErr)
		}
	}
}

func TestFilesWithVariables(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/site/10.env": "A=1\nB=1\n", "/etc/site/20.env": "B=2\n", "/etc/broken": "A=\xff\n",
	})
	env, _, err := environment(h, Unit{EnvFiles: []string{"/etc/site/*.env", "/etc/none"}})
	if err != nil || !maps.Equal(env, map[string]string{"A": "1", "B": "2"}) {
		t.Errorf("%q, %v", env, err)
	}
	if _, _, err := environment(h, Unit{EnvFiles: []string{"/etc/broken"}}); err == nil {
		t.Error("systemd refuses a file that is not text")
	}
	// A directory is not "there is no such file".
	if _, _, err := environment(h, Unit{EnvFiles: []string{"/etc/site"}}); err == nil {
		t.Error("a directory was read")
	}
}

func TestConfigurationFileOfTheUnit(t *testing.T) {
	for args, want := range map[string]string{
		"": "/etc/ssh/sshd_config", "-D": "/etc/ssh/sshd_config", "-f /etc/a": "/etc/a",
		"-D -f/etc//b": "/etc/b", "-f": "/etc/ssh/sshd_config", "-p 22 -f /etc/c -D": "/etc/c",
	} {
		if got := (Facts{Args: strings.Fields(args)}).Config(); got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
}
