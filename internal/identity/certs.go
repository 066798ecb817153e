package identity

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// readCert reads one host certificate.
func readCert(h *host.Host, p string) Cert {
	c := Cert{Path: p}
	data, err := h.Files.Read(p, 64<<10)
	switch {
	case host.IsAbsent(err):
		c.State, c.Detail = CertAbsent, "no such file"
		return c
	case err != nil:
		c.State, c.Detail = CertUnread, printable(err.Error())
		return c
	}
	if st, err := h.Files.Stat(p); err == nil {
		c.Written = st.MTime
	}
	parseCert(data, &c)
	return c
}

// parseCert reads what ssh-keygen -s writes: one line, the type, base64, a
// comment.
func parseCert(data []byte, c *Cert) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		c.State, c.Detail = NotACert, "it holds no public key"
		if kind := firstWord(data); strings.Contains(kind, "-cert-v") {
			// Of a type that this program does not know, or torn.
			c.State, c.Detail = CertUnread, fmt.Sprintf("cannot read a certificate of type %.60q", kind)
		}
		return
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		c.State, c.Detail = NotACert, "it holds a plain "+key.Type()+" key"
		return
	}
	c.State, c.User = CertRead, cert.CertType == ssh.UserCert
	c.SHA256, c.CA = ssh.FingerprintSHA256(cert.Key), ssh.FingerprintSHA256(cert.SignatureKey)
	c.KeyID = printable(cert.KeyId)
	for _, name := range cert.ValidPrincipals[:min(len(cert.ValidPrincipals), mostNames)] {
		c.Names = append(c.Names, printable(name))
	}
	if cert.Signature != nil {
		c.Signed = printable(cert.Signature.Format)
	}
	c.After, c.Before = moment(cert.ValidAfter), moment(cert.ValidBefore)
}

// mostNames is how many names of a certificate are looked at.
const mostNames = 256

// moment is a bound of validity: seconds since 1970, 0 or all ones for none.
func moment(seconds uint64) time.Time {
	const last = 1 << 40 // the year 36812
	if seconds == 0 || seconds >= last {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

func firstWord(data []byte) string {
	for line := range bytes.Lines(data) {
		if f := bytes.Fields(line); len(f) > 0 && f[0][0] != '#' {
			return string(f[0])
		}
	}
	return ""
}
