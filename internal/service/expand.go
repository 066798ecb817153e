package service

import "strings"

// expand puts variables in as systemd does (systemd.service(5), COMMAND LINES;
// measured on 247, 252 and 257): a word that begins with a dollar sign and no
// brace is a variable as a whole, split at blanks with its quotes taken away, and
// vanishes when there is no such variable; ${NAME} anywhere is put in as it is;
// $$ is a dollar sign.
func expand(argv []string, env map[string]string) []string {
	var out []string
	for _, word := range argv {
		if name, ok := strings.CutPrefix(word, "$"); ok && (name == "" || name[0] != '{' && name[0] != '$') {
			out = append(out, splitWords(env[name])...)
			continue
		}
		out = append(out, expandBraces(word, env))
	}
	return out
}

func expandBraces(word string, env map[string]string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(word, "$")
		out.WriteString(before)
		switch {
		case !found:
			return out.String()
		case strings.HasPrefix(rest, "$"):
			out.WriteByte('$')
			word = rest[1:]
			continue
		}
		// ${NAME:...} is something that systemd does not do here.
		end := strings.IndexAny(rest, "}:")
		if strings.HasPrefix(rest, "{") && end > 0 && rest[end] == '}' {
			out.WriteString(env[rest[1:end]])
			word = rest[end+1:]
			continue
		}
		out.WriteByte('$')
		word = rest
	}
}

// splitWords splits at blanks. Quotes of both kinds hold a word together, also
// in its middle; a backslash protects the next character; what is left open ends
// with the text.
func splitWords(s string) []string {
	var out []string
	var word strings.Builder
	var quote byte
	begun := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\':
			begun = true
			if i++; i < len(s) {
				word.WriteByte(s[i])
			}
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
		case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
			if begun {
				out = append(out, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		out = append(out, word.String())
	}
	return out
}
