package box

import "strings"

// outputLimit caps what is kept of one stream of one command.
const outputLimit = 1 << 20

// capped keeps the first bytes written to it and drops the rest.
type capped struct {
	text    strings.Builder
	dropped bool
}

func (c *capped) Write(p []byte) (int, error) {
	room := outputLimit - c.text.Len()
	if len(p) > room {
		c.text.Write(p[:room])
		c.dropped = true
	} else {
		c.text.Write(p)
	}
	return len(p), nil
}

func (c *capped) String() string {
	if c.dropped {
		return c.text.String() + "\n[more was printed, and not kept]\n"
	}
	return c.text.String()
}

// tail keeps the last lines of something long.
type tail struct {
	lines []string
	limit int
}

func newTail(limit int) *tail { return &tail{limit: limit} }

func (t *tail) add(line string) {
	t.lines = append(t.lines, line)
	if len(t.lines) > t.limit {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string { return strings.Join(t.lines, "\n") }
