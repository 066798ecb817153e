package main

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/messages"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// sheet is an answer for a console: lines that fit its width, and no more than it
// has.
type sheet struct{ lines []sheetLine }

type sheetLine struct {
	text string
	// spare lines go first where there are too many.
	spare bool
}

// words writes an answer for a person, with what to type next at its end.
func words(a messages.Answer, near []string) *sheet {
	s := &sheet{}
	if a.Kind == "" {
		s.choose(a.Found.Near, near)
		return s
	}
	for i, h := range a.Found.Sure {
		switch {
		case i == 0:
			s.wrap("", blanks(h.Text()), false)
			s.wrap("", by(h)+h.Entry.Means, false)
		case i == 1:
			s.gap()
			fallthrough
		default:
			s.wrap("Also: ", blanks(h.Text()), true)
		}
	}
	if len(a.Now) > 0 {
		s.gap()
	}
	for _, now := range a.Now {
		s.wrap("", now, false)
	}
	if len(a.Show) > 0 {
		s.add("Its keys, as a client should show them:", false)
	}
	for _, l := range a.Show {
		s.add("  "+l, false)
	}
	s.gap()
	s.steps("At the client:  ", a.Client, len(a.Here) == 0)
	s.steps("Here:  ", a.Here, true)
	return s
}

// by says whose message it is.
func by(h *messages.Hit) string {
	switch {
	case h.Others:
		return h.Message.By + " and others say so. "
	case strings.Contains(h.Message.By, ", "):
		return h.Message.By + " say so. "
	}
	return h.Message.By + " says so. "
}

// steps are things to type. The last of all is called the next one.
func (s *sheet) steps(lead string, steps []string, last bool) {
	for i, c := range steps {
		if last && i == len(steps)-1 {
			lead = strings.Replace(strings.Replace(lead, "Here", "Next", 1), "At the", "Next, at the", 1)
		}
		if len(lead+c) <= report.Width {
			s.add(lead+c, false)
			continue
		}
		s.add(strings.TrimSpace(lead), false)
		s.add("  "+c, false)
	}
}

// choose is the answer to a text that is no known message: what is like it.
func (s *sheet) choose(near []*messages.Hit, codes []string) {
	if len(near) == 0 && len(codes) == 0 {
		s.wrap("", "No message that is known here is like that. Type more of it, as it stands; or have this server looked at.", false)
		s.gap()
		s.add("Next:  sshd-doctor check", false)
		return
	}
	switch len(near) {
	case 0:
	case 1:
		s.add("Not quite known here. One message is like it:", false)
		s.gap()
	default:
		s.add("That could be several things. What is like it:", false)
		s.gap()
	}
	for _, h := range near {
		s.add("  "+h.Message.By+": "+blanks(h.Message.Text), false)
	}
	if len(near) == 1 {
		s.gap()
		s.wrap("", "If that is it: "+near[0].Entry.Means, false)
	}
	if len(codes) > 0 {
		s.gap()
		s.add("Codes that are like it: "+strings.Join(codes, ", "), true)
	}
	s.gap()
	if len(near) == 0 {
		s.add("Next:  sshd-doctor explain "+codes[0], false)
		return
	}
	s.add("Next:  type more of what it said behind sshd-doctor explain", false)
}

// blanks shows what differs each time as capitals.
func blanks(message string) string {
	for {
		before, rest, ok := strings.Cut(message, "<")
		name, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			return message
		}
		message = before + strings.ToUpper(name) + after
	}
}

func (s *sheet) add(text string, spare bool) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	if len(text) > report.Width {
		text = text[:report.Width-3] + "..."
	}
	s.lines = append(s.lines, sheetLine{text, spare})
}

func (s *sheet) gap() {
	if n := len(s.lines); n > 0 && s.lines[n-1].text != "" {
		s.lines = append(s.lines, sheetLine{"", true})
	}
}

// wrap breaks a text at blanks; further lines stand below the first word.
func (s *sheet) wrap(lead, text string, spare bool) {
	line, indent := lead, strings.Repeat(" ", len(lead))
	for _, w := range strings.Fields(text) {
		switch {
		case strings.TrimSpace(line) == strings.TrimSpace(lead):
			line += w
		case len(line)+1+len(w) > report.Width:
			s.add(line, spare)
			line = indent + w
		default:
			line += " " + w
		}
	}
	s.add(line, spare)
}

// String leaves out what can be spared, the last first, until the rest fits.
func (s *sheet) String() string {
	lines := s.lines
	for i := len(lines) - 1; i >= 0 && len(lines) > report.Height; i-- {
		if lines[i].spare {
			lines = append(lines[:i:i], lines[i+1:]...)
		}
	}
	var out strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&out, l.text)
	}
	return out.String()
}
