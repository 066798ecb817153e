package fingerprint

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much must have been typed: 48 bits. By chance one key in 2.8 * 10^14
// begins like that.
const (
	LeastBase64 = 8
	LeastPairs  = 6
)

// Typed is a fingerprint, or the beginning of one, as somebody typed it off the
// screen of a client. Without a prefix it may be read in several ways.
type Typed struct {
	// base64 is the beginning of a SHA-256 fingerprint in base64, empty where it
	// cannot be one.
	base64 string
	// hex is the beginning of one in hexadecimal digits, of MD5 or of SHA-256.
	hex string
	// md5Only: a prefix said so.
	md5Only bool
}

// String is what was understood.
func (t Typed) String() string {
	switch {
	case t.base64 != "":
		return "SHA256:" + t.base64
	case len(t.hex) <= 2*md5.Size:
		return "MD5:" + colons(t.hex)
	}
	return colons(t.hex)
}

func colons(digits string) string {
	var parts []string
	for ; len(digits) > 2; digits = digits[2:] {
		parts = append(parts, digits[:2])
	}
	return strings.Join(append(parts, digits), ":")
}

// wholeBase64 is the length of a SHA-256 fingerprint: 32 octets in base64,
// without the "=" at the end.
const wholeBase64 = 43

// longest is more than any client prints around a fingerprint.
const longest = 4096

// ParseTyped finds the fingerprint in what somebody typed: one word of any form,
// or a whole line of a client. Words around it are passed over only where
// something says which of them is the fingerprint.
func ParseTyped(text string) (Typed, error) {
	if len(text) > longest {
		return Typed{}, fmt.Errorf("cannot find a fingerprint in %d bytes: give the part behind \"SHA256:\"", len(text))
	}
	words := split(text)
	if t, ok := ofPublicKey(words); ok {
		return t, nil
	}
	for i, w := range words {
		kind, rest, found := cutPrefix(w)
		if !found {
			continue
		}
		behind := words[i+1:]
		if rest != "" {
			behind = append([]string{rest}, behind...)
		}
		if rest == "" {
			behind = withoutFillers(behind)
			if len(behind) > 0 {
				rest = behind[0]
			}
		}
		if pairs := apart(behind); kind == "md5" && pairs != "" {
			rest = pairs
		}
		return ofKind(kind, trimEnd(rest))
	}
	for _, w := range words {
		if digits, ok := hexPairs(trimEnd(w)); ok {
			return ofHex(digits, false)
		}
	}
	if digits, ok := hexPairs(apart(words)); ok {
		return ofHex(digits, false)
	}
	return bare(words)
}

// split makes words of a text: what no fingerprint has in it stands between
// them, such as a quote, also one as mail programs set it.
func split(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"'`()[]{}<>,;", r) || r > '~' && !unicode.IsLetter(r)
	})
	return slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, ":=-.") == "" })
}

// withoutFillers leaves out what may stand between the name of a digest and the
// fingerprint: "SHA256 key fingerprint is ...".
func withoutFillers(words []string) []string {
	fillers := strings.Fields("the host server key fingerprint hash digest of is")
	for len(words) > 0 && slices.Contains(fillers, strings.ToLower(trimEnd(words[0]))) {
		words = words[1:]
	}
	return words
}

// apart joins pairs that stand apart, "1f c0 2b", as far as they go; empty where
// there are none.
func apart(words []string) string {
	n := 0
	for n < len(words) && len(words[n]) == 2 && isHex(strings.ToLower(words[n])) {
		n++
	}
	return strings.Join(words[:n], ":")
}

// ofPublicKey takes the fingerprint of a public key that stands there itself, as
// in a .pub file, in known_hosts or in what ssh-keyscan prints.
func ofPublicKey(words []string) (Typed, bool) {
	for _, w := range words {
		// It begins with the name of its type, RFC 4253, 6.6.
		k, ok := Read(w)
		if !ok || !keyType(k.Type) || !strungTogether(k.wire()) {
			continue
		}
		sum := sha256.Sum256(k.wire())
		return Typed{base64: base64.RawStdEncoding.EncodeToString(sum[:])}, true
	}
	return Typed{}, false
}

// strungTogether tells a whole key from the beginning of one: it is made of
// strings with their lengths before them (RFC 4251, 5), two at least.
func strungTogether(wire []byte) bool {
	n := 0
	for ; len(wire) >= 4; n++ {
		size := uint64(binary.BigEndian.Uint32(wire)) + 4
		if size > uint64(len(wire)) {
			return false
		}
		wire = wire[size:]
	}
	return n > 1 && len(wire) == 0
}

