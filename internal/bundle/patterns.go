package bundle

import (
	"regexp"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
)

// cleaner holds what secrets look like.
type cleaner struct {
	// rest finds names after which all the rest of a line goes.
	rest []named
	// inline are secrets that can be told by their own look.
	inline []pattern
	// quotes finds the command of a setting or directive that a text quotes.
	quotes hinted
	// commands knows what may be shown of a command line.
	commands commands
	hider    quoted.Hider
	// vocabulary holds the words that say nothing about anybody.
	vocabulary map[string]bool
	// secrets are what was taken out so far and is long enough to be looked for.
	secrets []string
	// assignment is a line of EnvironmentFile= with one variable.
	assignment       *regexp.Regexp
	begin, end, tail *regexp.Regexp
}

type pattern struct {
	hinted
	put string
}

// hinted is an expression that can only match where one of its hints stands. To
// look for a word takes a fraction of the time.
type hinted struct {
	*regexp.Regexp
	hints []string
}

func hint(hints, expr string) hinted {
	return hinted{regexp.MustCompile(expr), strings.Fields(hints)}
}

// may tells whether it is worth looking. Without hints it always is.
func (h hinted) may(line string) bool {
	for _, s := range h.hints {
		if strings.Contains(line, s) {
			return true
		}
	}
	return len(h.hints) == 0
}

// named is an expression with two groups: the name of something, and what is
// said of it. Its hints are in lower case.
type named struct{ hinted }

// valueIn is where the value of the first such name in a line begins, -1 for
// none. lower is the line in lower case.
func (n named) valueIn(line, lower string) int {
	if !n.may(lower) {
		return -1
	}
	for from := 0; from < len(line); {
		m := n.FindStringSubmatchIndex(line[from:])
		if m == nil {
			return -1
		}
		if line[from+m[4]:] == mark {
			return -1
		}
		if !harmlessName(line[from+m[2] : from+m[3]]) {
			return from + m[4]
		}
		from += m[3]
	}
	return -1
}

// harmlessName: words of sshd_config(5), ssh_config(5) and systemd.exec(5) that
// only sound like a secret.
func harmlessName(name string) bool {
	switch strings.ToLower(strings.Trim(name, "-.#\"'")) {
	case "passwordauthentication", "permitemptypasswords", "kerberosorlocalpasswd", "numberofpasswordprompts",
		"loadcredential", "loadcredentialencrypted", "importcredential":
		return true
	}
	return harmlessVariable(name)
}

const (
	// stem is in the name of something secret, as part of the name.
	stem = `(?:passw(?:or[dt]|d)|passphrase|passcode|secret|token|credential|(?:api|access|private|auth|encryption|signing|account|storage)[_-]?key)`
	// whole is so only as a word of its own.
	whole = `(?:pass|pwd|pw|pin|psk|creds?)`
	// gives stands between a name and its value.
	gives = `["'\]]*\s*(?:=>|:=|==|=|:)\s*`
)

