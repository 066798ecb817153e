package sshdconf

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parseSettings reads what sshd -T or -G prints: one keyword and its value a
// line. It refuses lines that do not begin with a keyword.
func parseSettings(r io.Reader) ([]Setting, error) {
	var out []Setting
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 1<<16), 1<<20)
	for in.Scan() {
		line := strings.TrimRight(in.Text(), " \r")
		if line == "" {
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if !isKeyword(key) {
			return nil, fmt.Errorf("cannot read sshd's configuration: %q does not begin with a keyword", clip(line))
		}
		out = append(out, Setting{Key: strings.ToLower(key), Value: strings.TrimSpace(value)})
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("cannot read sshd's configuration: %v", err)
	}
	return out, nil
}

func isKeyword(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// stderr is what sshd -d says on its way through start-up.
type stderr struct {
	version  string
	loaded   []string
	unloaded []HostKey
	problems []Problem
}

var (
	versionLine = regexp.MustCompile(`^debug1: sshd version (\S+?),`)
	loadedLine  = regexp.MustCompile(`^debug1: (?:private|agent) host key #\d+: \S+ (SHA256:\S+)`)
	unloadLine  = regexp.MustCompile(`^(debug1: )?(?:Unable to load host key|Could not load host key): (/.*)$`)
	// With and without a colon behind the name, by kind of complaint.
	place = regexp.MustCompile(`^(/.*?|[^ :]+):? line (\d+): (.*)$`)
)

// parseStderr reads sshd's complaints. Debug lines are not complaints, except
// that they name the host keys that could and could not be loaded.
func parseStderr(text string) stderr {
	var out stderr
	known := complaints()
	prelude := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := versionLine.FindStringSubmatch(line); m != nil {
			out.version = m[1]
			continue
		}
		if m := loadedLine.FindStringSubmatch(line); m != nil {
			out.loaded = append(out.loaded, m[1])
			continue
		}
		if m := unloadLine.FindStringSubmatch(line); m != nil {
			if len(out.unloaded) < mostKeys {
				out.unloaded = append(out.unloaded, HostKey{Path: m[2], Explicit: m[1] == ""})
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, "debug") {
			continue
		}
		if len(out.problems) == mostProblems {
			continue
		}
		p := parseProblem(line, known)
		switch {
		case p.Kind == Prelude:
			prelude = p.Text
		case p.Kind != Ignored && !out.saidAlready(p):
			p.Prelude, prelude = prelude, ""
			out.problems = append(out.problems, p)
		}
		if p.Kind == UnknownFlag {
			// What follows is sshd's help.
			break
		}
	}
	return out
}

// mostProblems caps what is kept of sshd's complaints. It has one for each line of
// a file that is no configuration at all, and each is looked up among the others.
const mostProblems = 64

// saidAlready: of an unknown keyword in a Match block sshd also says that it may
// not stand there.
func (s stderr) saidAlready(p Problem) bool {
	return p.Line > 0 && slices.ContainsFunc(s.problems, func(q Problem) bool {
		return q.File == p.File && q.Line == p.Line
	})
}

func parseProblem(line string, known []complaint) Problem {
	p := Problem{Text: clip(line)}
	said := line
	if m := place.FindStringSubmatch(line); m != nil {
		p.File, said = m[1], m[3]
		p.Line, _ = strconv.Atoi(m[2])
	}
	for _, c := range known {
		m := c.re.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		p.Kind = c.kind
		if len(m) > 1 {
			p.Word = m[1]
		}
		return p
	}
	p.Kind = Other
	if p.Line > 0 {
		p.Kind = BadValue
	}
	return p
}

// clip makes text from a program fit to print.
func clip(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), most)]
}
