package hostkeys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"golang.org/x/crypto/ssh"
)

// reading is what is known of a private key file when it has been parsed. It
// holds nothing of the secret.
type reading struct {
	state State
	// public is the public half as it stands on the wire; nil when not known.
	public []byte
	// keyLike: somebody meant this to be a private key.
	keyLike bool
	// doubt: the format has variants that the parser here does not know.
	doubt  bool
	detail string
}

const (
	beginMark = "-----BEGIN "
	endMark   = "-----END "
	markTail  = "-----"
	openssh   = "OPENSSH PRIVATE KEY"
)

// parsePrivate judges the content of a private key file. The caller clears data;
// what is derived from it is cleared here. No error of a parser is passed on: it
// could quote the secret.
func parsePrivate(data []byte) reading {
	if len(data) == 0 {
		return reading{state: Empty, keyLike: true}
	}
	text := salvage(data)
	defer clear(text.der)
	switch {
	case text.label == "":
		return notPEM(data)
	case text.encrypted:
		return reading{state: Encrypted, keyLike: true}
	case text.der == nil:
		return damaged(text)
	}
	r := parseDER(text)
	if r.state == Whole && !sshdTakes(data, text.label) {
		r.state, r.detail = Misformed, "the key is whole, but sshd does not take its text"
	}
	return r
}

func damaged(text pemText) reading {
	r := reading{state: Damaged, keyLike: true, detail: "what stands between its first and last line is damaged"}
	if !text.closed {
		r.detail = "it is cut short"
	}
	return r
}

func notPEM(data []byte) reading {
	if blob, err := parsePublic(data); err == nil {
		return reading{state: PublicOnly, public: blob, detail: "it holds a public key, not a private one"}
	}
	if len(bytes.Trim(data, "\x00 \t\r\n")) == 0 {
		detail := "there is nothing but white space in it"
		if data[0] == 0 {
			detail = "there is nothing but zeros in it"
		}
		return reading{state: Damaged, keyLike: true, detail: detail}
	}
	return reading{state: Damaged, detail: "it does not begin like a private key"}
}

// parseDER parses what stood between the first and the last line.
func parseDER(text pemText) reading {
	var c container
	if text.label == openssh {
		var err error
		if c, err = parseContainer(text.der); err != nil {
			return damaged(text)
		}
		if c.cipher != "none" {
			return reading{state: Encrypted, public: bytes.Clone(c.public), keyLike: true}
		}
		if !c.sound() {
			return damaged(text)
		}
		if name, _, _ := cutString(c.public); !known(string(name)) {
			return reading{state: Whole, public: bytes.Clone(c.public), keyLike: true}
		}
		if c.wholeRSA() {
			return reading{state: Whole, public: bytes.Clone(c.public), keyLike: true}
		}
	}
	canonical := pem.EncodeToMemory(&pem.Block{Type: text.label, Bytes: text.der})
	defer clear(canonical)
	raw, err := ssh.ParseRawPrivateKey(canonical)
	if err != nil {
		return unparsed(text, c)
	}
	defer forget(raw)
	signer, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return unparsed(text, c)
	}
	r := reading{state: Whole, public: signer.PublicKey().Marshal(), keyLike: true}
	switch {
	case c.public != nil && !bytes.Equal(c.public, r.public):
		// sshd refuses such a file as well (sshkey.c, private2 format).
		r = damaged(text)
	case !consistent(raw):
		r.state, r.detail = Inconsistent, "its secret does not belong to its public half"
	}
	return r
}

// unparsed is what sshd may still be able to use.
func unparsed(text pemText, c container) reading {
	r := damaged(text)
	r.public, r.doubt = bytes.Clone(c.public), text.label != openssh
	if name, _, _ := cutString(c.public); typeWord(string(name)) == typeDSA {
		// x/crypto/ssh does not read DSA keys in this format.
		r.state, r.detail = Whole, ""
	}
	return r
}

