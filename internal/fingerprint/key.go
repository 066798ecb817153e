// Package fingerprint writes a public key in every form in which people and
// their clients meet it: fingerprints as OpenSSH and PuTTY show them, the
// picture, lines of known_hosts, SSHFP records. And it reads back what somebody
// typed off a screen. It is pure: bytes in, text out.
package fingerprint

import (
	"crypto/dsa" //nolint:staticcheck // only to see the size of an old key
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Key is a public key.
type Key struct {
	// Type is the name on the wire, as in the first word of a .pub file.
	Type string
	// Bits is the size as ssh-keygen -l prints it; 0 where this program does not
	// know the type.
	Bits int
	// Public is the key on the wire (RFC 4253, 6.6) in base64, as in the second
	// word of a .pub file.
	Public string
}

// Of describes a key by how it stands on the wire; false where that is no key.
func Of(wire []byte) (Key, bool) {
	if len(wire) < 4 {
		return Key{}, false
	}
	n := uint64(binary.BigEndian.Uint32(wire))
	const longest = 64 // a name of an algorithm, RFC 4251, 6
	if n == 0 || n > longest || n > uint64(len(wire)-4) {
		return Key{}, false
	}
	name := wire[4 : 4+n]
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return Key{}, false
		}
	}
	return Key{Type: string(name), Bits: bits(wire), Public: base64.StdEncoding.EncodeToString(wire)}, true
}

// Read is Of for the base64 form.
func Read(public string) (Key, bool) {
	wire, err := base64.StdEncoding.DecodeString(public)
	if err != nil {
		return Key{}, false
	}
	return Of(wire)
}

func bits(wire []byte) int {
	pub, err := ssh.ParsePublicKey(wire)
	if err != nil {
		return 0
	}
	c, ok := pub.(ssh.CryptoPublicKey)
	if !ok {
		return 0
	}
	switch k := c.CryptoPublicKey().(type) {
	case *rsa.PublicKey:
		return k.N.BitLen()
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize
	case *dsa.PublicKey:
		return k.P.BitLen()
	case ed25519.PublicKey:
		return 8 * len(k)
	}
	return 0
}

func (k Key) wire() []byte {
	wire, err := base64.StdEncoding.DecodeString(k.Public)
	if err != nil {
		return nil
	}
	return wire
}

// SHA256 is the fingerprint as OpenSSH shows it from 6.8 on and PuTTY from 0.76
// on: "SHA256:" and 43 characters of base64.
func (k Key) SHA256() string {
	sum := sha256.Sum256(k.wire())
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// MD5 is the fingerprint as OpenSSH shows it with FingerprintHash=md5; before
// 6.8, and in PuTTY, it stands without the "MD5:".
func (k Key) MD5() string {
	sum := md5.Sum(k.wire())
	return "MD5:" + strings.Join(pairs(sum[:]), ":")
}

func pairs(sum []byte) []string {
	out := make([]string, len(sum))
	for i, b := range sum {
		out[i] = hex.EncodeToString([]byte{b})
	}
	return out
}

// Label is how ssh-keygen -l shows the type: ED25519.
func (k Key) Label() string { return Label(k.Type) }

// Label is how ssh-keygen -l shows a type.
func Label(wire string) string {
	switch {
	case strings.HasPrefix(wire, "ecdsa-sha2-"):
		return "ECDSA"
	case wire == "ssh-dss":
		return "DSA"
	}
	return strings.ToUpper(strings.TrimPrefix(wire, "ssh-"))
}

// PuTTY is the type and size as PuTTY and its kin show them before the
// fingerprint: an Ed25519 key has 255 bits there (RFC 8032, 5.1).
func (k Key) PuTTY() string {
	size := k.Bits
	if k.Type == "ssh-ed25519" {
		size = 255
	}
	return fmt.Sprintf("%s %d", k.Type, size)
}
