package bundle

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Names are those that are known on the box, for --mask.
type Names struct {
	// Users are the accounts of people.
	Users []string
	// Hosts are the names of this machine, short and long.
	Hosts []string
}

// masker replaces who and where by words that say nothing but "the same one as
// there". The words hold for one bundle.
type masker struct {
	words  map[string]string
	counts map[string]int
	// users and hosts are replaced wherever they stand as a word of their own.
	users, hosts map[string]bool

	// strange are words of logs that are in no list of known words.
	strange, vocabulary map[string]bool

	mac, six, four, dashed, wild, name, word *regexp.Regexp
	// said finds the names of users by what stands around them.
	said, saidHosts []hinted
	// lists and matches find lines of sshd_config(5) that name users, criteria and
	// listed the names in them; logWord and technical are for logs.
	lists, matches, criteria, listed, logWord, technical *regexp.Regexp
}

func newMasker(names Names) *masker {
	m := &masker{
		words: map[string]string{}, counts: map[string]int{}, users: map[string]bool{}, hosts: map[string]bool{},
		strange: map[string]bool{}, vocabulary: vocabulary(),
		lists:     regexp.MustCompile(`(?i)^[\s#]*(?:allow|deny)(?:users|groups)[\s="]+(.)`),
		matches:   regexp.MustCompile(`(?i)^[\s#]*match\s`),
		criteria:  regexp.MustCompile(`(?i)\b(?:user|group)(?:\s*=\s*|\s+)"?[^\s"]+`),
		listed:    regexp.MustCompile(`[^\s,"]+`),
		logWord:   regexp.MustCompile(`<[a-z0-9]+-\d+>|\[removed\]|SHA256:[A-Za-z0-9+/]+|MD5:[0-9a-f:]+|\d{4}-\d\d-\d\dT[\d:.,]+|\b[a-z_]{2,12}=|[\pL\pN]+`),
		technical: regexp.MustCompile(`^(?:0x[0-9a-f]+|[0-9a-f]{12,}|\d+(?:ms|us|min|s|h|d|w|m|k|kb|kB|K|G|M|B)|\d{4,8}Z?|[A-Z])$`),
		mac:       regexp.MustCompile(`\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,19}\b`),
		six:       regexp.MustCompile(`[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*`),
		four:      regexp.MustCompile(`[0-9]+(?:\.[0-9]+){3,}`),
		dashed:    regexp.MustCompile(`\b(?:ip-)?[0-9]{1,3}(?:-[0-9]{1,3}){3}\b`),
		// The pattern of an address, ssh_config(5), PATTERNS.
		wild: regexp.MustCompile(`\b(?:[0-9]+(?:\.[0-9]+)*(?:\.[0-9]*[*?][0-9*?]*)+(?:\.[0-9*?]+)*|[0-9A-Fa-f]+:[0-9A-Fa-f:]*[*?][0-9A-Fa-f:*?]*)`),
		name: regexp.MustCompile(`[A-Za-z0-9_][A-Za-z0-9_.+-]*@[A-Za-z0-9][A-Za-z0-9.-]*|[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+`),
		word: regexp.MustCompile(`[A-Za-z0-9_][A-Za-z0-9_.-]*\$?`),
	}
	m.said, m.saidHosts = saidOfUsers(), saidOfHosts()
	for _, u := range names.Users {
		if !ordinary(u) {
			m.users[u] = true
		}
	}
	for _, h := range names.Hosts {
		// However short, the machine's own name stands in each line of a log.
		if !isLocalName(h) && !slices.Contains(tradeWords(), strings.ToLower(h)) && strings.Trim(h, "0123456789") != "" {
			m.hosts[strings.ToLower(h)] = true
		}
	}
	return m
}

// saidOfUsers: what sshd, PAM, sudo and logind write around the name of a user
// (group 1), and where configuration and paths name one.
func saidOfUsers() []hinted {
	return []hinted{
		hint("shadow", `shadow information for (.*?)\s*$`),
		hint("not allowed", `User (\S+) not allowed because`),
		hint("session", `Starting session: .* for (.*?) from `),
		hint("session", `Close session: user (.*?) from `),
		hint("tried", `Authentication tried for (.*?) with `),
		hint("ID", `\bID "([^"]*)"`),
		hint("user", `(?:by|for|of) user ["']([^"']+)["']`),
		hint("user", `(?:for|Refused|tally for) user ([^\s:"']+)(?::| for | account|\s+\(\d+\))`),
		hint("tally", `\buser ([^\s(]+) \(\d+\) tally`),
		hint("logins", `\) for ([^\s]+)\s*$`),
		hint("=", `(?i)\b(?:uid|cn|ou|dc|sn|mail|member)=([^\s,'"()=]*[^\s,'"()=0-9][^\s,'"()=]*)`),
		hint("\\", `\b[A-Z][A-Z0-9-]+\\+([A-Za-z][\w.-]*)`),
		hint(".ssh", `/([^\s/'"]+)/\.ssh\b`),
		hint("user", `(?:[Ii]nvalid|[Ii]llegal) user (.*?) (?:from |[0-9a-fA-F:.]+ port |<)`),
		hint("for", `(?:Failed|Accepted|Postponed|Partial) [\w/-]+ for (?:(?:invalid|illegal) user )?(.*?) from `),
		hint("user", `(?:for|by|from|of|authenticating|disconnected) user (.*?)(?: [0-9a-fA-F:.]+ port |\(uid=| by | from |[.,;]|$)`),
		hint("user", `(?:^|[\s;,(])user=['"]?([^\s'"(),;:]+)`),
		hint("session", `session (?:opened|closed) for user ([^\s(]+)`),
		hint("uid=", ` by ([^\s(]*)\(uid=\d+\)`),
		hint("=", `(?:\bUser|\bUSER|\bLOGNAME|\bruser|\blogname|\bacct)=['"]?([^\s'"]+)`),
		hint("allowed", `User(?:name)? ([^\s]+) from \S+ not allowed`),
		hint("/", `(?:/home/|/Users/|/run/user/|/var/mail/|/var/spool/cron/crontabs/)([^\s/'":;,]+)`),
		hint("~", `~([A-Za-z][\w.-]*)/`),
	}
}

