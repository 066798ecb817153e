//go:build boxes

package cloud

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// Case is one row of cases.txt.
type Case struct {
	Name, Title    string
	Disk, UserData string
	Before         string
	Instances      []string
	Hooks          []string // of each boot: "us", "u", "s" or ""
	Status         string
	Clients        string
	Port           string
	Failed         []string
	Console        string
	Prompt         string
}

// load reads the table, and refuses what it does not understand.
func load(t *testing.T) []Case {
	t.Helper()
	text, err := os.ReadFile("cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := parse(string(text))
	if err != nil || len(cases) == 0 {
		t.Fatalf("cases.txt: %d cases, %v", len(cases), err)
	}
	return cases
}

func parse(text string) ([]Case, error) {
	var out []Case
	var block *string
	for n, line := range strings.Split(text, "\n") {
		switch inner, deep := strings.CutPrefix(line, "        "); {
		case strings.HasPrefix(line, "#"), line == "":
			block = nil
		case deep && block != nil:
			*block += inner + "\n"
		default:
			key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
			value = strings.TrimSpace(value)
			if ok && key == "case" {
				out = append(out, Case{Name: value, Port: "22", Prompt: "keys"})
			}
			if !ok || len(out) == 0 {
				return nil, fmt.Errorf("line %d: cannot understand %q", n+1, line)
			}
			var err error
			if block, err = out[len(out)-1].set(key, value); err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
		}
	}
	for _, c := range out {
		if c.Title == "" || c.Status == "" || c.Clients == "" || c.Console == "" || len(c.Hooks) != len(c.Instances) || len(c.Hooks) == 0 {
			return nil, fmt.Errorf("case %s is not complete", c.Name)
		}
	}
	return out, nil
}

// set fills one field in; block is what the lines below it add to.
func (c *Case) set(key, value string) (block *string, err error) {
	one := map[string]*string{
		"case": &c.Name, "title": &c.Title, "status": &c.Status, "clients": &c.Clients, "port": &c.Port, "console": &c.Console, "prompt": &c.Prompt,
	}
	many := map[string]*string{"disk": &c.Disk, "user-data": &c.UserData, "before": &c.Before}
	switch {
	case one[key] != nil && value != "":
		*one[key] = value
	case many[key] != nil && value == "":
		return many[key], nil
	case key == "instances":
		c.Instances = strings.Fields(value)
	case key == "failed":
		c.Failed = strings.Fields(value)
		slices.Sort(c.Failed)
	case key == "hooks":
		for h := range strings.SplitSeq(value, ",") {
			c.Hooks = append(c.Hooks, strings.Trim(strings.TrimSpace(h), "-"))
		}
	default:
		return nil, fmt.Errorf("cannot understand %s: %q", key, value)
	}
	return nil, nil
}
