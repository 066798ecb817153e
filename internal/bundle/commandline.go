package bundle

import (
	"path"
	"regexp"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// commands shows of a command line what is known to be harmless: the program,
// the names of options, sshd's own options (sshd(8)), plain paths. A password may
// stand behind any option, so whatever is not known goes.
type commands struct {
	program, option, sshdFlags, path, variable, small *regexp.Regexp
}

func newCommands() commands {
	return commands{
		program:   regexp.MustCompile(`^[-@:+!|]*(?:/[\w.+@/-]+|[A-Za-z][\w.+-]*)$`),
		option:    regexp.MustCompile(`^(?:-[A-Za-z]|--[a-z][a-z-]*|-HUP|-TERM)$`),
		sshdFlags: regexp.MustCompile(`^-(?:[46DdeiqrtTGRV]+|[pugbk][0-9]+|[fhcE]/[\w./-]+)$`),
		path:      regexp.MustCompile(`^/(?:etc|usr|run|var|opt|srv|bin|sbin|lib|lib64|proc|sys|dev|tmp|home|root)(?:/[\w.%@-]+)*/?$`),
		variable:  regexp.MustCompile(`^(?:\$\{?[A-Z_][A-Z0-9_]*\}?|%[A-Za-z%])$`),
		small:     regexp.MustCompile(`^(?:0?[0-7]{3}|QUIET|FATAL|ERROR|INFO|VERBOSE|DEBUG[123]?|AUTH(?:PRIV)?|DAEMON|USER|LOCAL[0-7]|internal-sftp|yes|no|none|sftp)$`),
	}
}

// args are the words of a command line as they may be shown.
type args struct {
	commands
	out []string
	// hidden are the words that were left out.
	hidden []string
	// sshd: what follows are sshd's arguments; after is the option before.
	sshd  bool
	after string
}

// shown returns what may be shown of a command line, and what was left out.
func (c commands) shown(line string) (string, []string) {
	a := args{commands: c}
	quotes := false
	for i, word := range strings.Fields(line) {
		marks := strings.Count(word, `"`) + strings.Count(word, "'")
		plain := !quotes && marks == 0
		if marks%2 == 1 {
			quotes = !quotes
		}
		a.word(word, i == 0, plain)
	}
	return strings.Join(a.out, " "), a.hidden
}

func (a *args) word(word string, first, plain bool) {
	after := a.after
	a.after = ""
	switch {
	case word == mark || word == `\`:
		a.add(word)
	case plain && first && a.program.MatchString(word), plain && after == "" && isSshd(word) && a.path.MatchString(word):
		a.sshd = isSshd(word)
		a.add(word)
	case !plain || !a.harmless(word, after):
		a.hidden = append(a.hidden, word)
		a.add(mark)
	default:
		if strings.HasPrefix(word, "-") {
			a.after = word
		}
		a.add(word)
	}
}

func (a *args) add(word string) {
	if word != mark || len(a.out) == 0 || a.out[len(a.out)-1] != mark {
		a.out = append(a.out, word)
	}
}

func isSshd(word string) bool { return path.Base(strings.TrimLeft(word, "-@:+!|")) == "sshd" }

func (a *args) harmless(word, after string) bool {
	name, value, assigns := strings.Cut(word, "=")
	switch {
	case a.variable.MatchString(word), a.option.MatchString(word):
		return true
	case assigns && harmlessVariable(name):
		return strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
	case a.sshd:
		return a.ofSshd(word, after)
	case a.small.MatchString(word):
		return true
	}
	return after == "" && a.path.MatchString(word)
}

func (a *args) ofSshd(word, after string) bool {
	switch {
	case a.sshdFlags.MatchString(word):
		return true
	case after == "-o" || strings.HasPrefix(word, "-o"):
		name, value, _ := strings.Cut(strings.TrimPrefix(word, "-o"), "=")
		keyword := sshdconf.Means(name)
		return keyword != "" && !isCommand(keyword) && keyword != "setenv" &&
			strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/,@:+") == ""
	case after == "-p", after == "-u", after == "-g", after == "-b", after == "-k":
		return strings.Trim(word, "0123456789") == ""
	}
	return a.path.MatchString(word)
}

// isCommand: the value of such a keyword is a command line, sshd_config(5).
func isCommand(keyword string) bool {
	switch keyword {
	case "authorizedkeyscommand", "authorizedprincipalscommand", "forcecommand", "subsystem":
		return true
	}
	return strings.HasSuffix(keyword, "command")
}
