package bundle

import (
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// saysPrefix stands before what sshd said, where it is put among its settings.
const saysPrefix = "# sshd says: "

// sshdLine shows of a line of sshd_config(5) what is known: a keyword with a value
// of the sort that it has. Of comments it shows those that are made of known
// words, and settings that somebody switched off.
func (r *redactor) sshdLine(line string) string {
	text := strings.TrimLeft(line, " \t\ufeff")
	if text == "" || strings.HasPrefix(text, saysPrefix) {
		return line
	}
	lead := line[:len(line)-len(text)]
	if text[0] == '#' {
		text = strings.TrimLeft(text, "# \t")
		lead = line[:len(line)-len(text)]
		if out, ok := r.setting(text, true); ok {
			return lead + out
		}
		return lead + r.comment(text)
	}
	if strings.Trim(text, "<>=|") == "" || strings.HasPrefix(text, "<<<<<<< ") || strings.HasPrefix(text, ">>>>>>> ") || text == mark {
		return line // a merge that nobody finished
	}
	if out, ok := r.setting(text, false); ok {
		return lead + out
	}
	return lead + r.hide(text)
}

// setting is a line with a keyword, which in a comment must be spelt right.
func (r *redactor) setting(text string, exact bool) (string, bool) {
	end := strings.IndexAny(text, " \t=")
	if end < 0 {
		end = len(text)
	}
	word := strings.Trim(text[:end], `"`)
	keyword := sshdconf.Means(word)
	value := strings.TrimLeft(text[end:], " \t=")
	before := text[:len(text)-len(value)]
	switch {
	case keyword == "" || exact && (keyword != strings.ToLower(word) || value == ""):
		return "", false
	case keyword == "setenv" && value != mark && value != "":
		return before + r.hide(value), true
	case keyword == "subsystem":
		name, command, _ := strings.Cut(value, " ")
		return before + name + " " + r.command(strings.TrimSpace(command)), true
	case isCommand(keyword):
		return before + r.command(value), true
	case exact && !r.knownValue(value):
		return "", false
	}
	return text, true
}

// knownValue: a comment that begins with a keyword may be a sentence of somebody.
func (r *redactor) knownValue(value string) bool {
	return len(strings.Fields(value)) <= 1 || !strings.ContainsAny(value, " \t") || r.allKnown(value)
}

// comment shows one that is made of known words.
func (r *redactor) comment(text string) string {
	if text == "" || text == mark || r.allKnown(text) {
		return text
	}
	// Names stand in comments as well: only what is more than a word is sought
	// elsewhere.
	r.removed++
	r.rememberArgs(strings.Fields(text))
	return mark
}

// allKnown: each word is known, a keyword, or a file of OpenSSH.
func (r *redactor) allKnown(text string) bool {
	for w := range strings.FieldsSeq(text) {
		w = strings.Trim(w, `.,:;()!?'"`)
		if w == "" || w == mark || r.knownWord(w) || sshdconf.Means(w) == strings.ToLower(w) {
			continue
		}
		if name, n, ok := strings.Cut(w, "("); ok && r.knownWord(name) && strings.Trim(n, "0123456789)") == "" {
			continue
		}
		return false
	}
	return true
}

// hide takes out a whole text and remembers what was in it.
func (r *redactor) hide(text string) string {
	r.removed++
	r.remember(text)
	return mark
}

// command shows what may be shown of a command line.
func (r *redactor) command(line string) string {
	out, hidden := r.commands.shown(line)
	if len(hidden) == 0 {
		return line
	}
	r.removed++
	r.rememberArgs(hidden)
	return out
}
