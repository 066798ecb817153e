package sshdconf

import "strings"

// mostBelow bounds how many keywords below a line are kept.
const mostBelow = 200

// rejects tells whether sshd complained about a line.
func (f *Facts) rejects(file string, line int) bool {
	for _, p := range f.Problems {
		if p.File == file && p.Line == line {
			return true
		}
	}
	return false
}

// lookAround takes down what stands above and below a line. A rejected line is
// passed over: it may be the second of three that belong together.
func (p *Problem) lookAround(data []byte, rejected func(line int) bool) {
	lines := strings.Split(string(data), "\n")
	silent := func(i int) bool {
		text := strings.TrimSpace(lines[i])
		return text == "" || text[0] == '#' || rejected(i+1)
	}
	p.Before, p.Below, p.InMatch = "", "", false
	for i := min(p.Line-1, len(lines)) - 1; i >= 0; i-- {
		if silent(i) {
			continue
		}
		if p.Before == "" {
			p.Before = lines[i]
		}
		if isMatch(lines[i]) {
			p.InMatch = true
			break
		}
	}
	var below []string
	for i := p.Line; i < len(lines) && len(below) < mostBelow && !isMatch(lines[i]); i++ {
		if key, _ := splitLine(lines[i]); key != "" && !silent(i) {
			below = append(below, letters(key))
		}
	}
	p.Below = strings.Join(below, " ")
}

func isMatch(line string) bool {
	key, _ := splitLine(line)
	return strings.EqualFold(key, "Match")
}

// around is where a rejected line stands, as a Problem has it.
type around struct {
	before, below string
	inMatch       bool
}

func (p Problem) around() around { return around{p.Before, p.Below, p.InMatch} }

// ruled tells whether a line about access stands below, in the same block: if
// the rejected line was meant to begin a block, or to end one, that line would
// bind others than it should when only the rejected one is gone.
func (a around) ruled(table map[string]string) bool {
	for _, key := range strings.Fields(a.below) {
		if _, ok := table[key]; ok {
			return true
		}
	}
	return false
}
