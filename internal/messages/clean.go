package messages

import (
	"regexp"
	"slices"
	"strings"
)

// escapes finds the sequences by which a program steers a terminal (ECMA-48):
// colours and movements, or the title of a window.
func escapes() *regexp.Regexp {
	return regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])`)
}

// Clean makes printable ASCII of what somebody typed or a program printed, and
// keeps the ends of lines. It is cut at a size that no message has.
func Clean(s string) string {
	s = s[:min(len(s), MostText)]
	return strings.Map(func(r rune) rune {
		switch {
		case r >= ' ' && r <= '~' || r == '\n':
			return r
		case r == '\r':
			return '\n'
		case r == 0x2018 || r == 0x2019: // quotes as mail programs set them
			return '\''
		case r == 0x201c || r == 0x201d:
			return '"'
		}
		return ' '
	}, escapes().ReplaceAllString(s, ""))
}

// spoken leaves out what OpenSSH says of its own work with -v. Where it stops
// there, its last line tells where. Lines with but stay.
func spoken(text string, but ...string) string {
	lines := strings.Split(strings.TrimRight(text, "\n "), "\n")
	last, debug := len(lines)-1, regexp.MustCompile(`^\s*debug[123]: `)
	said := slices.DeleteFunc(slices.Clone(lines[:last]), func(line string) bool {
		return debug.MatchString(line) && !slices.ContainsFunc(but, func(s string) bool { return strings.Contains(line, s) })
	})
	return strings.Join(append(said, lines[last]), "\n")
}

// unfolded puts the ends of lines in the place of their names, with which programs
// that hand on what ssh said make one line of it.
func unfolded(text string) string { return strings.ReplaceAll(text, `\r\n`, "\n") }

// Ends keeps the beginning and the end of what a program printed, in whole
// lines: what it gave up at stands last. The server's key stands in the middle of
// what ssh -v prints, and so does the warning where ssh goes on all the same.
func Ends(s string) string {
	const half = MostText/2 - 1
	if len(s) > MostText {
		s = spoken(unfolded(s), "Server host ")
	}
	if len(s) <= MostText {
		return s
	}
	head, tail := s[:half], s[len(s)-half:]
	if i := strings.LastIndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	if i := strings.IndexByte(tail, '\n'); i >= 0 && i < len(tail)-1 {
		tail = tail[i+1:]
	}
	return head + "\n" + tail
}