// consistent tells whether the secret and the public half of a key belong
// together. For RSA and ECDSA the parser has seen to that.
func consistent(raw any) bool {
	k, ok := raw.(*ed25519.PrivateKey)
	if !ok {
		return true
	}
	again := ed25519.NewKeyFromSeed(k.Seed())
	defer clear(again)
	return k.Equal(again)
}

// forget overwrites the secret of a key. What the standard library has copied
// elsewhere in memory is out of reach; Protect keeps it out of core dumps.
func forget(raw any) {
	switch k := raw.(type) {
	case *rsa.PrivateKey:
		if k == nil {
			return
		}
		wipe(k.D, k.Precomputed.Dp, k.Precomputed.Dq, k.Precomputed.Qinv)
		wipe(k.Primes...)
	case *ecdsa.PrivateKey:
		wipe(k.D) //nolint:staticcheck // there is no other way to overwrite it
	case *ed25519.PrivateKey:
		clear(*k)
	case ed25519.PrivateKey:
		clear(k)
	}
}

// pemText is what could be had of a PEM file, however its text was mangled.
type pemText struct {
	label string
	// closed: the last line is there.
	closed    bool
	encrypted bool
	// der is what the lines between held; nil when it could not be decoded.
	der []byte
}

// salvage finds a private key in PEM also where line ends, indentation or the
// last line were lost on the way, as they are when a key is pasted.
func salvage(data []byte) pemText {
	_, rest, ok := bytes.Cut(data, []byte(beginMark))
	if !ok {
		return pemText{}
	}
	label, rest, ok := bytes.Cut(rest, []byte(markTail))
	if !ok || len(label) > 40 || !bytes.HasSuffix(label, []byte("PRIVATE KEY")) {
		return pemText{}
	}
	t := pemText{label: string(label)}
	body, _, closed := bytes.Cut(rest, []byte(endMark+t.label+markTail))
	t.closed = closed
	if !closed {
		body, _, _ = bytes.Cut(body, []byte(markTail))
	}
	// RFC 1421 headers say how an old key is encrypted; PKCS #8 says it in the
	// label.
	if closed && (bytes.Contains(body, []byte("ENCRYPTED")) || strings.HasPrefix(t.label, "ENCRYPTED")) {
		t.encrypted = true
		return t
	}
	t.der = decodeBody(body)
	return t
}

func decodeBody(body []byte) []byte {
	packed := make([]byte, 0, len(body))
	defer func() { clear(packed[:cap(packed)]) }()
	for i := 0; i < len(body); i++ {
		switch c := body[i]; c {
		case ' ', '\t', '\r', '\n', '=':
		case '\\':
			i++ // "\n" as it is written in JSON
		default:
			packed = append(packed, c)
		}
	}
	der := make([]byte, base64.RawStdEncoding.DecodedLen(len(packed)))
	if _, err := base64.RawStdEncoding.Decode(der, packed); err != nil || len(der) == 0 {
		clear(der)
		return nil
	}
	return der
}

// sshdTakes tells whether sshd takes the text around a whole key. OpenSSH reads
// its own format strictly: the first line must be the first of the file and end
// in a bare newline, and so must the last (sshkey.c, private2_uudecode; seen
// with 8.4, 9.2, 10.0 and 10.6). Other formats go to libcrypto, which is lenient.
func sshdTakes(data []byte, label string) bool {
	if label != openssh {
		block, _ := pem.Decode(data)
		if block == nil {
			return false
		}
		clear(block.Bytes)
		return true
	}
	return bytes.HasPrefix(data, []byte(beginMark+openssh+markTail+"\n")) &&
		bytes.Contains(data, []byte("\n"+endMark+openssh+markTail+"\n"))
}

// canonicalText writes the same key in the text form that sshd takes; nil when
// there is no whole key in data. The caller clears it.
func canonicalText(data []byte) []byte {
	text := salvage(data)
	defer clear(text.der)
	if text.der == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: text.label, Bytes: text.der})
}
