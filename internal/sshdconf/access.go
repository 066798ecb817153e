package sshdconf

import (
	"slices"
	"strings"
	"unicode"
)

// access is what the program knows of keywords that decide who may log in, or
// how (sshd_config(5)), with the strictest value that still lets somebody in.
// An empty value means that no such value exists: a line with that keyword is
// never changed here, only shown.
func access() map[string]string {
	return map[string]string{
		"permitrootlogin": "no", "passwordauthentication": "no",
		"kbdinteractiveauthentication": "no", "challengeresponseauthentication": "no",
		"permitemptypasswords": "no", "hostbasedauthentication": "no",
		"gssapiauthentication": "no", "kerberosauthentication": "no",
		"permituserenvironment": "no", "permituserrc": "no", "permittunnel": "no", "permittty": "no",
		"allowtcpforwarding": "no", "allowagentforwarding": "no", "allowstreamlocalforwarding": "no",
		"x11forwarding": "no", "gatewayports": "no", "disableforwarding": "yes",
		"ignorerhosts": "yes", "ignoreuserknownhosts": "yes", "strictmodes": "yes",

		"pubkeyauthentication": "", "authenticationmethods": "", "usepam": "", "match": "",
		"allowusers": "", "allowgroups": "", "denyusers": "", "denygroups": "",
		"authorizedkeysfile": "", "authorizedkeyscommand": "", "authorizedkeyscommanduser": "",
		"authorizedprincipalsfile": "", "authorizedprincipalscommand": "", "authorizedprincipalscommanduser": "",
		"trustedusercakeys": "", "revokedkeys": "", "chrootdirectory": "", "forcecommand": "",
		"permitopen": "", "permitlisten": "", "pamservicename": "",
		"maxauthtries": "", "logingracetime": "", "maxsessions": "",
		"pubkeyacceptedalgorithms": "", "pubkeyacceptedkeytypes": "", "pubkeyauthoptions": "",
		"hostbasedacceptedalgorithms": "", "casignaturealgorithms": "", "requiredrsasize": "",
		"include": "", "exposeauthinfo": "", "acceptenv": "", "setenv": "", "refuseconnection": "",
		"listenaddress": "", "addressfamily": "", "maxstartups": "", "persourcemaxstartups": "",
		"persourcenetblocksize": "", "persourcepenalties": "", "persourcepenaltyexemptlist": "",
		"kerberosorlocalpasswd": "", "gssapistrictacceptorcheck": "", "securitykeyprovider": "", "subsystem": "",
		"ciphers": "", "macs": "", "kexalgorithms": "", "hostkeyalgorithms": "", "rekeylimit": "",
	}
}

// Edit is how an offending line may be put out of the way.
type Edit struct {
	// Possible is false where only its owner can say what the line should be.
	Possible bool
	// Instead is the line to put in its place, empty for none.
	Instead string
	// Access is the access keyword that the line is, or most likely means.
	Access string
}

// judgeLine says what may be done with a line that sshd rejects. known are the
// keywords that this sshd has.
//
// A line that decides who may log in is never simply dropped: the default could
// be laxer. It goes only together with the strictest value for its keyword. And a
// word that nobody knows is dropped only where it cannot have been part of
// something larger: the beginning or the end of a block, half of a long line.
func judgeLine(line string, at around, known []string) Edit {
	words := strings.Fields(strings.ReplaceAll(line, "=", " "))
	if len(words) == 0 || !plainText(line) || isMergeMark(line) {
		return Edit{}
	}
	table := access()
	keyword := letters(words[0])
	if _, knows := table[keyword]; !knows && continues(at.before, table) {
		// A long line that somebody broke: its second half may name users.
		return Edit{Access: keyword}
	}
	if strings.ContainsFunc(words[0], foreign) {
		// It may look like a keyword and be another word to sshd.
		return Edit{Access: keyword}
	}
	m := nearest(keyword, known, table)
	if glued(keyword, m.keyword, words[1:], table) {
		// Two lines in one: the second one must not get lost.
		return Edit{Access: keyword}
	}
	strict, isAccess := table[m.keyword]
	switch {
	case isAccess && strict == "":
		return Edit{Access: m.keyword}
	case isAccess && !m.sure:
		// The strictest value of one keyword is no answer to another.
		return Edit{Access: keyword}
	case isAccess && at.inMatch:
		// There the strictest value does not count for everybody, and sshd cannot be
		// asked about everybody whom it counts for.
		return Edit{Access: m.keyword}
	case isAccess:
		return Edit{Possible: true, Access: m.keyword, Instead: spelling(m.keyword) + " " + strict}
	case !m.sure && !ofClients(keyword) && (smells(keyword) || at.ruled(table) || odd(line, words[0]) || isMatch(at.before)):
		return Edit{Access: keyword}
	}
	return Edit{Possible: true}
}

