package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// explain is the action of "explain": the page of a code, the codes of a stage,
// what a client or a log said, or how to ask for one of them.
func (p *program) explain(c *cli.Context) error {
	words, asJSON, look := c.Args().Slice(), boolFlag(c, "json"), !boolFlag(c, noLook)
	// The library reads no options behind the first word.
	if i := slices.Index(words, "--json"); i >= 0 {
		words, asJSON = slices.Delete(words, i, i+1), true
	}
	if i := slices.Index(words, "--"+noLook); i >= 0 {
		words, look = slices.Delete(words, i, i+1), false
	}
	if len(words) == 0 {
		if asJSON {
			return writeJSON(p.out, explained{jsonHead: headOf("explain"), Codes: listed(checkup.Rules())})
		}
		return printStages(p.out, checkup.Rules())
	}
	name := codeIn(words)
	if stage := slices.IndexFunc(diag.Stages(), func(s diag.Stage) bool { return s.String() == name }); stage >= 0 {
		return p.explainStage(diag.Stages()[stage], asJSON)
	}
	known := codes.Codes(name)
	if len(known) > 0 {
		return p.explainCodes(name, known, asJSON)
	}
	ask, err := p.asked(c.Context, words)
	if err != nil {
		return err
	}
	if ask.text == "" {
		return usageError{unknownCode(strings.Join(words, " "), codes.Near(name))}
	}
	return p.explainText(c, ask, asJSON, look)
}

// codeIn makes a code of what somebody typed, perhaps off a screen: words in the
// place of dashes, brackets and colons around it, capitals.
func codeIn(words []string) string {
	name := strings.ToLower(strings.Join(words, "-"))
	return strings.ReplaceAll(strings.Trim(name, "[](){}<>.,:;`'\""), "_", "-")
}

// unknownCode says in one line of a console that there is no such code, with
// as many near ones as fit.
func unknownCode(typed string, near []string) string {
	const width, longest = 78 - len("sshd-doctor: "), 24
	if len(typed) > longest {
		typed = typed[:longest] + "..."
	}
	message := fmt.Sprintf("there is no code %q", typed)
	if len(near) == 0 {
		return message + "; sshd-doctor explain lists them"
	}
	message += "; near: " + near[0]
	for _, n := range near[1:] {
		if longer := message + ", " + n; len(longer) <= width {
			message = longer
		}
	}
	return message
}

// explained is the answer as one JSON object.
type explained struct {
	jsonHead
	Code  string `json:"code,omitempty"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	// Codes are the further codes for which a name stands, or those of a list.
	Codes []listedCode `json:"codes,omitempty"`
}

type listedCode struct {
	Code  string `json:"code"`
	Stage string `json:"stage,omitempty"`
	Title string `json:"title"`
}

// explainCodes prints the page of a code. A name that stands for several codes
// gets their titles, so that a person can choose.
func (p *program) explainCodes(name string, known []string, asJSON bool) error {
	text, _ := codes.Page(known[0])
	if asJSON {
		e := explained{jsonHead: headOf("explain"), Code: known[0], Title: codes.Title(known[0]), Text: text}
		for _, code := range known[1:] {
			e.Codes = append(e.Codes, listedCode{Code: code, Title: codes.Title(code)})
		}
		return writeJSON(p.out, e)
	}
	if len(known) == 1 {
		_, err := io.WriteString(p.out, text)
		return err
	}
	fmt.Fprintf(p.out, "%s is one of:\n\n", name)
	for _, code := range known {
		fmt.Fprintf(p.out, "  %s\n      %s\n", code, codes.Title(code))
	}
	_, err := fmt.Fprintf(p.out, "\nOne of them: sshd-doctor explain %s\n", known[0])
	return err
}
