package service

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// suites are those of the captures in testdata/units, one state of a machine per
// file, all three suites in it.
func suites() []string { return []string{"bullseye", "bookworm", "trixie"} }

// capture is what one suite's systemd said in one state.
type capture struct {
	units   map[string]map[string]any
	journal string
}

// states lists the captured states by name.
func states(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/units/*.txt")
	if err != nil || len(files) < 25 {
		t.Fatalf("only %d captures found, %v", len(files), err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".txt"))
	}
	return names
}

func readCapture(t *testing.T, state, suite string) capture {
	t.Helper()
	data, err := os.ReadFile("testdata/units/" + state + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(data), "\n== "+suite+" ")
	if !found {
		t.Fatalf("%s: nothing of %s", state, suite)
	}
	text, _, _ = strings.Cut(text, "\n== ")
	_, text, _ = strings.Cut(text, "\n")
	c := capture{units: map[string]map[string]any{}}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, same, isSection := strings.Cut(line, "]")
		switch {
		case section == "journal":
			c.journal += line + "\n"
		case line == "":
		case strings.HasPrefix(line, "[") && isSection:
			section = name[1:]
			if section == "journal" {
				continue
			}
			c.units[section] = map[string]any{}
			if other, ok := strings.CutPrefix(same, " = "); ok {
				c.units[section] = c.units[other]
			}
		default:
			key, value := property(t, line)
			c.units[section][key] = value
		}
	}
	if len(c.units) != 3 {
		t.Fatalf("%s, %s: %d units", state, suite, len(c.units))
	}
	return c
}

// property turns "NAME SIGNATURE JSON" into what godbus makes of the signature.
func property(t *testing.T, line string) (string, any) {
	t.Helper()
	f := strings.SplitN(line, " ", 3)
	if len(f) != 3 {
		t.Fatalf("cannot read %q", line)
	}
	var v any
	in := json.NewDecoder(strings.NewReader(f[2]))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		t.Fatalf("cannot read %q: %v", line, err)
	}
	value, rest, err := typed(f[1], v)
	if err != nil || rest != "" {
		t.Fatalf("cannot read %q: %v", line, err)
	}
	return f[0], value
}

// objectPath is a type of its own in godbus, too.
type objectPath string

// typed gives a value the type of the first element of a D-Bus signature, and
// returns what is left of the signature.
func typed(sig string, v any) (any, string, error) {
	kind, rest := sig[0], sig[1:]
	switch kind {
	case 's':
		return v, rest, nil
	case 'o':
		return objectPath(fmt.Sprint(v)), rest, nil
	case 'b':
		return v, rest, nil
	case 'i', 'u', 't', 'x':
		n, err := v.(json.Number).Int64()
		return map[byte]any{'i': int32(n), 'u': uint32(n), 't': uint64(n), 'x': n}[kind], rest, err
	case 'a':
		return array(rest, v.([]any))
	case '(':
		var out []any
		for _, e := range v.([]any) {
			value, more, err := typed(rest, e)
			if err != nil {
				return nil, "", err
			}
			out, rest = append(out, value), more
		}
		return out, strings.TrimPrefix(rest, ")"), nil
	}
	return nil, "", fmt.Errorf("cannot read type %q", sig)
}

func array(sig string, elements []any) (any, string, error) {
	switch sig[0] {
	case 's':
		out := []string{}
		for _, e := range elements {
			out = append(out, e.(string))
		}
		return out, sig[1:], nil
	case 'y':
		out := []byte{}
		for _, e := range elements {
			n, err := e.(json.Number).Int64()
			if err != nil {
				return nil, "", err
			}
			out = append(out, byte(n))
		}
		return out, sig[1:], nil
	}
	out := [][]any{}
	_, rest, found := strings.Cut(sig, ")")
	if sig[0] != '(' || !found {
		return nil, "", fmt.Errorf("cannot read array of %q", sig)
	}
	for _, e := range elements {
		value, _, err := typed(sig, e)
		if err != nil {
			return nil, "", err
		}
		out = append(out, value.([]any))
	}
	return out, rest, nil
}

// facts are what Collect would have come to: the units from the capture, the
// files from a tree with sshd in its usual place and what files adds.
func facts(t *testing.T, state, suite string, files map[string]string) Facts {
	t.Helper()
	c := readCapture(t, state, suite)
	unit := func(name string) Unit {
		if p, ok := c.units[name]; ok {
			return decodeUnit(name, p)
		}
		return decodeUnit(name, map[string]any{"Id": name, "LoadState": "not-found"})
	}
	h := tree(t, files)
	f := Facts{
		Service: choose(unit("ssh.service"), unit("sshd.service")),
		Socket:  choose(unit("ssh.socket"), unit("sshd.socket")),
	}
	f.forgetConditions(h)
	f.commandLine(h)
	if !f.Up() {
		f.Journal = lines(c.journal)
		f.missingExec(h)
	}
	return f
}

// tree is a box with sshd installed and some more files.
func tree(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	all := map[string]string{"/usr/sbin/sshd": "x", "/bin/kill": "x", "/etc/default/ssh": "SSHD_OPTS=\n"}
	for path, text := range files {
		all[path] = text
	}
	return &host.Host{Files: hosttest.Tree(t, 0o755, all), Now: time.Now}
}
