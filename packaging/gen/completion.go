package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// values are the words that an option or a command takes, where they are known.
func values(placeholder string) []string {
	switch placeholder {
	case "CODE", "[CODE | TEXT | -]":
		return codes.All()
	case "L":
		return []string{"error", "warning", "info", "debug"}
	}
	return nil
}

func stages() []string {
	var out []string
	for _, s := range diag.Stages() {
		out = append(out, s.String())
	}
	return out
}

func commandNames(t tree) []string {
	var out []string
	for _, c := range t.Commands {
		out = append(out, c.Name)
	}
	return out
}

func words(list []option) string {
	var out []string
	for _, o := range list {
		for _, n := range o.Names {
			out = append(out, dashed(n))
		}
	}
	return strings.Join(out, " ")
}

// each calls f once for each option that takes a value.
func each(t tree, f func(o option)) {
	var seen []string
	for _, c := range append([]command{{Flags: t.Flags}}, t.Commands...) {
		for _, o := range c.Flags {
			if o.Value != "" && !slices.Contains(seen, o.Names[0]) {
				seen = append(seen, o.Names[0])
				f(o)
			}
		}
	}
}

func bash(t tree) string {
	var b strings.Builder
	b.WriteString("# bash completion for sshd-doctor; made from its command tree.\n_sshd_doctor()\n{\n" +
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command= words=\n" +
		"\tCOMPREPLY=()\n\tcase $prev in\n")
	each(t, func(o option) {
		reply := "return"
		if list := values(o.Value); list != nil {
			reply = fmt.Sprintf("COMPREPLY=($(compgen -W %q -- \"$cur\")); return", strings.Join(list, " "))
		} else if o.Value == "FILE" {
			reply = `COMPREPLY=($(compgen -f -- "$cur")); return`
		}
		fmt.Fprintf(&b, "\t%s) %s ;;\n", dashed(o.Names[0]), reply)
	})
	fmt.Fprintf(&b, "\tesac\n\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n\t\tcase $word in %s) command=$word; break ;; esac\n\tdone\n\tcase $command in\n",
		strings.Join(commandNames(t), "|"))
	for _, c := range t.Commands {
		list := words(c.Flags)
		if known := values(c.Args); known != nil {
			list += " " + strings.Join(append(stages(), known...), " ")
		}
		fmt.Fprintf(&b, "\t%s) words=%q ;;\n", c.Name, list)
	}
	fmt.Fprintf(&b, "\t*) words=%q ;;\n\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _sshd_doctor sshd-doctor\n",
		strings.Join(commandNames(t), " ")+" "+words(t.Flags))
	return b.String()
}

func zsh(t tree) string {
	var b strings.Builder
	b.WriteString("#compdef sshd-doctor\n# zsh completion for sshd-doctor; made from its command tree.\n_sshd_doctor() {\n" +
		"\tlocal curcontext=$curcontext state line ret=1\n\tlocal -a commands=(\n")
	for _, c := range t.Commands {
		fmt.Fprintf(&b, "\t\t%s\n", single(c.Name+":"+c.Usage))
	}
	b.WriteString("\t)\n\t_arguments -C \\\n")
	for _, o := range t.Flags {
		b.WriteString(zshOption(o))
	}
	b.WriteString("\t\t'1: :->command' '*:: :->rest' && ret=0\n\tcase $state in\n\tcommand) _describe command commands && ret=0 ;;\n\trest)\n\t\tcase $line[1] in\n")
	for _, c := range t.Commands {
		fmt.Fprintf(&b, "\t\t%s)\n\t\t\t_arguments \\\n", c.Name)
		for _, o := range c.Flags {
			b.WriteString("\t" + zshOption(o))
		}
		last := "&& ret=0"
		if known := values(c.Args); known != nil {
			last = single("1:code:("+strings.Join(append(stages(), known...), " ")+")") + " && ret=0"
		}
		fmt.Fprintf(&b, "\t\t\t\t%s ;;\n", last)
	}
	b.WriteString("\t\tesac ;;\n\tesac\n\treturn ret\n}\n_sshd_doctor \"$@\"\n")
	return b.String()
}

func zshOption(o option) string {
	takes := ""
	if o.Value != "" {
		takes = ":" + o.Value + ":"
		if list := values(o.Value); list != nil {
			takes += "(" + strings.Join(list, " ") + ")"
		} else if o.Value == "FILE" {
			takes += "_files"
		}
	}
	var b strings.Builder
	for _, n := range o.Names {
		usage := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(o.Usage)
		fmt.Fprintf(&b, "\t\t%s \\\n", single("*"+dashed(n)+"["+usage+"]"+takes))
	}
	return b.String()
}

func fish(t tree) string {
	var b strings.Builder
	b.WriteString("# fish completion for sshd-doctor; made from its command tree.\ncomplete -c sshd-doctor -f\n")
	for _, c := range t.Commands {
		fmt.Fprintf(&b, "complete -c sshd-doctor -n __fish_use_subcommand -a %s -d %s\n", c.Name, single(c.Usage))
	}
	for _, o := range t.Flags {
		b.WriteString(fishOption("", o))
	}
	for _, c := range t.Commands {
		for _, o := range ownOptions(t, c) {
			b.WriteString(fishOption(c.Name, o))
		}
		if known := values(c.Args); known != nil {
			fmt.Fprintf(&b, "complete -c sshd-doctor -n '__fish_seen_subcommand_from %s' -a %s\n", c.Name,
				single(strings.Join(append(stages(), known...), " ")))
		}
	}
	return b.String()
}

func fishOption(command string, o option) string {
	var b strings.Builder
	b.WriteString("complete -c sshd-doctor")
	if command != "" {
		fmt.Fprintf(&b, " -n '__fish_seen_subcommand_from %s'", command)
	}
	for _, n := range o.Names {
		fmt.Fprintf(&b, " -%s %s", map[bool]string{true: "s", false: "l"}[len(n) == 1], n)
	}
	if o.Value == "FILE" {
		b.WriteString(" -r -F")
	} else if o.Value != "" {
		b.WriteString(" -x")
		if list := values(o.Value); list != nil {
			b.WriteString(" -a " + single(strings.Join(list, " ")))
		}
	}
	return b.String() + " -d " + single(o.Usage) + "\n"
}

// single quotes a word for a shell.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
