package messages

import (
	"regexp"
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
