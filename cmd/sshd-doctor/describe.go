//go:build describe

package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"
)

// described is the command tree, for the generators of manual pages and
// completions (packaging/gen). The program itself does not carry this: it is
// built only with the tag "describe".
type described struct {
	Name     string             `json:"name"`
	Usage    string             `json:"usage"`
	Exit     string             `json:"exit"`
	Flags    []describedFlag    `json:"flags"`
	Commands []describedCommand `json:"commands"`
}

type describedCommand struct {
	Name  string          `json:"name"`
	Usage string          `json:"usage"`
	Args  string          `json:"args"`
	Flags []describedFlag `json:"flags"`
}

type describedFlag struct {
	Names   []string `json:"names"`
	Value   string   `json:"value"`
	Usage   string   `json:"usage"`
	Default string   `json:"default"`
}

func main() {
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}
	app := p.app()
	d := described{Name: app.Name, Usage: app.Usage, Exit: exitHelp, Flags: describeFlags(app.Flags)}
	for _, c := range app.Commands {
		if !c.Hidden {
			d.Commands = append(d.Commands, describedCommand{c.Name, c.Usage, c.ArgsUsage, describeFlags(c.Flags)})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitInternal)
	}
}

func describeFlags(flags []cli.Flag) []describedFlag {
	var out []describedFlag
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := placeholder(doc.GetUsage())
		d := describedFlag{Names: f.Names(), Value: value, Usage: usage}
		if value != "" {
			d.Default = doc.GetValue()
		}
		out = append(out, d)
	}
	return out
}
