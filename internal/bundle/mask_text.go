package bundle

import (
	"net/netip"
	"slices"
	"strings"
)

// text replaces in one text, line by line.
func (m *masker) text(s string) string { return m.lines(s, m.line) }

func (m *masker) lines(s string, f func(string) string) string {
	var out strings.Builder
	for line := range strings.Lines(s) {
		out.WriteString(f(line))
	}
	return out.String()
}

// line replaces in one line. Addresses go first: they may be part of a name.
func (m *masker) line(s string) string {
	s = m.settingLine(s)
	s = m.mac.ReplaceAllStringFunc(s, m.hardware)
	s = m.wild.ReplaceAllStringFunc(s, func(found string) string { return m.as("net", found) })
	s = m.sixes(s)
	s = m.four.ReplaceAllStringFunc(s, m.address)
	s = m.dashed.ReplaceAllStringFunc(s, func(found string) string {
		if masked := m.address(strings.ReplaceAll(strings.TrimPrefix(found, "ip-"), "-", ".")); masked[0] == '<' {
			return masked
		}
		return found
	})
	s = m.name.ReplaceAllStringFunc(s, m.domain)
	s = m.places(s)
	s = m.context(s)
	return m.word.ReplaceAllStringFunc(s, m.known)
}

// sixes replaces IPv6 addresses. What touches one may be made of the same
// characters: a word before it, a colon around it.
func (m *masker) sixes(s string) string {
	var out strings.Builder
	from := 0
	for _, at := range m.six.FindAllStringIndex(s, -1) {
		begin, end := at[0], at[1]
		if begin > 0 && isWordByte(s[begin-1]) {
			begin += strings.IndexByte(s[begin:end], ':')
		}
		if strings.HasPrefix(s[begin:end], ":") && !strings.HasPrefix(s[begin:end], "::") {
			begin++
		}
		out.WriteString(s[from:begin])
		found := s[begin:end]
		if end == len(s) || !isWordByte(s[end]) {
			found = m.address(found)
		}
		out.WriteString(found)
		from = end
	}
	return out.String() + s[from:]
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (m *masker) hardware(s string) string {
	plain := strings.ToLower(strings.ReplaceAll(s, "-", ":"))
	if strings.Trim(plain, "0:") == "" {
		return s
	}
	return m.as("mac", plain)
}

// address replaces an address and leaves the punctuation behind it. An IPv4
// address in the form of IPv6 is the same address.
func (m *masker) address(s string) string {
	head, tail := s, ""
	for head != "" {
		if a, err := netip.ParseAddr(withoutZeros(head)); err == nil {
			a = a.Unmap()
			switch {
			case a.IsLoopback() || a.IsUnspecified() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
				return s
			case a.Is4():
				return m.as("ipv4", a.String()) + tail
			}
			return m.as("ipv6", a.String()) + tail
		}
		last := head[len(head)-1]
		if last != ':' && last != '.' {
			// "2001:db8::1:22:" and the like are not cut inside.
			return s
		}
		head, tail = head[:len(head)-1], string(last)+tail
	}
	return s
}

// withoutZeros: some logs write each part of an IPv4 address with three digits.
func withoutZeros(s string) string {
	if strings.Contains(s, ":") {
		return s
	}
	parts := strings.Split(s, ".")
	for i, p := range parts {
		if p = strings.TrimLeft(p, "0"); p == "" {
			p = "0"
		}
		parts[i] = p
	}
	return strings.Join(parts, ".")
}

// domain replaces "user@host" and names with dots in them, unless they are file
// names or algorithms.
func (m *masker) domain(s string) string {
	body := strings.TrimRight(s, ".-")
	tail := s[len(body):]
	user, host, at := strings.Cut(body, "@")
	if !at {
		user, host = "", body
	}
	lower := strings.ToLower(host)
	switch {
	case wellKnown(lower) || isLocalName(lower):
		return s
	case at && !strings.Contains(host, "."):
		// "getty@tty1" is none, "user@host" is.
		if m.knownWord(user) && m.knownWord(host) || strings.Contains(s, "<") {
			return s
		}
		return m.as("user", user) + "@" + m.as("host", lower) + tail
	case isFileName(lower):
		return s
	}
	out := m.as("host", lower) + tail
	if at {
		return m.as("user", user) + "@" + out
	}
	return out
}

// wellKnown: domains in the names of algorithms and interfaces, and of those who
// make the software.
func wellKnown(host string) bool {
	return slices.ContainsFunc([]string{
		"openssh.com", "openssh.org", "libssh.org", "lysator.liu.se", "openbsd.org", "debian.org", "ubuntu.com",
		"freedesktop.org", "fedoraproject.org", "redhat.com", "opensuse.org", "suse.com", "archlinux.org", "alpinelinux.org",
	}, func(known string) bool { return host == known || strings.HasSuffix(host, "."+known) })
}

// isFileName: the last part is no top-level domain, but a suffix of files,
// units or versions.
func isFileName(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.HasPrefix(last, "xn--") {
		return false
	}
	if len(last) < 2 || strings.ContainsAny(last, "0123456789-") {
		return true
	}
	return slices.Contains(strings.Fields(`service socket target slice scope mount automount timer path device swap
		conf config cfg rules wants requires upholds log journal json txt gz xz zst md sh py so ko pub key pem crt
		pid sock lock list deb rpm bak old orig save off dpkg-dist dpkg-old dpkg-new rpmnew rpmsave real cert
		damaged empty foreign tar tgz html systemd login resolve network unit manager job freedesktop db dat tmp
		img iso efi xml yaml yml toml ini env daemon`), last) || strings.HasPrefix(name, "org.freedesktop") || strings.HasPrefix(name, "net.ipv")
}

// context replaces what stands in the place of a user's name, whatever it is: it
// may have blanks in it, or be a word that is nothing special elsewhere.
func (m *masker) context(s string) string { return m.around(s, m.said, "user", isSystemAccount) }

// around replaces what stands where expressions have their group, but for what is
// to stay.
func (m *masker) around(s string, all []hinted, kind string, stays func(string) bool) string {
	for _, re := range all {
		if !re.may(s) {
			continue
		}
		var out strings.Builder
		from := 0
		for _, at := range re.FindAllStringSubmatchIndex(s, -1) {
			name := strings.TrimSpace(s[at[2]:at[3]])
			out.WriteString(s[from:at[2]])
			if name == "" || stays(name) || strings.HasPrefix(name, "<") {
				out.WriteString(s[at[2]:at[3]])
			} else {
				out.WriteString(m.as(kind, name))
			}
			from = at[3]
		}
		s = out.String() + s[from:]
	}
	return s
}

// isSystemAccount: names that say nothing about anybody.
func isSystemAccount(name string) bool {
	return slices.Contains(strings.Fields("root nobody sshd daemon unknown systemd messagebus"), name) ||
		strings.Trim(name, "0123456789") == ""
}

// known replaces a word that names a user or a host, or the part of it that does.
func (m *masker) known(w string) string {
	if masked, ok := m.exactly(w); ok {
		return masked
	}
	var out strings.Builder
	for w != "" {
		end := strings.IndexAny(w, ".-_")
		if end < 0 {
			end = len(w)
		}
		part, _ := m.exactly(w[:end])
		out.WriteString(part)
		if w = w[end:]; w != "" {
			out.WriteByte(w[0])
			w = w[1:]
		}
	}
	return out.String()
}

func (m *masker) exactly(w string) (string, bool) {
	switch {
	case m.users[w]:
		return m.as("user", w), true
	case m.hosts[strings.ToLower(w)]:
		return m.as("host", strings.ToLower(w)), true
	case m.strange[w]:
		return m.as("word", w), true
	}
	return w, false
}