// mask replaces names and addresses in every entry.
func mask(all []Entry, names Names) {
	m := newMasker(names)
	for i := range all {
		m.learn(string(all[i].Data), all[i].Kind)
	}
	// What is known so far must not be taken for strange.
	words, counts := m.words, m.counts
	m.words, m.counts = map[string]string{}, map[string]int{}
	for i := range all {
		if all[i].Kind == Log {
			for line := range strings.Lines(string(all[i].Data)) {
				m.learnLog(line)
			}
		}
	}
	m.words, m.counts = words, counts
	for i := range all {
		e := &all[i]
		e.Source, e.Missing = m.text(e.Source), m.text(e.Missing)
		if strings.Contains(e.Name, "/") || strings.HasPrefix(e.Name, "unit-") {
			e.Name = entryName(m.text(e.Name))
		}
		switch e.Kind {
		case JSON:
			e.Data = []byte(eachString(string(e.Data), m.text))
		case Log:
			e.Data = []byte(m.lines(string(e.Data), m.logLine))
		default:
			e.Data = []byte(m.text(string(e.Data)))
		}
	}
}

// learn notes which users and hosts a text speaks of.
func (m *masker) learn(text string, kind Kind) {
	for line := range strings.Lines(text) {
		for _, re := range m.said {
			if !re.may(line) {
				continue
			}
			for _, found := range re.FindAllStringSubmatch(line, -1) {
				m.user(found[1])
			}
		}
		for _, re := range m.saidHosts {
			if !re.may(line) {
				continue
			}
			for _, found := range re.FindAllStringSubmatch(line, -1) {
				m.host(found[1])
			}
		}
		if kind == SshdConfig || kind == Text {
			m.learnSetting(line)
		}
	}
}

// learnSetting reads the lines of sshd_config(5) that name users and hosts.
func (m *masker) learnSetting(line string) {
	words := strings.FieldsFunc(strings.TrimLeft(line, " \t#"), func(r rune) bool { return r == ' ' || r == '\t' || r == '=' || r == '"' || r == '\n' })
	if len(words) < 2 {
		return
	}
	switch strings.ToLower(words[0]) {
	case "allowusers", "denyusers", "allowgroups", "denygroups":
		for _, w := range words[1:] {
			name, host, _ := strings.Cut(w, "@")
			m.learnName(strings.Trim(name, "!*?"))
			m.host(host)
		}
	case "chrootdirectory":
		m.learnPath(words[1])
	case "authorizedkeyscommanduser", "authorizedprincipalscommanduser":
		m.user(words[1])
	case "match":
		for i := 1; i+1 < len(words); i += 2 {
			for v := range strings.SplitSeq(words[i+1], ",") {
				v = strings.Trim(v, "!*?.")
				switch strings.ToLower(words[i]) {
				case "user", "group":
					m.learnName(v)
				case "host":
					m.host(v)
				}
			}
		}
	case "permitopen", "permitlisten", "listenaddress":
		for _, w := range words[1:] {
			host, _, _ := strings.Cut(w, ":")
			m.host(host)
		}
	}
}

func (m *masker) user(name string) {
	name = strings.TrimSpace(name)
	if name != "" && !ordinary(name) {
		m.users[name] = true
	}
}

func (m *masker) host(name string) {
	if _, err := netip.ParseAddr(name); err == nil || name == "" || ordinary(name) || isLocalName(name) || strings.ContainsAny(name, "*?/[]") {
		return
	}
	m.hosts[strings.ToLower(name)] = true
}

// as returns the word that stands for something of a kind.
func (m *masker) as(kind, what string) string {
	key := kind + "\x00" + what
	if m.words[key] == "" {
		m.counts[kind]++
		m.words[key] = fmt.Sprintf("<%s-%d>", kind, m.counts[kind])
	}
	return m.words[key]
}

// ordinary: accounts that every machine has, and words that logs are made of.
// Were they replaced wherever they stand, nothing could be understood; what
// stands around them says no more than they do.
func ordinary(name string) bool {
	const shortest = 3
	if len(name) < shortest || strings.Trim(name, "0123456789") == "" || slices.Contains(tradeWords(), strings.ToLower(name)) {
		return true
	}
	return strings.ContainsAny(name, "<>%")
}

func tradeWords() []string {
	return strings.Fields(`root nobody daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc
		gnats _apt sshd ssh messagebus dbus systemd systemd-network systemd-resolve systemd-timesync systemd-coredump
		polkitd uuidd tcpdump syslog adm wheel sudo users nogroup operator halt shutdown ftp postfix chrony unknown
		invalid user users group from for port the and not with are was has preauth none any all yes true false
		authentication password publickey failed accepted connection closed disconnected session opened reset error
		fatal debug info warning server service socket test host local default main public private key keys config
		start stop started stopped state status active failed running listening bound address name names type file
		files path unit units process kernel memory version report bundle linux debian openssh openssl openbsd
		etc usr var run lib sbin tmp opt srv home boot dev proc localhost`)
}

func isLocalName(name string) bool {
	name = strings.ToLower(name)
	return name == "localhost" || strings.HasPrefix(name, "localhost.") || strings.HasPrefix(name, "ip6-") || name == "(none)"
}
