package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// appHelp fits a console of 80x25 without scrolling.
func appHelp(commands []*cli.Command) string {
	var out strings.Builder
	out.WriteString("{{.Name}}: {{.Usage}}\n\n")
	fmt.Fprintf(&out, "   %-22s %s\n", "sshd-doctor", "look, and on a terminal offer to repair")
	for _, c := range commands {
		fmt.Fprintf(&out, "   %-22s %s\n", "sshd-doctor "+c.Name, c.Usage)
	}
	return out.String() + optionsHelp(screenFlags()) + exitHelp
}

func commandHelp(flags []cli.Flag) string {
	return "sshd-doctor {{.Name}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}: {{.Usage}}\n" + optionsHelp(flags) + exitHelp
}

// optionsHelp prints a line for each flag. The library's own would be wider than
// a console.
func optionsHelp(flags []cli.Flag) string {
	var out strings.Builder
	out.WriteString("\nOptions:\n")
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := placeholder(doc.GetUsage())
		name := "--" + f.Names()[0]
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(&out, "   %-20s %s\n", name, usage)
	}
	return out.String() + "\n"
}

// placeholder takes the quoted word out of a usage text.
func placeholder(usage string) (value, text string) {
	_, rest, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	value, _, _ = strings.Cut(rest, "`")
	return value, strings.ReplaceAll(usage, "`", "")
}

// screenFlags are the common flags for which the first page has room; the help of
// check and heal has the others.
func screenFlags() []cli.Flag {
	return slices.DeleteFunc(commonFlags(), func(f cli.Flag) bool {
		return f.Names()[0] == "no-exec" || f.Names()[0] == "no-color"
	})
}
