package service

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// parseEnvFile reads systemd's EnvironmentFile= format (systemd.exec(5)) into
// env, as systemd 254 and later do it (src/basic/env-file.c; measured on 247,
// 252 and 257): NAME=value lines, # and ; comments, quotes, and a backslash that
// joins lines. What systemd ignores is ignored; a text that it refuses, and with
// it the start of the unit, is refused.
//
// Before 254 a backslash at the end of a comment made the next line a comment.
func parseEnvFile(text string, env map[string]string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return errors.New("it holds bytes that are not text")
	}
	p := envParser{text: text}
	for {
		name, value, ok := p.next()
		if !ok {
			return nil
		}
		if isEnvName(name) {
			env[name] = value
		}
	}
}

type envParser struct {
	text string
	at   int
}

// next returns the next assignment, whatever its name is.
func (p *envParser) next() (name, value string, ok bool) {
	for {
		p.skip(" \t\r\n")
		switch {
		case p.at == len(p.text):
			return "", "", false
		case strings.ContainsRune("#;", rune(p.text[p.at])):
			p.until("\r\n")
		default:
			name = p.until("=\r\n")
			if p.at < len(p.text) && p.text[p.at] == '=' {
				p.at++
				return strings.TrimRight(name, " \t"), p.value(), true
			}
		}
	}
}

func (p *envParser) skip(these string) {
	for p.at < len(p.text) && strings.IndexByte(these, p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *envParser) until(these string) string {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte(these, p.text[p.at]) < 0 {
		p.at++
	}
	return p.text[from:p.at]
}

// value reads up to the end of the line. Quotes count only where a word may
// begin: at the start, or behind a closing quote. Blanks at both ends do not
// belong to it, unless they are quoted.
func (p *envParser) value() string {
	var out strings.Builder
	for {
		p.skip(" \t")
		if p.at == len(p.text) {
			return out.String()
		}
		switch p.text[p.at] {
		case '\n', '\r':
			return out.String()
		case '\'':
			p.at++
			out.WriteString(p.until("'"))
			p.at = min(p.at+1, len(p.text))
		case '"':
			p.at++
			p.doubleQuoted(&out)
		default:
			p.bare(&out)
			return out.String()
		}
	}
}

// doubleQuoted: a backslash protects what a shell would take, and joins lines.
func (p *envParser) doubleQuoted(out *strings.Builder) {
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return
		case c != '\\':
			out.WriteByte(c)
		case p.at < len(p.text):
			e := p.text[p.at]
			p.at++
			if e == '\n' {
				continue
			}
			if strings.IndexByte("\"\\`$", e) < 0 {
				out.WriteByte('\\')
			}
			out.WriteByte(e)
		}
	}
}

// bare: a backslash protects any character, and joins lines.
func (p *envParser) bare(out *strings.Builder) {
	var word strings.Builder
	keep := 0
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if c == '\n' || c == '\r' {
			break
		}
		if c == '\\' {
			p.at++
			if p.at == len(p.text) {
				break
			}
			if c = p.text[p.at]; c == '\n' || c == '\r' {
				continue
			}
			word.WriteByte(c)
			keep = word.Len()
			continue
		}
		word.WriteByte(c)
		if c != ' ' && c != '\t' {
			keep = word.Len()
		}
	}
	out.WriteString(word.String()[:keep])
}

func isEnvName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