func newCleaner() *cleaner {
	const stems = "passw passphrase passcode secret token credential key"
	name := func(hints, expr string) named { return named{hint(hints, expr)} }
	put := func(hints, expr, with string) pattern { return pattern{hint(hints, expr), with} }
	return &cleaner{
		rest: []named{
			name(stems, `(?i)([\w.-]*`+stem+`[\w.-]*)`+gives+`(\S)`),
			name("pass pwd pw pin psk cred", `(?i)((?:^|[^a-z0-9])(?:[a-z0-9]+[_.-])*`+whole+`(?:[_-][a-z0-9]+)*)`+gives+`(\S)`),
			name("_key", `(?i)(\b\w+_key)["']?\s*=\s*(\S)`),
			name(stems, `(?i)((?:^|\s)--?[\w-]*`+stem+`[\w-]*)\s+(\S)`),
			name("pass pwd pw auth pin psk cred", `(?i)((?:^|[\s"'])--?(?:[a-z0-9]+-)*(?:pass|pwd|pw|auth|pin|psk|creds?))\s+(\S)`),
			name("ldap redis-cli smb", `(?i)\b(ldap\w+\s.*-w|redis-cli\s.*-a|smb\w+\s.*-U)\s*(\S)`),
			name("-h", `(\s-H)\s+["']?[\w-]+:\s*(\S)`),
			name("authorization", `(?i)\b(authorization)\b`+gives+`(\S)`),
			name("cookie x-", `(?i)\b((?:set-)?cookie|x-[\w-]*(?:key|auth|sign)[\w-]*)["']?\s*:\s*(\S)`),
			name("bearer", `(?i)\b(bearer)\s+(\S)`),
			name("basic", `\b(Basic)\s+([A-Za-z0-9+/]{8})`),
			name("passw passphrase passcode secret token pin", `(?i)\b(password|passwd|passphrase|passcode|secret|token|pin)\s+(?:is|was|to|are)\s+(\S)`),
			name("sshpass curl mysql", `(?i)\b(sshpass\s.*-p|curl\s.*(?:-u|--user)|mysql\s.*-p)\s*(\S)`),
			name("env export", `(?i)\b(?:env|export)\s+(?:-\S+\s+|(?:LANG|LC_ALL|TZ|SSHD_OPTS|OPTIONS|OPENSSL_CONF)=\S*\s+)*([a-z_]\w*)=(\S)`),
			// The user's name and password stand before it.
			name("chpasswd", `(?i)()(\S.*\bchpasswd\b)`),
			// A line of shadow(5).
			name(":", `(?:^|[^\w-])()([a-z_][\w-]*\$?:[^:\s]+:\d{4,6}:\d*:\d*:)`),
			// One of .pgpass: host, port, database, user and password.
			name(":", `(?:^|\s)()((?:[\w.-]+|\*):(?:\d{2,5}|\*):[^\s:]+:[^\s:]+:\S)`),
			name("setenv setcredential", `(?i)\b(SetEnv|SetCredential(?:Encrypted)?)\s*=?\s*[\w.]+\s*[=:](\S)`),
		},
		inline: []pattern{
			put("AAAA", `\b(?:ssh|ecdsa|sk)-[\w@.-]+ +AAAA[A-Za-z0-9+/=]+`, mark),
			put("AAAA", `\bAAAA[A-Za-z0-9+/]{12,}={0,2}`, mark),
			put("$", `\${1,2}(?:[0-9][a-z]?|2[abxy]|y|gy|md5|sha1|scrypt|argon2[a-z]*|pbkdf2[a-z0-9-]*|apr1|P|H)\${1,2}[./A-Za-z0-9,=$+_-]{8,}`, mark),
			put("{", `\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2\S{0,9}|ARGON2\S{0,3})\}\S+`, mark),
			put("://", `(?i)\b([a-z][a-z0-9+.-]*://)[^\s"'<>]*@`, "${1}"+mark+"@"),
			// What a URL asks for may be anything.
			put("://", `(?i)\b([a-z][a-z0-9+.-]*://[^\s"'<>?]*\?)[^\s"'<>\[]+`, "${1}"+mark),
			put("@", `\b[\w.-]+:[^\s:@/"']{3,}@([A-Za-z0-9][\w.-]*)`, mark+"@${1}"),
			put("eyJ", `\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?`, mark),
			put("sk-", `\bsk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_]{16,}[\w-]*`, mark),
			put("AKIA ASIA ABIA ACCA AROA AIDA", `\b(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{12,}`, mark),
			put("gh github_pat_ gl xox k_live_ k_test_ AIza ya29 do hv npm_ pypi- SG. shpat_ tskey- AGE-", `\b(?:gh[pousr]_|github_pat_|glpat-|glrt-|xox[abeprs]-|[rs]k_(?:live|test)_|AIza|ya29\.|dop_v1_|doo_v1_|hv[sb]\.|npm_|pypi-|SG\.|shpat_|tskey-|AGE-SECRET-KEY-)[\w.-]{8,}`, mark),
		},
		quotes:     hint("Command Exec", `(?:Authorized\w+Command|ForceCommand|Exec\w+=)[\s=]*["']?([-@:+!|]*/.*)`),
		commands:   newCommands(),
		hider:      quoted.New(),
		vocabulary: vocabulary(),
		assignment: regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$`),
		begin:      regexp.MustCompile(`-----?\s?BEGIN [^\n"]{1,60}?-----?`),
		end:        regexp.MustCompile(`-----?\s?END [^\n"]{1,60}?-----?`),
		tail:       regexp.MustCompile(`(?:^|[\s>|#;:'"])[A-Za-z0-9+/=:,-]*[A-Za-z0-9+/=,-]\s*$`),
	}
}

// shortestRun is how long a run of base64 or hexadecimal digits is at least to
// be taken for a key, in characters. Fingerprints have 43, invocation ids 32.
const (
	shortestRun = 40
	shortestHex = 48
)

// withoutRuns takes out long runs of base64 and hexadecimal digits that are
// neither a fingerprint nor a path.
func withoutRuns(line string) (string, int) {
	var out strings.Builder
	n := 0
	for i := 0; i < len(line); {
		end := i
		for end < len(line) && isBase64(line[end]) {
			end++
		}
		run := line[i:end]
		switch {
		case run == "":
			end++
			run = line[i:end]
		case !strings.HasSuffix(line[:i], "SHA256:") && isKeyRun(run):
			run = mark
			n++
		}
		out.WriteString(run)
		i = end
	}
	return out.String(), n
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func isKeyRun(run string) bool {
	const (
		// A path of plain names is no key; nor is one long word.
		mostSlashes = 4
		surely      = 64
	)
	var upper, lower, digit, slash int
	hex := true
	for _, c := range []byte(run) {
		switch {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case c >= '0' && c <= '9':
			digit++
		case c == '/':
			slash++
		}
		hex = hex && strings.IndexByte("0123456789abcdefABCDEF", c) >= 0
	}
	switch {
	case hex:
		return len(run) >= shortestHex && digit > 0 && upper+lower > 0
	case len(run) < shortestRun:
		return false
	case len(run) >= surely && upper > 0:
		return true
	}
	return upper > 0 && lower > 0 && digit > 0 && slash <= mostSlashes
}
