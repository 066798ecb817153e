package fingerprint

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
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

// Likeness says how a typed text stands to a key.
type Likeness int

// The ways in which they can compare.
const (
	Different Likeness = iota
	// Alike: they differ only in what is easily confused on a screen: upper and
	// lower case, l with 1 or I, O with 0.
	Alike
	Same
)

// Compare tells whether a key has a fingerprint that begins as typed.
func (t Typed) Compare(k Key) Likeness {
	shaSum, md5Sum := sha256.Sum256(k.wire()), md5.Sum(k.wire())
	sha := base64.RawStdEncoding.EncodeToString(shaSum[:])
	best := Different
	if t.hex != "" {
		if strings.HasPrefix(hex.EncodeToString(md5Sum[:]), t.hex) ||
			!t.md5Only && strings.HasPrefix(hex.EncodeToString(shaSum[:]), t.hex) {
			return Same
		}
	}
	switch {
	case t.base64 == "":
	case strings.HasPrefix(sha, t.base64):
		return Same
	case strings.HasPrefix(confusable(sha), confusable(t.base64)):
		best = Alike
	}
	return best
}

// Slip is where what was typed first differs from the SHA-256 fingerprint of a
// key: counted from 1 behind "SHA256:", with both characters.
func (t Typed) Slip(k Key) (at int, typed, has byte) {
	sha := strings.TrimPrefix(k.SHA256(), "SHA256:")
	for i := 0; i < min(len(sha), len(t.base64)); i++ {
		if sha[i] != t.base64[i] {
			return i + 1, t.base64[i], sha[i]
		}
	}
	return 0, 0, 0
}

func confusable(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '1', 'I', 'i':
			return 'l'
		case '0':
			return 'o'
		}
		return r
	}, strings.ToLower(s))
}

// longest is more than any client prints around a fingerprint.
const longest = 4096

// ParseTyped finds the fingerprint in what somebody typed: one word of any form,
// or a whole line of a client. Words around it are passed over only where
// something says which of them is the fingerprint.
func ParseTyped(text string) (Typed, error) {
	if len(text) > longest {
		return Typed{}, fmt.Errorf("cannot find a fingerprint in %d bytes: give the part behind \"SHA256:\"", len(text))
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'`()[]{}<>,;", r) })
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
		if rest == "" && len(behind) > 0 {
			rest = behind[0]
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
	for i := 1; i < len(words); i++ {
		blob, err := base64.StdEncoding.DecodeString(words[i])
		// It begins with the name of its type, RFC 4253, 6.6.
		name := words[i-1]
		if err != nil || !keyType(name) || len(blob) < 4+len(name) || string(blob[4:4+len(name)]) != name {
			continue
		}
		sum := sha256.Sum256(blob)
		return Typed{base64: base64.RawStdEncoding.EncodeToString(sum[:])}, true
	}
	return Typed{}, false
}

// bare reads a fingerprint without a mark: the only word, or the one behind a
// type and a size, as WinSCP shows it.
func bare(words []string) (Typed, error) {
	word := ""
	switch {
	case len(words) == 1:
		word = words[0]
	case len(words) >= 3 && keyType(words[0]) && number(words[1]):
		word = words[2]
	default:
		return Typed{}, errors.New("cannot find a fingerprint in that: type what stands behind \"SHA256:\" or \"MD5:\"")
	}
	word = trimEnd(word)
	t, err := ofBase64(word)
	if digits := strings.ToLower(word); err == nil && isHex(digits) && len(digits) >= 2*LeastPairs {
		t.hex = digits
	}
	if err != nil && isHex(strings.ToLower(word)) && len(word) > 2*LeastPairs {
		return ofHex(strings.ToLower(word), false)
	}
	return t, err
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
	const whole = 43 // 32 octets in base64, without the "=" at the end
	text = strings.TrimRight(text, "=")
	if i := strings.IndexFunc(text, notBase64); i >= 0 {
		return Typed{}, fmt.Errorf("cannot read %.50q: %q does not occur in a SHA256 fingerprint", text, text[i:i+1])
	}
	switch {
	case len(text) > whole:
		return Typed{}, fmt.Errorf("cannot read %.50q...: a SHA256 fingerprint has %d characters, this has %d", text, whole, len(text))
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
