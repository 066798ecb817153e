package report

import "strings"

// Plain makes lines fit for a console: what a terminal could take as a command
// is replaced, and what is longer than a row goes on in the next one. Lines that
// begin with four blanks are there to be typed.
func Plain(lines []string) string {
	var out strings.Builder
	for _, text := range lines {
		l := line{text: strings.TrimRight(printable(text), " "), command: strings.HasPrefix(text, "    ")}
		for _, row := range l.rows() {
			out.WriteString(row + "\n")
		}
	}
	return out.String()
}

// KeyType is the name of a host key's type as ssh(1) shows it.
func KeyType(t string) string { return shortType(t) }