// odd tells whether a line looks like part of something: it is indented, or
// begins with no word.
func odd(line, first string) bool {
	return line != strings.TrimLeft(line, " \t") || letters(first) != strings.ToLower(first)
}

// ofClients tells whether a word is a keyword of ssh_config(5) and of nothing
// else: such a line got into the wrong file. Host and Match are not among them,
// they begin a block.
func ofClients(word string) bool {
	return slices.Contains([]string{
		"addkeystoagent", "batchmode", "bindaddress", "canonicaldomains", "checkhostip", "connectionattempts",
		"connecttimeout", "controlmaster", "controlpath", "controlpersist", "escapechar", "forwardagent", "forwardx11",
		"globalknownhostsfile", "hashknownhosts", "hostkeyalias", "hostname", "identitiesonly", "identityagent",
		"identityfile", "numberofpasswordprompts", "preferredauthentications", "proxyjump", "proxycommand",
		"sendenv", "serveraliveinterval", "serveralivecountmax", "stricthostkeychecking", "updatehostkeys",
		"userknownhostsfile", "verifyhostkeydns", "visualhostkey",
	}, word)
}

// plainText refuses what no editor writes into a configuration: NUL and control
// characters, at which sshd and we would read different lines.
func plainText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == unicode.ReplacementChar })
}

// isMergeMark tells whether a line comes from a merge that nobody finished:
// dropping it would choose a side.
func isMergeMark(s string) bool {
	for _, m := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(strings.TrimSpace(s), m) {
			return true
		}
	}
	return false
}

// continues tells whether a line looks as if it went on in the next one.
func continues(before string, table map[string]string) bool {
	before = strings.TrimSpace(before)
	if strings.HasSuffix(before, "\\") || strings.HasSuffix(before, ",") {
		return true
	}
	key, _ := splitLine(before)
	strict, isAccess := table[letters(key)]
	// These take one value, or their own kind of line.
	single := slices.Contains([]string{"match", "include", "usepam", "subsystem"}, letters(key))
	return isAccess && strict == "" && !single
}

// letters is a word as a keyword is compared: in lower case, and without what an
// editor or a copied page may have put around it, such as quotes, a byte order
// mark or a blank that does not break.
func letters(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, word)
}

func foreign(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) }

// smells tells whether an unknown word looks as if it decided who may log in, or
// by which methods: one of another version's, another vendor's, or somebody's own
// idea of a name.
func smells(word string) bool {
	for _, s := range []string{
		"auth", "passw", "pwd", "factor", "login", "logon", "root", "allow", "deny", "permit", "user", "group", "key", "principal",
		"chroot", "shell", "force", "strict", "pam", "refuse", "reject", "block", "banned", "white", "black", "only", "trust", "cert",
		"match", "includ", "rhost", "command", "forwarding", "tunnel", "revok", "listen", "addr", "limit", "max", "min", "penal",
		"rsa", "kex", "cipher", "crypt", "mac", "algo", "size", "bits", "secur", "fips", "session", "grace",
	} {
		if strings.Contains(word, s) {
			return true
		}
	}
	return false
}

// spelling writes a keyword as sshd_config(5) does, where the program edits it.
func spelling(keyword string) string {
	for _, s := range []string{
		"PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication",
		"ChallengeResponseAuthentication", "PermitEmptyPasswords", "HostbasedAuthentication",
		"GSSAPIAuthentication", "KerberosAuthentication", "PermitUserEnvironment", "PermitUserRC",
		"PermitTTY", "PermitTunnel", "AllowTcpForwarding", "AllowAgentForwarding", "AllowStreamLocalForwarding",
		"X11Forwarding", "GatewayPorts", "DisableForwarding", "IgnoreRhosts",
		"IgnoreUserKnownHosts", "StrictModes",
	} {
		if strings.EqualFold(s, keyword) {
			return s
		}
	}
	return keyword
}
