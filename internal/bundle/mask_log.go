package bundle

import (
	"net/netip"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// saidOfHosts: what stands around the name of a host (group 1).
func saidOfHosts() []hinted {
	return []hinted{
		hint("rhost=", `\brhost=['"]?([^\s'"]+)`),
		hint("getaddrinfo", `getaddrinfo (?:for )?([^\s\[(]+)`),
		hint("maps to", `maps to ([^\s,]+)`),
		hint("PTR", `PTR record "([^"]+)"`),
		hint("(from", "\\(from [`'\"]([^`'\"]+)['\"]\\)"),
		hint("from", ` from ([A-Za-z][\w.-]*) (?:port \d|not allowed)`),
	}
}

// places replaces what stands in the place of a host's name, whatever it is.
func (m *masker) places(s string) string {
	return m.around(s, m.saidHosts, "host", func(name string) bool {
		_, err := netip.ParseAddr(name)
		return err == nil || isLocalName(name) || strings.EqualFold(name, "unknown")
	})
}

// settingLine replaces the names in lines of sshd_config(5) that list users and
// groups, however short or ordinary they are.
func (m *masker) settingLine(s string) string {
	if at := m.lists.FindStringSubmatchIndex(s); at != nil {
		return s[:at[2]] + m.nameList(s[at[2]:])
	}
	if at := m.matches.FindStringIndex(s); at != nil {
		return s[:at[1]] + m.criteria.ReplaceAllStringFunc(s[at[1]:], func(found string) string {
			end := strings.LastIndexAny(found, " \t=") + 1
			return found[:end] + m.nameList(found[end:])
		})
	}
	return s
}

// nameList replaces the names in a list of patterns.
func (m *masker) nameList(s string) string {
	return m.listed.ReplaceAllStringFunc(s, func(found string) string {
		name, host, at := strings.Cut(found, "@")
		bare := strings.TrimLeft(name, "!")
		if bare == "" || isSystemAccount(bare) || strings.ContainsAny(bare, "*?<>%[]/") {
			return found
		}
		out := name[:len(name)-len(bare)] + m.as("user", bare)
		if at {
			out += "@" + host
		}
		return out
	})
}

// learnName notes a name that configuration gives. However short it is, it is
// replaced wherever it stands, unless it is a word.
func (m *masker) learnName(name string) {
	name = strings.TrimSpace(name)
	if name == "" || strings.ContainsAny(name, "<>%*?") || strings.Trim(name, "0123456789") == "" || m.knownWord(name) {
		m.user(name)
		return
	}
	m.users[name] = true
}

// learnPath notes the directories of a path that are not words.
func (m *masker) learnPath(path string) {
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && !strings.Contains(part, ".") {
			m.learnName(part)
		}
	}
}

func (m *masker) knownWord(w string) bool {
	return isKnown(m.vocabulary, w) || sshdconf.Means(w) == strings.ToLower(w)
}

// strangers calls f for each word of a line of a log that is in no list of known
// words, and puts what it returns in its place.
func (m *masker) strangers(s string, f func(string) string) string {
	return m.logWord.ReplaceAllStringFunc(s, func(w string) string {
		if strings.ContainsAny(w[:1], "<[") || strings.HasSuffix(w, "=") || strings.Contains(w, ":") || m.technical.MatchString(w) || m.knownWord(w) {
			return w
		}
		return f(w)
	})
}

// learnLog notes the words of a log that are in no list: they may be names, in
// whatever entry they stand.
func (m *masker) learnLog(line string) {
	const shortest = 4
	m.strangers(m.line(line), func(w string) string {
		if len(w) >= shortest {
			m.strange[w] = true
		}
		return w
	})
}

// logLine replaces in one line of a log: what is not known to be harmless goes.
func (m *masker) logLine(s string) string {
	return m.strangers(m.line(s), func(w string) string { return m.as("word", w) })
}
