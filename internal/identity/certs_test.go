package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Made with ssh-keygen 9.2: -s ca -I box -h -n box -V 20260101:20270101, the key
// that it certifies, and one for a user, valid for ever.
const (
	hostCert = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIPNKgVW/6nC2pHifZdcfkSBiO+8LoTQFKOV+gzMdp7sNAAAAIKpq5g6YR0uX9pGU0JcY64KoulDKrBIFHeiUSMdbUwT9AAAAAAAAAAAAAAACAAAAA2JveAAAAAcAAAADYm94AAAAAGlVuQAAAAAAazbsgAAAAAAAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgUhgotQBgDUVjQ+hGjiPUNNyx4pO33OWRJMbcxb06RckAAABTAAAAC3NzaC1lZDI1NTE5AAAAQDenkLjyG/zDQayLbEJmdfYYEjVOxDDK+6kiSkwDAL+5fMcTMWi6GyNOZ3UVXbKrs0Qbr0jCrDjWQJ2OzwA+NQo= box\n"
	hostKey  = "SHA256:4P2+5A6j33Obz/ESWq1KWB3k4ZgfLOnBw1IDiYvRd0c"
	userCert = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIBDzWS/B9QgXbKeGESmCfrM9hNJyPzTCmtT2Dpnry5jlAAAAIKpq5g6YR0uX9pGU0JcY64KoulDKrBIFHeiUSMdbUwT9AAAAAAAAAAAAAAABAAAABHVzZXIAAAAIAAAABHJvb3QAAAAAAAAAAP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAAAAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgUhgotQBgDUVjQ+hGjiPUNNyx4pO33OWRJMbcxb06RckAAABTAAAAC3NzaC1lZDI1NTE5AAAAQH+A9JG+utFmfKAFd6bskP+zBOT3PZmGdE03DoNHDKe3thpGXIP8PsfANCyu7umtcz/e1ykBsaldg2ZZTaMrTQE= box\n"
)

func TestParseCert(t *testing.T) {
	var c Cert
	parseCert([]byte(hostCert), &c)
	if c.State != CertRead || c.User || c.SHA256 != hostKey || c.KeyID != "box" || !strings.HasPrefix(c.CA, "SHA256:") {
		t.Errorf("%+v", c)
	}
	if len(c.Names) != 1 || c.Names[0] != "box" || c.Signed != "ssh-ed25519" {
		t.Errorf("for %q, signed with %s", c.Names, c.Signed)
	}
	if !c.After.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) || c.Before.Sub(c.After) != 365*24*time.Hour {
		t.Errorf("valid from %s to %s", c.After, c.Before)
	}
	c = Cert{}
	parseCert([]byte("# a comment\n"+userCert), &c)
	if c.State != CertRead || !c.User || !c.After.IsZero() || !c.Before.IsZero() {
		t.Errorf("%+v", c)
	}
}

func TestParseCertRefuses(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want CertState
	}{
		{string(ssh.MarshalAuthorizedKey(plain)), NotACert},
		{"", NotACert},
		{"rubbish\n", NotACert},
		{"-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n", NotACert},
		{hostCert[:len(hostCert)/2], CertUnread},
		{"ssh-mldsa44-ed25519-cert-v01@openssh.com AAAA box\n", CertUnread},
	} {
		var got Cert
		parseCert([]byte(c.text), &got)
		if got.State != c.want || got.Detail == "" || strings.Contains(got.Detail, "secret") {
			t.Errorf("%.40q: %+v", c.text, got)
		}
	}
}

func FuzzParseCert(f *testing.F) {
	f.Add([]byte(hostCert))
	f.Add([]byte(userCert))
	f.Add([]byte("ssh-ed25519 AAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Cert
		parseCert(data, &c)
		if c.State == CertRead && (!strings.HasPrefix(c.SHA256, "SHA256:") || c.Detail != "") || c.State == "" {
			t.Errorf("%+v", c)
		}
		if strings.ContainsAny(c.KeyID, "\x1b\n") {
			t.Errorf("%q", c.KeyID)
		}
	})
}

func TestMoment(t *testing.T) {
	for seconds, zero := range map[uint64]bool{0: true, 1 << 63: true, ssh.CertTimeInfinity: true, 1700000000: false} {
		if got := moment(seconds); got.IsZero() != zero {
			t.Errorf("%d: %s", seconds, got)
		}
	}
}
