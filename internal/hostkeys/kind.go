package hostkeys

import (
	"fmt"
	"path"
	"strings"
	"unicode"
)

// Kind is what sort of key is to be made.
type Kind struct {
	// Type is the word that ssh-keygen -t takes.
	Type string
	// Bits is the size of an RSA modulus or of an elliptic curve; 0 where the type
	// has only one.
	Bits int
}

// The types by the words that ssh-keygen -t takes.
const (
	typeEd25519 = "ed25519"
	typeECDSA   = "ecdsa"
	typeRSA     = "rsa"
	typeDSA     = "dsa"
	typeXMSS    = "xmss"
	typeMLDSA   = "mldsa44-ed25519"
)

// Sizes of new RSA keys: the default of ssh-keygen since OpenSSH 8.0, and the
// largest that a lost key can ask for (beyond it the search takes many seconds).
const (
	rsaBits    = 3072
	rsaMaxBits = 4096
)

func (k Kind) String() string {
	if k.Bits == 0 {
		return k.Type
	}
	return fmt.Sprintf("%s-%d", k.Type, k.Bits)
}

// label is how ssh-keygen -l shows the type.
func (k Kind) label() string { return strings.ToUpper(k.Type) }

// slow tells whether making such a key takes long enough to be felt.
func (k Kind) slow() bool { return k.Type == typeRSA }

// foreign: only the ssh-keygen of the box can make such a key.
func (k Kind) foreign() bool { return k.Type == typeMLDSA }

// unmade tells whether keys of this type are never made: OpenSSH has dropped DSA
// (10.0) and XMSS (10.1).
func unmade(word string) bool { return word == typeDSA || word == typeXMSS }

// typeWord turns a type on the wire into the word that ssh-keygen -t takes;
// empty for what it does not know.
func typeWord(wire string) string {
	switch {
	case wire == "ssh-rsa":
		return typeRSA
	case wire == "ssh-ed25519":
		return typeEd25519
	case wire == "ssh-dss":
		return typeDSA
	case wire == "ssh-mldsa44-ed25519":
		return typeMLDSA
	case strings.HasPrefix(wire, "ecdsa-sha2-nistp"):
		return typeECDSA
	case strings.HasPrefix(wire, "ssh-xmss"):
		return typeXMSS
	}
	return ""
}

// nameWord finds a type in the name of a key file, as in ssh_host_rsa_key.
func nameWord(file string) string {
	tokens := strings.FieldsFunc(strings.ToLower(path.Base(file)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	// mldsa44_ed25519 holds two of the words, so the longest come first.
	for _, w := range []struct{ start, word string }{
		{"mldsa44", typeMLDSA}, {"ed25519", typeEd25519}, {"ecdsa", typeECDSA},
		{"rsa", typeRSA}, {"dsa", typeDSA}, {"dss", typeDSA}, {"xmss", typeXMSS},
	} {
		for _, t := range tokens {
			if strings.HasPrefix(t, w.start) {
				return w.word
			}
		}
	}
	return ""
}

// defaultKind is what ssh-keygen makes of a type when no size is given.
func defaultKind(word string) Kind {
	switch word {
	case typeRSA:
		return Kind{word, rsaBits}
	case typeECDSA:
		return Kind{word, 256}
	}
	return Kind{Type: word}
}

// hint tells what kind of key belongs at a path: what is left of the key itself
// says, else what the name says, else what the public half says. Where the two
// agree, the size is that of the public half, so that a lost key is not followed
// by a weaker one.
func hint(k Key) (Kind, bool) {
	pub, word := k.Pub.Identity, nameWord(k.Path)
	if k.SHA256 != "" {
		pub, word = k.Identity, typeWord(k.Type)
	}
	known := typeWord(pub.Type)
	if word == "" {
		word = known
	}
	if word == "" {
		return Kind{}, false
	}
	kind := defaultKind(word)
	if word == known {
		switch word {
		case typeRSA:
			kind.Bits = min(max(pub.Bits, rsaBits), rsaMaxBits)
		case typeECDSA:
			kind.Bits = pub.Bits
		}
	}
	return kind, true
}

// plan says what kind of key belongs at each path. Where nothing tells, it is
// the best type that no other configured key has: sshd uses one key of a type.
func (f Facts) plan() map[string]Kind {
	out, taken := map[string]Kind{}, map[string]bool{}
	for _, k := range f.Keys {
		if kind, ok := hint(k); ok {
			out[k.Path] = kind
			taken[kind.Type] = true
		}
	}
	for _, k := range f.Keys {
		if _, ok := out[k.Path]; !ok {
			word := f.free(taken)
			out[k.Path] = defaultKind(word)
			taken[word] = true
		}
	}
	return out
}

func (f Facts) free(taken map[string]bool) string {
	for _, word := range []string{typeEd25519, typeECDSA, typeRSA} {
		if !taken[word] && !f.forbidden(word) {
			return word
		}
	}
	return typeECDSA
}

// forbidden tells whether keys of a type may not be used here: FIPS 140 leaves
// RSA and ECDSA (Red Hat's sshd-keygen skips the rest in that mode).
func (f Facts) forbidden(word string) bool {
	return f.FIPS && word != typeRSA && word != typeECDSA
}
