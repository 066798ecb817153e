package casebook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// Each of these gives a function that reads one kind of value into its place.

func text(to *string) func(string) error {
	return func(v string) error {
		if strings.TrimSpace(v) == "" {
			return errors.New("it is empty")
		}
		*to = v
		return nil
	}
}

func lines(to *[]string) func(string) error {
	return func(v string) error {
		for line := range strings.Lines(v) {
			if line = strings.TrimSpace(line); line != "" {
				*to = append(*to, line)
			}
		}
		if len(*to) == 0 {
			return errors.New("it is empty")
		}
		return nil
	}
}

func words(to *[]string) func(string) error {
	return func(v string) error { *to = strings.Fields(v); return nil }
}

func oneOf(to *string, known ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(known, v) {
			return fmt.Errorf("none of %v", known)
		}
		*to = v
		return nil
	}
}

func sights(to *Sights) func(string) error {
	return func(v string) error {
		for word := range strings.SplitSeq(v, " or ") {
			if !slices.Contains(box.Sights(), box.Sight(word)) {
				return fmt.Errorf("none of %v", box.Sights())
			}
			*to = append(*to, box.Sight(word))
		}
		return nil
	}
}

// readStep reads "exit 0, client ok" and what else a step may say.
func readStep(v string, to *Step) error {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(v, ",") {
		part = strings.TrimSpace(part)
		word, rest, _ := strings.Cut(part, " ")
		var err error
		switch {
		case strings.HasPrefix(part, "--"):
			to.Args = append(to.Args, strings.Fields(part)...)
		case word == "exit":
			to.Exit, err = strconv.Atoi(rest)
		case word == "client":
			err = sights(&to.Client)(rest)
		case word == "leaves":
			to.Leaves = rest
		case word == "repairs":
			to.Repairs = strings.Fields(rest)
		case part == "changes nothing":
			to.Untouched = true
		default:
			err = fmt.Errorf("cannot understand %q", part)
		}
		if err != nil {
			return err
		}
		seen[word] = true
	}
	if !seen["exit"] || !seen["client"] {
		return errors.New("it has to say which exit code, and what the client sees")
	}
	return nil
}
