package sshdconf

import (
	"slices"
	"strings"
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
		"permituserenvironment": "no", "permituserrc": "no", "permittunnel": "no",
		"allowtcpforwarding": "no", "allowagentforwarding": "no", "allowstreamlocalforwarding": "no",
		"x11forwarding": "no", "gatewayports": "no", "disableforwarding": "yes",
		"ignorerhosts": "yes", "ignoreuserknownhosts": "yes", "strictmodes": "yes",

		"pubkeyauthentication": "", "authenticationmethods": "", "usepam": "", "match": "",
		"allowusers": "", "allowgroups": "", "denyusers": "", "denygroups": "",
		"authorizedkeysfile": "", "authorizedkeyscommand": "", "authorizedkeyscommanduser": "",
		"authorizedprincipalsfile": "", "authorizedprincipalscommand": "", "authorizedprincipalscommanduser": "",
		"trustedusercakeys": "", "revokedkeys": "", "chrootdirectory": "", "forcecommand": "",
		"permitopen": "", "permitlisten": "", "maxauthtries": "", "logingracetime": "", "maxsessions": "",
		"pubkeyacceptedalgorithms": "", "pubkeyacceptedkeytypes": "", "pubkeyauthoptions": "",
		"hostbasedacceptedalgorithms": "", "casignaturealgorithms": "", "requiredrsasize": "",
		"include": "", "exposeauthinfo": "", "acceptenv": "", "setenv": "", "refuseconnection": "",
		"kerberosorlocalpasswd": "", "gssapistrictacceptorcheck": "", "securitykeyprovider": "",
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
// be laxer. It goes only together with the strictest value for its keyword.
func judgeLine(line string, known []string) Edit {
	words := strings.Fields(strings.ReplaceAll(line, "=", " "))
	if len(words) == 0 {
		return Edit{}
	}
	table := access()
	keyword := strings.ToLower(words[0])
	if rest := strings.ToLower(strings.Join(words[1:], " ")); mentions(rest, table) {
		// Two lines glued together: the second one must not get lost.
		return Edit{Access: keyword}
	}
	meant, sure := nearest(keyword, known, table)
	strict, isAccess := table[meant]
	switch {
	case isAccess && strict == "":
		return Edit{Access: meant}
	case isAccess:
		return Edit{Possible: true, Access: meant, Instead: spelling(meant) + " " + strict}
	case !sure && smells(keyword):
		return Edit{Access: keyword}
	}
	return Edit{Possible: true}
}

// mentions tells whether a keyword of the table stands anywhere in s.
func mentions(s string, table map[string]string) bool {
	for k := range table {
		// Short common words would match in paths and comments.
		if len(k) > len("include") && strings.Contains(s, k) {
			return true
		}
	}
	return false
}

// smells tells whether an unknown word looks as if it decided who may log in.
func smells(word string) bool {
	for _, s := range []string{"auth", "passw", "login", "root", "allow", "deny", "permit", "user", "group", "key", "principal", "chroot", "force", "strict", "pam", "refuse"} {
		if strings.Contains(word, s) {
			return word != "stricthostkeychecking" && word != "userknownhostsfile" && word != "identityfile"
		}
	}
	return false
}

// nearest finds the keyword that a misspelt word most likely means: itself, or
// one within a third of its letters, an access keyword before any other at the
// same distance. sure is false when nothing is near.
func nearest(word string, known []string, table map[string]string) (string, bool) {
	if _, ok := table[word]; ok || slices.Contains(known, word) {
		return word, true
	}
	best, at := "", max(2, len(word)/3)+1
	for k := range table {
		if d := distance(word, k); d < at || d == at && best != "" && k < best {
			best, at = k, d
		}
	}
	for _, k := range known {
		if _, ok := table[k]; ok {
			continue
		}
		if d := distance(word, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return word, false
	}
	return best, true
}

// distance is the number of letters to insert, delete, change or swap with
// their neighbour (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// spelling writes a keyword as sshd_config(5) does, where the program edits it.
func spelling(keyword string) string {
	for _, s := range []string{
		"PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication",
		"ChallengeResponseAuthentication", "PermitEmptyPasswords", "HostbasedAuthentication",
		"GSSAPIAuthentication", "KerberosAuthentication", "PermitUserEnvironment", "PermitUserRC",
		"PermitTunnel", "AllowTcpForwarding", "AllowAgentForwarding", "AllowStreamLocalForwarding",
		"X11Forwarding", "GatewayPorts", "DisableForwarding", "IgnoreRhosts",
		"IgnoreUserKnownHosts", "StrictModes",
	} {
		if strings.EqualFold(s, keyword) {
			return s
		}
	}
	return keyword
}
