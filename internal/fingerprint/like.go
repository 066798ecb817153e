package fingerprint

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Likeness says how a typed text stands to a key.
type Likeness int

// The ways in which they can compare.
const (
	Different Likeness = iota
	// Partly: as much as is asked for at least stands in both, and around it they
	// differ: a character was missed, or it was not typed from the beginning.
	Partly
	// Alike: they differ only in what is easily confused on a screen: upper and
	// lower case, l with 1 or I, O with 0.
	Alike
	Same
)

// Compare tells whether a key has a fingerprint that begins as typed.
func (t Typed) Compare(k Key) Likeness {
	sha, shaHex, md5Hex := k.sums()
	switch {
	case t.hex != "" && (strings.HasPrefix(md5Hex, t.hex) || !t.md5Only && strings.HasPrefix(shaHex, t.hex)):
		return Same
	case t.base64 != "" && strings.HasPrefix(sha, t.base64):
		return Same
	case t.base64 != "" && strings.HasPrefix(confusable(sha), confusable(t.base64)):
		return Alike
	case share(confusable(t.base64), confusable(sha), LeastBase64), share(t.hex, md5Hex, 2*LeastPairs),
		!t.md5Only && share(t.hex, shaHex, 2*LeastPairs):
		return Partly
	}
	return Different
}

// sums are the fingerprints of a key without what they are called: in base64 and
// as digits.
func (k Key) sums() (sha, shaHex, md5Hex string) {
	shaSum, md5Sum := sha256.Sum256(k.wire()), md5.Sum(k.wire())
	return base64.RawStdEncoding.EncodeToString(shaSum[:]), hex.EncodeToString(shaSum[:]), hex.EncodeToString(md5Sum[:])
}

// share tells whether so many characters in a row stand in both.
func share(a, b string, least int) bool {
	for i := 0; i+least <= len(a); i++ {
		if strings.Contains(b, a[i:i+least]) {
			return true
		}
	}
	return false
}

// Slip is where what was typed first differs from the fingerprint of a key, with
// what stands there in both.
func (t Typed) Slip(k Key) (where, typed, has string) {
	sha, shaHex, md5Hex := k.sums()
	for i := 0; i < min(len(sha), len(t.base64)) && !share(t.hex, md5Hex, 2*LeastPairs); i++ {
		if sha[i] != t.base64[i] {
			return fmt.Sprintf("character %d behind SHA256:", i+1), t.base64[i : i+1], sha[i : i+1]
		}
	}
	if len(t.hex) > len(md5Hex) || !share(t.hex, md5Hex, 2*LeastPairs) {
		md5Hex = shaHex
	}
	for i := 0; i < len(t.hex); i += 2 {
		if end := min(i+2, len(t.hex)); md5Hex[i:end] != t.hex[i:end] {
			return fmt.Sprintf("pair %d:", i/2+1), t.hex[i:end], md5Hex[i:end]
		}
	}
	return "", "", ""
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
