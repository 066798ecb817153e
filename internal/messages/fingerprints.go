package messages

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// Fingerprint is one in a text, or the key itself, as paramiko prints it.
type Fingerprint struct {
	// Hash is "SHA256" or "MD5".
	Hash string
	// Value is as ssh-keygen prints it, without the name of the hash: base64
	// without its end marks, or pairs of digits with colons. It may be cut off.
	Value string
	// Expected: the client had this one, and was shown another.
	Expected bool
}

// mostFingerprints caps how many are looked at.
const mostFingerprints = 6

// The forms in which programs print them. curl prints both as they are
// (lib/vssh/libssh2.c).
const (
	sha256Form = `(?i)(?:^|[^-\w])SHA256(?::\s*| +)([A-Za-z0-9+/]{4,43})`
	md5Form    = `(?i)\b((?:[0-9a-f]{2}:){3,15}[0-9a-f]{1,2})`
	bareForm   = `(?i)(?:remote|equal to) ([A-Za-z0-9+/]{43}|[0-9a-f]{32})\b`
	// usersForm is said of the keys with which users log in: they are no host's. In
	// sshd's own log anybody can put one in, by the name of a user.
	usersForm = `(?i)\b(?:accepted|failed|postponed) publickey\b|\b(?:offering public|attempt|accepts|accepted|matching) key\b|` +
		`\binvalid user |\[preauth\]|\bsshd(?:-session|-auth)?\[\d+\]`
	// peersForm is what stands before words of whoever answered. They prove nothing:
	// an impostor may well name the fingerprint of the right server.
	peersForm = `(?i)\b(?:banner line \d|received disconnect|disconnect message|SSH_MSG_DISCONNECT|disconnect, reason|` +
		`disconnect \(code|remote software version|protocol version|banner: ).*`
	// cardForm is said of network cards, whose addresses look like the beginning of
	// a fingerprint.
	cardForm = `(?i)(?:\bmac|ether|\blladdr|\bhwaddr|\bbrd)(?: address)?[ :=]*$`
	blobForm = `\b(AAAA[A-Za-z0-9+/]{40,})={0,2}`
)

// fingerprints finds those of servers in a text, in its order, each once.
func fingerprints(text string) []Fingerprint {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), regexp.MustCompile(usersForm).MatchString)
	text = regexp.MustCompile(peersForm).ReplaceAllString(strings.Join(lines, "\n"), "")
	var out []Fingerprint
	card := regexp.MustCompile(cardForm)
	authority := regexp.MustCompile(`\bCA [\w-]+ (?:SHA256:|MD5:)?$`) // who signed a certificate is no host
	add := func(f Fingerprint, at int) {
		for _, o := range out {
			if o.Hash == f.Hash && o.Value == f.Value {
				return
			}
		}
		before := strings.ToLower(text[max(0, at-24):at])
		if authority.MatchString(text[max(0, at-64):at]) {
			return
		}
		f.Expected = strings.Contains(before, "expected") || strings.Contains(before, "equal to")
		out = append(out, f)
	}
	each := func(re string, use func(value string, at int)) {
		for _, m := range regexp.MustCompile(re).FindAllStringSubmatchIndex(text, mostFingerprints) {
			use(text[m[2]:m[3]], m[2])
		}
	}
	each(sha256Form, func(v string, at int) {
		if !isName(text, at, v) {
			add(Fingerprint{Hash: "SHA256", Value: v}, at)
		}
	})
	each(md5Form, func(v string, at int) {
		if !card.MatchString(text[max(0, at-24):at]) {
			add(Fingerprint{Hash: "MD5", Value: strings.ToLower(v)}, at)
		}
	})
	each(bareForm, func(v string, at int) {
		if len(v) == 32 {
			add(Fingerprint{Hash: "MD5", Value: colons(strings.ToLower(v))}, at)
			return
		}
		add(Fingerprint{Hash: "SHA256", Value: v}, at)
	})
	each(blobForm, func(v string, at int) {
		if blob, err := base64.RawStdEncoding.DecodeString(v); err == nil {
			sum := sha256.Sum256(blob)
			add(Fingerprint{Hash: "SHA256", Value: base64.RawStdEncoding.EncodeToString(sum[:])}, at)
		}
	})
	return out[:min(len(out), mostFingerprints)]
}

// isName tells words and names of algorithms that follow "sha256" from the
// beginning of a fingerprint: only that has digits and capitals among its letters.
func isName(text string, at int, v string) bool {
	end := at + len(v)
	const small = "abcdefghijklmnopqrstuvwxyz"
	word := strings.Trim(v[1:], small) == "" || strings.Trim(v, strings.ToUpper(small)) == ""
	return !strings.HasSuffix(strings.TrimSpace(text[:at]), ":") && (word || end < len(text) && text[end] == '-')
}

func colons(hex string) string {
	var out []string
	for i := 0; i+1 < len(hex); i += 2 {
		out = append(out, hex[i:i+2])
	}
	return strings.Join(out, ":")
}