// bare reads a fingerprint without a mark: the only word, or the one behind a
// type and a size, as WinSCP shows it.
func bare(words []string) (Typed, error) {
	word, whole := "", wholes(words)
	switch {
	case len(words) == 1:
		word = words[0]
	case len(words) >= 3 && keyType(words[0]) && number(words[1]):
		word = words[2]
	case len(whole) == 1:
		word = whole[0]
	default:
		return Typed{}, errors.New("cannot find a fingerprint in that: type what stands behind \"SHA256:\" or \"MD5:\"")
	}
	word = trimEnd(word)
	if strings.HasPrefix(word, "AAAA") {
		return Typed{}, errors.New("cannot compare a part of a key: give all of it, or what stands behind \"SHA256:\"")
	}
	t, err := ofBase64(word)
	if digits := strings.ToLower(word); err == nil && isHex(digits) && len(digits) >= 2*LeastPairs {
		t.hex = digits
	}
	if err != nil && isHex(strings.ToLower(word)) && len(word) > 2*LeastPairs {
		return ofHex(strings.ToLower(word), false)
	}
	return t, err
}

// wholes are the words that have the length and the letters of a fingerprint:
// one such word among others is meant.
func wholes(words []string) []string {
	var out []string
	for _, w := range words {
		w = trimEnd(w)
		digits := isHex(strings.ToLower(w)) && (len(w) == 2*md5.Size || len(w) == 2*sha256.Size)
		if digits || len(w) == wholeBase64 && strings.IndexFunc(w, notBase64) < 0 {
			out = append(out, w)
		}
	}
	return out
}

// cutPrefix takes off the name of a digest, in any case, with what stands
// between it and the fingerprint.
func cutPrefix(word string) (kind, rest string, ok bool) {
	lower := strings.ToLower(word)
	for _, p := range []string{"sha256", "sha-256", "md5", "sha1", "sha512"} {
		if after, ok := strings.CutPrefix(lower, p); ok && (after == "" || strings.HasPrefix(after, ":") || strings.HasPrefix(after, "=")) {
			return p, strings.TrimLeft(word[len(p):], ":="), true
		}
	}
	return "", "", false
}

func ofKind(kind, text string) (Typed, error) {
	digits, colon := hexPairs(text)
	switch {
	case kind == "sha1" || kind == "sha512":
		return Typed{}, fmt.Errorf("cannot compare a fingerprint of kind %s: have the client show SHA256 or MD5", kind)
	case kind == "md5" && isHex(strings.ToLower(text)):
		return ofHex(strings.ToLower(text), true)
	case kind == "md5":
		return ofHex(digits, true)
	case colon:
		return ofHex(digits, false)
	}
	return ofBase64(text)
}

func ofBase64(text string) (Typed, error) {
	text = strings.TrimRight(text, "=")
	if i := strings.IndexFunc(text, notBase64); i >= 0 {
		odd, _ := utf8.DecodeRuneInString(text[i:])
		return Typed{}, fmt.Errorf("cannot read %.50q: %q does not occur in a SHA256 fingerprint", text, string(odd))
	}
	switch {
	case len(text) > wholeBase64:
		return Typed{}, fmt.Errorf("cannot read %.50q...: a SHA256 fingerprint has %d characters, this has %d", text, wholeBase64, len(text))
	case len(text) < LeastBase64:
		return Typed{}, fmt.Errorf("cannot tell by %q: give at least %d characters behind \"SHA256:\" (or %d pairs of MD5)", text, LeastBase64, LeastPairs)
	}
	return Typed{base64: text}, nil
}

func ofHex(digits string, md5Only bool) (Typed, error) {
	most := 2 * sha256.Size
	if md5Only {
		most = 2 * md5.Size
	}
	switch {
	case digits == "":
		return Typed{}, errors.New("cannot find a fingerprint behind \"MD5:\": it is made of pairs like 1f:c0")
	case len(digits) == 2*20:
		return Typed{}, errors.New("cannot compare a fingerprint of 20 pairs, which is SHA1: have the client show SHA256 or MD5")
	case len(digits) > most:
		return Typed{}, fmt.Errorf("cannot read %.50q...: it has more than %d pairs", colons(digits), most/2)
	case len(digits) < 2*LeastPairs:
		return Typed{}, fmt.Errorf("cannot tell by %q: give at least %d pairs (or %d characters of SHA256)", colons(digits), LeastPairs, LeastBase64)
	}
	return Typed{hex: digits, md5Only: md5Only}, nil
}

// hexPairs reads "1f:c0:2b" and "1f-c0-2b", also where the last pair is cut in half.
func hexPairs(word string) (digits string, ok bool) {
	parts := strings.Split(strings.ToLower(strings.Trim(strings.ReplaceAll(word, "-", ":"), ":")), ":")
	if len(parts) < 2 {
		return "", false
	}
	for i, p := range parts {
		if !isHex(p) || len(p) != 2 && (i < len(parts)-1 || len(p) != 1) {
			return "", false
		}
	}
	return strings.Join(parts, ""), true
}

// trimEnd takes off what stands behind a fingerprint in a sentence.
func trimEnd(s string) string { return strings.TrimRight(s, ".!?:") }

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }

func number(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func keyType(s string) bool {
	return strings.HasPrefix(s, "ssh-") || strings.HasPrefix(s, "ecdsa-sha2-") || strings.HasPrefix(s, "rsa-sha2-")
}

func notBase64(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && r != '+' && r != '/'
}
