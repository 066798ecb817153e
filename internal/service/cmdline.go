package service

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// commandLine works out how the unit would call sshd: its ExecStart line with
// the variables of Environment= and EnvironmentFile= put in.
func (f *Facts) commandLine(h *host.Host) {
	for _, e := range f.Service.Exec {
		if e.Line != "ExecStart" || len(e.Argv) == 0 {
			continue
		}
		env, err := environment(h, f.Service)
		if err != nil {
			f.ArgsErr = err.Error()
		}
		f.Binary, f.Args = e.Path, expand(e.Argv[1:], env)
	}
}

func environment(h *host.Host, u Unit) (map[string]string, error) {
	env := map[string]string{}
	for _, kv := range u.Env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	for _, ef := range u.EnvFiles {
		paths := []string{ef.Path}
		if strings.ContainsAny(ef.Path, "*?[") {
			paths = h.Files.Glob(ef.Path)
		}
		for _, p := range paths {
			data, err := h.Files.Read(p, 1<<20)
			if host.IsAbsent(err) {
				continue
			}
			if err != nil {
				return env, fmt.Errorf("cannot read %s: %w", p, err)
			}
			parseEnvFile(string(data), env)
		}
	}
	return env, nil
}

// parseEnvFile reads systemd's EnvironmentFile= format (systemd.exec(5)):
// NAME=value lines, # and ; comments, quotes, and a backslash that joins lines.
// Lines that systemd would ignore are ignored.
func parseEnvFile(text string, env map[string]string) {
	for _, line := range logicalLines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); !ok || !isEnvName(key) {
			continue
		}
		env[key] = unquote(strings.TrimSpace(value))
	}
}

func logicalLines(text string) []string {
	return strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n")
}

func isEnvName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// unquote takes quotes away as systemd does: they may stand anywhere in the
// value; in double quotes and outside a backslash protects the next character.
func unquote(s string) string {
	var out strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(s):
			i++
			out.WriteByte(s[i])
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// expand puts variables in as systemd does (systemd.service(5), COMMAND LINES):
// a word that is just $NAME is split at blanks and may vanish; ${NAME} anywhere
// is put in as it is; $$ is a dollar sign.
func expand(argv []string, env map[string]string) []string {
	var out []string
	for _, word := range argv {
		if name, ok := strings.CutPrefix(word, "$"); ok && isEnvName(name) {
			out = append(out, strings.Fields(env[name])...)
			continue
		}
		out = append(out, expandBraces(word, env))
	}
	return out
}

func expandBraces(word string, env map[string]string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(word, '$')
		if i < 0 || i+1 == len(word) {
			out.WriteString(word)
			return out.String()
		}
		out.WriteString(word[:i])
		rest := word[i+1:]
		end := strings.IndexByte(rest, '}')
		switch {
		case rest[0] == '$':
			out.WriteByte('$')
			word = rest[1:]
		case rest[0] == '{' && end > 0 && isEnvName(rest[1:end]):
			out.WriteString(env[rest[1:end]])
			word = rest[end+1:]
		default:
			out.WriteByte('$')
			word = rest
		}
	}
}

// Config returns the path that -f names on sshd's command line, or sshd's
// usual one.
func (f Facts) Config() string {
	for i, a := range f.Args {
		if a == "-f" && i+1 < len(f.Args) {
			return filepath.Clean(f.Args[i+1])
		}
		if p, ok := strings.CutPrefix(a, "-f"); ok && p != "" {
			return filepath.Clean(p)
		}
	}
	return "/etc/ssh/sshd_config"
}
