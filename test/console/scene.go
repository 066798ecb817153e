package console

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Scene is one visit to a console.
type Scene struct {
	// What it shows, in one line.
	What string
	// Break is a script that breaks the box before it.
	Break string
	// Env is the environment beyond PATH and HOME.
	Env []string
	// Run is what the person types.
	Run string
	// Talk is the conversation, in order.
	Talk []Turn
	// Status is the exit status that the program must end with.
	Status int
	// After is a script that must succeed afterwards.
	After string
}

// Turn is one thing that must appear, and the keys that are pressed then; none
// for a thing that is only to be seen.
type Turn struct{ See, Press string }

// press turns the names of keys that are no letters into what they send.
func press(keys string) string {
	return strings.NewReplacer("<enter>", "\r", "<ctrl-c>", "\x03", "<ctrl-d>", "\x04").Replace(keys)
}

// Parse reads a scene: lines of "key: value", in the order in which things
// happen; empty lines and lines that begin with # are for readers.
func Parse(r io.Reader) (Scene, error) {
	s := Scene{Env: []string{"TERM=linux"}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		key, value, ok := strings.Cut(text, ": ")
		if !ok {
			return s, fmt.Errorf("line %d: cannot read %q: it is no \"key: value\"", n, text)
		}
		if err := s.set(key, strings.TrimSpace(value)); err != nil {
			return s, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return s, err
	}
	if s.What == "" || s.Run == "" || len(s.Talk) == 0 {
		return s, fmt.Errorf("cannot play a scene without what, run and see")
	}
	return s, nil
}

func (s *Scene) set(key, value string) (err error) {
	switch key {
	case "what":
		s.What = value
	case "break":
		s.Break += value + "\n"
	case "env":
		s.Env = append(s.Env, value)
	case "run":
		s.Run = value
	case "see":
		s.Talk = append(s.Talk, Turn{See: value})
	case "press":
		if len(s.Talk) == 0 || s.Talk[len(s.Talk)-1].Press != "" {
			return fmt.Errorf("cannot press %q: nothing was seen before it", value)
		}
		s.Talk[len(s.Talk)-1].Press = press(value)
	case "status":
		s.Status, err = strconv.Atoi(value)
	case "after":
		s.After += value + "\n"
	default:
		return fmt.Errorf("cannot read the key %q", key)
	}
	return err
}
