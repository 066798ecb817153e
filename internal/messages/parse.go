package messages

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// parseTable reads the form that the head of messages.txt describes. The source
// of a message, the last part of its line, may be missing: it is for readers.
func parseTable(r io.Reader) ([]Entry, error) {
	var out []Entry
	scan := bufio.NewScanner(r)
	n, field := 0, ""
	add := func() error {
		if field == "" {
			return nil
		}
		if err := addField(&out, field); err != nil {
			return fmt.Errorf("cannot read the table of messages, before line %d: %w", n, err)
		}
		return nil
	}
	for scan.Scan() {
		n++
		line := scan.Text()
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == ' ':
			field += line
			continue
		}
		if err := add(); err != nil {
			return nil, err
		}
		field = line
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the table of messages: %v", err)
	}
	return out, add()
}

func addField(out *[]Entry, field string) error {
	name, value, ok := strings.Cut(field, ": ")
	if !ok {
		return fmt.Errorf("cannot find a name in %q", field)
	}
	if name == "entry" {
		*out = append(*out, Entry{Name: value})
		return nil
	}
	if len(*out) == 0 {
		return fmt.Errorf("cannot place %q before the first entry", field)
	}
	e := &(*out)[len(*out)-1]
	switch name {
	case "look":
		e.Look = Kind(value)
		if !slices.Contains(kinds(), e.Look) {
			return fmt.Errorf("cannot look for %q", value)
		}
	case "codes":
		e.Codes = strings.Fields(value)
	case "rank":
		e.Consequence = value == "consequence"
	case "twin":
		e.Twin = value
	case "means":
		e.Means = value
	case "client":
		e.Client = append(e.Client, value)
	case "here":
		e.Here = append(e.Here, value)
	case "mend":
		e.Mend = append(e.Mend, value)
	case "says":
		parts := strings.Split(value, " | ")
		if len(parts) < 2 || len(parts) > 3 {
			return fmt.Errorf("cannot find who says what in %q", field)
		}
		e.Messages = append(e.Messages, Message{By: parts[0], Text: parts[1]})
	default:
		return fmt.Errorf("cannot understand the field %q", name)
	}
	return nil
}

func kinds() []Kind {
	return []Kind{Reach, Offering, Identity, Log, Auth, Client, Wrapper}
}
