package service

import (
	"fmt"
	"slices"
	"strings"
)

// unitFile is what a unit file and its drop-ins say, by section and name, in
// order (systemd.syntax(7)).
type unitFile map[string][]string

// read adds the lines of one file. An empty value takes back what was said
// before, as it does for every list in a unit. Lines that are not understood are
// ignored with the rest of systemd; the first of them is the error.
func (u unitFile) read(text string) error {
	var wrong error
	section, joined := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" && joined == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if more, ok := strings.CutSuffix(line, "\\"); ok {
			joined += more + " "
			continue
		}
		line, joined = strings.TrimSpace(joined+line), ""
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || section == "" {
			if wrong == nil {
				wrong = fmt.Errorf("cannot read a line of a unit file: %.80q", line)
			}
			continue
		}
		name := section + "." + strings.TrimSpace(key)
		if value = strings.TrimSpace(value); value == "" {
			delete(u, name)
			continue
		}
		u[name] = append(u[name], value)
	}
	return wrong
}

// words are the values of a setting that is a list of words.
func (u unitFile) words(name string) []string {
	var out []string
	for _, v := range u[name] {
		out = append(out, splitWords(v)...)
	}
	return out
}

// last is the value of a setting that is a single one.
func (u unitFile) last(name string) string {
	if v := u[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// execs reads the lines of one kind of command. The prefixes of
// systemd.service(5), "@", "-", ":", "+" and "!", are not part of the path.
func (u unitFile) execs(line string) []Exec {
	var out []Exec
	for _, v := range u["Service."+line] {
		prefix := v[:len(v)-len(strings.TrimLeft(v, "@-:+!"))]
		argv := splitWords(v[len(prefix):])
		if len(argv) == 0 {
			continue
		}
		e := Exec{Line: line, Path: argv[0], Argv: argv}
		if strings.Contains(prefix, "@") && len(argv) > 1 {
			e.Argv = argv[1:]
		}
		out = append(out, e)
	}
	return out
}

// conditions are the Condition...= lines, without those that the program cannot
// judge: only paths can be looked at on a disk.
func (u unitFile) conditions() []Condition {
	var out []Condition
	for _, name := range []string{"ConditionPathExists", "AssertPathExists"} {
		for _, v := range u["Unit."+name] {
			// "|" makes it one of several of which one is enough.
			if strings.HasPrefix(v, "|") {
				continue
			}
			param, negate := strings.CutPrefix(v, "!")
			out = append(out, Condition{Name: name, Negate: negate, Param: strings.TrimSpace(param)})
		}
	}
	return out
}

// decode makes the description that systemd would give of the same files.
func (u unitFile) decode() Unit {
	out := Unit{
		Env: u.words("Service.Environment"), RuntimeDir: u.words("Service.RuntimeDirectory"),
		Conditions: u.conditions(),
		Listen:     u.words("Socket.ListenStream"), BindIPv6Only: u.last("Socket.BindIPv6Only"),
		BindToDevice: u.last("Socket.BindToDevice"),
		Accept:       slices.Contains([]string{"yes", "true", "1", "on"}, strings.ToLower(u.last("Socket.Accept"))),
	}
	for _, line := range []string{"ExecStartPre", "ExecStart"} {
		out.Exec = append(out.Exec, u.execs(line)...)
	}
	for _, v := range u.words("Service.EnvironmentFile") {
		out.EnvFiles = append(out.EnvFiles, strings.TrimPrefix(v, "-"))
	}
	return out
}
