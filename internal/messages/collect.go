package messages

import (
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// mostPublic caps the size of a public key file, in bytes.
const mostPublic = 16 << 10

// Publics reads the public halves beside private host keys, which everybody may
// read: only they give the MD5 fingerprints that old clients show. What cannot
// be read is left out; a fingerprint of that kind is then "unknown", never "no".
func Publics(files *host.Files, private []string) []Key {
	var out []Key
	for _, path := range private {
		data, err := files.Read(path+".pub", mostPublic)
		if err != nil {
			continue
		}
		key, _, _, _, err := ssh.ParseAuthorizedKey(data)
		if err != nil {
			continue
		}
		out = append(out, Key{
			Type: key.Type(), Path: path, MD5: ssh.FingerprintLegacyMD5(key),
			SHA256: strings.TrimPrefix(ssh.FingerprintSHA256(key), "SHA256:"),
		})
	}
	return out
}
