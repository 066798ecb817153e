package service

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// commandLine works out how the unit would call sshd: its ExecStart line with
// the variables of Environment= and EnvironmentFile= put in. Where the line
// starts another program, which then starts sshd, that program is left out; it
// is never run to ask it something, because nobody knows what it would do.
func (f *Facts) commandLine(h *host.Host) {
	for _, e := range f.Service.Exec {
		if e.Line != "ExecStart" || len(e.Argv) == 0 {
			continue
		}
		env, from, err := environment(h, f.Service)
		if err != nil {
			f.ArgsErr = err.Error()
		}
		argv := append([]string{e.Path}, expand(e.Argv[1:], env)...)
		at := slices.IndexFunc(argv, isSshd)
		if at < 0 {
			f.ArgsErr = fmt.Sprintf("%s starts %s, not sshd itself", f.Service.ID, e.Path)
			if f.Service.Active() {
				// What it made of sshd's command line stands in the process.
				f.running(h, f.Service.ID)
			}
			continue
		}
		f.Binary, f.Args = argv[at], argv[at+1:]
		f.ArgsFrom = argsFrom(h, f.Service, e.Argv[1:], env, from)
	}
}

// argsFrom lists the files that decide sshd's arguments: those with a variable
// that stands on its command line, and the drop-in that sets that line.
func argsFrom(h *host.Host, u Unit, argv []string, env, from map[string]string) []string {
	var out []string
	add := func(file string) {
		if file != "" && !slices.Contains(out, file) {
			out = append(out, file)
		}
	}
	for _, word := range argv {
		name := strings.Trim(strings.TrimPrefix(word, "$"), "{}")
		if strings.HasPrefix(word, "$") && env[name] != "" {
			add(from[name])
		}
	}
	add(setBy(h, u.DropIns, "ExecStart"))
	return out
}

func isSshd(arg string) bool {
	return path.IsAbs(arg) && path.Base(arg) == "sshd" && strings.HasSuffix(path.Dir(arg), "bin")
}

// environment is what the unit's own settings and files put into the environment
// of sshd, and which file each variable is from.
func environment(h *host.Host, u Unit) (env, from map[string]string, err error) {
	env, from = map[string]string{}, map[string]string{}
	for _, kv := range u.Env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k], from[k] = v, setBy(h, u.DropIns, "Environment")
		}
	}
	for _, file := range u.EnvFiles {
		paths := []string{file}
		if strings.ContainsAny(file, "*?[") {
			paths = h.Files.Glob(file)
		}
		for _, p := range paths {
			data, err := h.Files.Read(p, 1<<20)
			if host.IsAbsent(err) {
				continue
			}
			if err != nil {
				return env, from, fmt.Errorf("cannot read %s: %w", p, err)
			}
			here := map[string]string{}
			err = parseEnvFile(string(data), here)
			for k, v := range here {
				env[k], from[k] = v, p
			}
			if err != nil {
				return env, from, fmt.Errorf("cannot read %s: %w", p, err)
			}
		}
	}
	return env, from, nil
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
