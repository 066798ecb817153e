package hostkeys

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// parsePublic reads the public key in the text of a .pub file: like sshd, the
// first line that is neither empty nor a comment. It returns the key as it
// stands on the wire.
func parsePublic(text []byte) ([]byte, error) {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		fields := bytes.Fields(line)
		if len(fields) < 2 {
			return nil, fmt.Errorf("cannot find a type and a key in %s", quote(line))
		}
		blob, err := base64.StdEncoding.DecodeString(string(fields[1]))
		if err != nil {
			return nil, fmt.Errorf("cannot decode the key in %s", quote(line))
		}
		name, rest, ok := cutString(blob)
		if !ok || len(rest) == 0 || string(name) != string(fields[0]) {
			return nil, fmt.Errorf("cannot find a key of the type that is named in %s", quote(line))
		}
		if known(string(name)) {
			if _, err := ssh.ParsePublicKey(blob); err != nil {
				return nil, fmt.Errorf("cannot read the key in %s", quote(line))
			}
		}
		return blob, nil
	}
	return nil, errors.New("cannot find a public key: there is no line in it")
}

// quote shows the beginning of a line of a public file.
func quote(line []byte) string {
	const most = 40
	if len(line) > most {
		return fmt.Sprintf("%q...", line[:most])
	}
	return fmt.Sprintf("%q", line)
}

// known tells whether x/crypto/ssh reads keys of this type.
func known(wire string) bool {
	switch typeWord(wire) {
	case typeRSA, typeECDSA, typeEd25519, typeDSA:
		return true
	}
	return false
}

// identify describes a key by its public half as it stands on the wire.
func identify(blob []byte) Identity {
	k, ok := fingerprint.Of(blob)
	if !ok {
		return Identity{}
	}
	return Identity{Type: k.Type, Bits: k.Bits, SHA256: k.SHA256(), Public: k.Public}
}

// fingerprintOf is what ssh-keygen -l prints.
func fingerprintOf(blob []byte) string { return identify(blob).SHA256 }

// container is the file format of OpenSSH (PROTOCOL.key), for every type of key,
// also those that x/crypto/ssh does not know.
type container struct {
	cipher string
	public []byte
	// private is the section of the secret, in clear when cipher is "none".
	private []byte
}

const containerMagic = "openssh-key-v1\x00"

// errContainer never says what was found: the input is secret.
var errContainer = errors.New("cannot find a whole OpenSSH key in it")

// parseContainer takes the file apart without a look at the secret.
func parseContainer(der []byte) (container, error) {
	rest, ok := bytes.CutPrefix(der, []byte(containerMagic))
	if !ok {
		return container{}, errContainer
	}
	var parts [3][]byte // cipher, key derivation, its options
	for i := range parts {
		if parts[i], rest, ok = cutString(rest); !ok {
			return container{}, errContainer
		}
	}
	if len(rest) < 4 || !bytes.Equal(rest[:4], []byte{0, 0, 0, 1}) {
		return container{}, errContainer
	}
	c := container{cipher: string(parts[0])}
	if c.public, rest, ok = cutString(rest[4:]); !ok {
		return container{}, errContainer
	}
	if c.private, rest, ok = cutString(rest); !ok {
		return container{}, errContainer
	}
	// An authenticated cipher puts its tag behind the section.
	if c.cipher == "none" && len(rest) != 0 {
		return container{}, errContainer
	}
	return c, nil
}

// sound tells whether the section of the secret looks as it should, as far as
// that can be told without knowing the type: the two check numbers agree, the
// type is that of the public half, and the length is a multiple of the block.
func (c container) sound() bool {
	if len(c.private) < 8 || len(c.private)%8 != 0 || !bytes.Equal(c.private[:4], c.private[4:8]) {
		return false
	}
	inner, rest, ok := cutString(c.private[8:])
	if !ok || len(rest) == 0 {
		return false
	}
	outer, rest, ok := cutString(c.public)
	return ok && len(rest) != 0 && bytes.Equal(inner, outer)
}

// cutString takes one string of RFC 4251 section 5 off the front of b.
func cutString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
	if n > int64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}
