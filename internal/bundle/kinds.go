package bundle

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// eachString passes every string of a JSON text through f and leaves the rest
// as it is, order and layout included.
func eachString(text string, f func(string) string) string {
	var out strings.Builder
	for {
		at := strings.IndexByte(text, '"')
		if at < 0 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		text = text[at:]
		end := 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(text))
		var s string
		if err := json.Unmarshal([]byte(text[:end]), &s); err != nil {
			// Not JSON after all: nothing of it can be trusted.
			out.WriteString(quote(mark))
			return out.String()
		}
		out.WriteString(quote(f(s)))
		text = text[end:]
	}
}

func quote(s string) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// cleanJSON cleans each string by itself: a secret ends where its string does.
func (c *cleaner) cleanJSON(text string) (string, int) {
	removed := 0
	text = eachString(text, func(s string) string {
		s, n := c.clean(s, Text)
		removed += n
		return s
	})
	return text, removed
}

// leftOut stands for the value of an environment variable.
const leftOut = "[left out]"

// harmlessVariable: those whose values say how sshd is started, and no more.
func harmlessVariable(name string) bool {
	return slices.Contains([]string{"SSHD_OPTS", "OPTIONS", "SSHD_OOM_ADJUST", "CRYPTO_POLICY", "LANG", "LC_ALL", "TZ", "OPENSSL_CONF"}, name)
}

// cleanEnvFile keeps the names of variables, and the values of the harmless
// ones. Whatever else stands there is left out: a comment, too, may hold what
// was the value yesterday.
func (c *cleaner) cleanEnvFile(text string) (string, int) {
	var out strings.Builder
	removed := 0
	for line := range strings.Lines(tidy(text)) {
		line, newline := strings.CutSuffix(line, "\n")
		line = strings.TrimSpace(line)
		found := c.assignment.FindStringSubmatch(line)
		switch {
		case line == "":
		case found == nil:
			c.remember(line)
			out.WriteString(leftOut)
		case harmlessVariable(found[1]) && plainValue(found[2]):
			value, n := c.clean(found[2], Text)
			removed += n
			out.WriteString(found[1] + "=" + value)
		default:
			c.remember(found[2])
			out.WriteString(found[1] + "=" + leftOut)
		}
		if newline {
			out.WriteByte('\n')
		}
	}
	return out.String(), removed
}

// plainValue: it ends with its line, systemd.exec(5), EnvironmentFile=.
func plainValue(v string) bool {
	v = strings.TrimSpace(v)
	return !strings.HasSuffix(v, `\`) && strings.Count(v, `"`)%2 == 0 && strings.Count(v, "'")%2 == 0
}
