// Package quoted keeps to itself what sshd quotes out of files that are none of
// its own. An Include line that reaches too far has sshd read a list of password
// hashes, a key or a file of some program as configuration, and it complains of
// each line with the first word of it (servconf.c, "Bad configuration option").
//
// Which file and which line it was always stays.
package quoted

import (
	"path"
	"regexp"
	"strings"
)

// NotShown stands where something was quoted.
const NotShown = "(not shown)"

// Hider finds such complaints in what a program said.
type Hider struct{ text, json *regexp.Regexp }

// New makes a Hider.
func New() Hider {
	// With and without a colon behind the name, by kind of complaint (servconf.c).
	const (
		place = `(/[^\s"':\\]+):? line \d+: `
		says  = `(?:[Bb]ad|[Uu]nsupported|[Ii]nvalid|[Uu]nknown|keyword|[Mm]issing|no argument|[Nn]o|Directive|too many|garbage|Subsystem|Deprecated)\b`
	)
	return Hider{regexp.MustCompile(place + `(` + says + `[^\n]*)`), regexp.MustCompile(place + `(` + says + `(?:[^"\\\n]|\\.)*)`)}
}

// May tells quickly whether there could be anything to hide.
func May(s string) bool { return strings.Contains(s, " line ") }

// Text hides what is quoted of files where no configuration of sshd is kept, and
// of others what is no keyword by its look: those are of letters alone.
func (h Hider) Text(s string) string { return hide(h.text, s) }

// JSON does the same in the strings of a JSON text.
func (h Hider) JSON(s string) string { return hide(h.json, s) }

func hide(complaint *regexp.Regexp, s string) string {
	if !May(s) {
		return s
	}
	var out strings.Builder
	from := 0
	for _, m := range complaint.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(s[from:m[4]])
		out.WriteString(sentence(s[m[2]:m[3]], s[m[4]:m[5]]))
		from = m[5]
	}
	return out.String() + s[from:]
}

const badOption = "Bad configuration option: "

func sentence(file, said string) string {
	word, isOption := strings.CutPrefix(said, badOption)
	switch {
	case strings.HasSuffix(said, NotShown):
		return said
	case isOption && Place(file) && !Plain(word):
		return badOption + NotShown
	case Place(file):
		return said
	}
	return Sentence(said)
}

// Sentence is a complaint of sshd without what it quotes.
func Sentence(said string) string {
	if at := strings.IndexAny(said, `'"`); at >= 0 {
		return strings.TrimRight(said[:at], `\`) + NotShown
	}
	if at := strings.Index(said, ": "); at >= 0 {
		return said[:at+2] + NotShown
	}
	return said
}

// Plain tells whether a word could be a keyword, or the mark of a merge that
// nobody finished.
func Plain(word string) bool {
	if word == "" || strings.Trim(word, "<") == "" || strings.Trim(word, "=") == "" || strings.Trim(word, ">") == "" {
		return true
	}
	const longest = 40
	return len(word) <= longest && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Place tells whether a file is kept where sshd's configuration is: in
// directories of OpenSSH, in those of crypto policies, or under its name.
func Place(file string) bool {
	clean := path.Clean(file)
	for _, dir := range []string{"/etc/ssh/", "/usr/etc/ssh/", "/etc/crypto-policies/", "/usr/share/crypto-policies/", "/usr/share/openssh/"} {
		if strings.HasPrefix(clean, dir) {
			return true
		}
	}
	return strings.HasPrefix(path.Base(clean), "sshd_config") || strings.HasPrefix(path.Base(path.Dir(clean)), "sshd_config")
}

// Looks tells whether a text looks like configuration of sshd: at least half of
// its lines that say anything are a keyword and a value.
func Looks(data string) bool {
	like, all := 0, 0
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		all++
		if setting(line) {
			like++
		}
	}
	return like*2 >= all
}

func setting(line string) bool {
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return Plain(line)
	}
	word := strings.TrimLeft(line[:end], "\ufeff\"")
	// "NAME=value" without blanks is a variable, unless it has small letters.
	if strings.Trim(line[end:], " \t=") == "" {
		// The end of something in base64.
		return Plain(word) && line[end] != '='
	}
	return Plain(word) && (line[end] != '=' || word != strings.ToUpper(word))
}
