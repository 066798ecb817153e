package hostkeys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// lines applies f to each line of a text.
func lines(text []byte, f func(string) string) []byte {
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		out.WriteString(f(strings.TrimSuffix(line, "\n")))
	}
	return []byte(out.String())
}

// TestForms: what sshd takes and what it refuses was asked of 8.4, 9.2, 10.0 and
// 10.6 with "sshd -t -d -h FILE".
func TestForms(t *testing.T) {
	ed, edPub := newKey(t, "-t", "ed25519")
	ec, _ := newKey(t, "-t", "ecdsa", "-b", "521", "-m", "PKCS8")
	old, _ := newKey(t, "-t", "rsa", "-b", "2048", "-m", "PEM")
	body := func(k []byte) []byte { return bytes.Join(bytes.Split(k, []byte("\n"))[1:3], []byte("\n")) }
	cases := []struct {
		name string
		data []byte
		want State
	}{
		{"OpenSSH", ed, Whole},
		{"PKCS #8", ec, Whole},
		{"PEM", old, Whole},
		{"something behind it", append(bytes.Clone(ed), "junk\n"...), Whole},
		{"CR in its middle", bytes.Replace(ed, []byte("\n"+string(body(ed)[:10])), []byte("\n\r"+string(body(ed)[:10])), 1), Whole},
		{"white space at line ends", lines(ed, func(l string) string {
			if strings.HasPrefix(l, "-") {
				return l + "\n"
			}
			return l + " \n"
		}), Whole},
		{"PEM, CRLF", lines(old, func(l string) string { return l + "\r\n" }), Whole},
		{"PEM, no newline at the end", bytes.TrimSpace(old), Whole},
		{"PEM, text before it", append([]byte("my key\n"), old...), Whole},

		{"CRLF", lines(ed, func(l string) string { return l + "\r\n" }), Misformed},
		{"no newline at the end", bytes.TrimSpace(ed), Misformed},
		{"empty line before it", append([]byte("\n"), ed...), Misformed},
		{"byte order mark", append([]byte("\xef\xbb\xbf"), ed...), Misformed},
		{"indented", lines(ed, func(l string) string { return "    " + l + "\n" }), Misformed},
		{"newlines as in JSON", lines(ed, func(l string) string { return l + `\n` }), Misformed},
		{"last line cut", ed[:len(ed)-20], Misformed},
		{"PEM, indented", lines(old, func(l string) string { return "  " + l + "\n" }), Misformed},

		{"nothing", nil, Empty},
		{"zeros", make([]byte, 400), Damaged},
		{"zeros from the middle on", append(bytes.Clone(ed[:200]), make([]byte, 200)...), Damaged},
		{"white space", []byte("\n \n"), Damaged},
		{"cut", ed[:200], Damaged},
		{"first line only", ed[:37], Damaged},
		{"PEM, cut", old[:900], Damaged},
		{"a line lost", append(bytes.Clone(ed[:36]), ed[36+71:]...), Damaged},
		{"garbage between the lines", []byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), Damaged},
		{"another kind of file", []byte("root:x:0:0:root:/root:/bin/sh\n"), Damaged},
		{"a certificate", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), Damaged},
		{"its public half", edPub, PublicOnly},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := parsePrivate(c.data)
			if r.state != c.want {
				t.Fatalf("%s (%s), want %s", r.state, r.detail, c.want)
			}
			if (r.state == Whole || r.state == Misformed) && len(r.public) == 0 {
				t.Error("no public half")
			}
			if r.state != Misformed {
				return
			}
			again := parsePrivate(canonicalText(c.data))
			if again.state != Whole || !bytes.Equal(again.public, r.public) {
				t.Errorf("rewritten it is %s (%s), or another key", again.state, again.detail)
			}
		})
	}
}

// TestIdentities compares with what ssh-keygen says of the same files.
func TestIdentities(t *testing.T) {
	for _, args := range [][]string{
		{"-t", "ed25519"}, {"-t", "rsa", "-b", "1024"}, {"-t", "rsa", "-b", "3072"}, {"-t", "rsa", "-b", "2048", "-m", "PEM"},
		{"-t", "ecdsa", "-b", "256"}, {"-t", "ecdsa", "-b", "384"}, {"-t", "ecdsa", "-b", "521"}, {"-t", "ecdsa", "-b", "256", "-m", "PEM"},
	} {
		private, public := newKey(t, args...)
		r := parsePrivate(private)
		if r.state != Whole {
			t.Errorf("%q: %s", args, r.state)
			continue
		}
		blob, err := parsePublic(public)
		if err != nil || !bytes.Equal(blob, r.public) {
			t.Errorf("%q: the public half differs from the .pub file (%v)", args, err)
		}
		p := filepath.Join(t.TempDir(), "k.pub")
		if err := os.WriteFile(p, public, 0o600); err != nil {
			t.Fatal(err)
		}
		id := identify(blob)
		// "256 SHA256:... root@box (ED25519)"
		said := strings.Fields(string(sshKeygen(t, "-l", "-f", p)))
		if id.SHA256 != said[1] || said[0] != itoa(id.Bits) || said[3] != "("+(Kind{Type: typeWord(id.Type)}).label()+")" {
			t.Errorf("%q: %+v, and ssh-keygen says %q", args, id, said)
		}
	}
}

func itoa(n int) string { return strings.TrimPrefix(Kind{"x", n}.String(), "x-") }

func TestEncrypted(t *testing.T) {
	for _, args := range [][]string{{"-t", "ed25519"}, {"-t", "rsa", "-b", "2048", "-m", "PEM"}, {"-t", "ecdsa", "-m", "PKCS8"}} {
		p := filepath.Join(t.TempDir(), "k")
		sshKeygen(t, append([]string{"-q", "-N", "secret", "-f", p}, args...)...)
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		r := parsePrivate(data)
		if r.state != Encrypted {
			t.Errorf("%q: %s, want encrypted", args, r.state)
		}
		if r = parsePrivate(data[:len(data)/2]); r.state != Damaged {
			t.Errorf("half of %q: %s, want damaged", args, r.state)
		}
	}
}

// container builds a key file as PROTOCOL.key describes it.
func buildContainer(cipher, wire string, public, private []byte) []byte {
	str := func(b []byte) []byte { return append([]byte{0, 0, byte(len(b) >> 8), byte(len(b))}, b...) }
	pub := append(str([]byte(wire)), str(public)...)
	section := append([]byte("abcdabcd"), str([]byte(wire))...)
	section = append(section, private...)
	for i := byte(1); len(section)%8 != 0; i++ {
		section = append(section, i)
	}
	der := []byte(containerMagic)
	for _, s := range []string{cipher, "none", ""} {
		der = append(der, str([]byte(s))...)
	}
	der = append(der, 0, 0, 0, 1)
	der = append(der, str(pub)...)
	der = append(der, str(section)...)
	return pem.EncodeToMemory(&pem.Block{Type: openssh, Bytes: der})
}

func TestUnknownTypes(t *testing.T) {
	whole := buildContainer("none", "ssh-mldsa44-ed25519", make([]byte, 1344), make([]byte, 1400))
	r := parsePrivate(whole)
	if r.state != Whole || identify(r.public).Type != "ssh-mldsa44-ed25519" {
		t.Errorf("a key of a type that x/crypto does not know: %s (%s)", r.state, r.detail)
	}
	if r := parsePrivate(whole[:len(whole)-800]); r.state != Damaged {
		t.Errorf("half of it: %s, want damaged", r.state)
	}
	if r := parsePrivate(buildContainer("none", "ssh-dss", make([]byte, 400), make([]byte, 440))); r.state != Whole {
		t.Errorf("a DSA key: %s, want whole", r.state)
	}
	if r := parsePrivate(buildContainer("none", "ssh-ed25519", make([]byte, 32), make([]byte, 100))); r.state != Damaged {
		t.Errorf("an Ed25519 key with nonsense in it: %s, want damaged", r.state)
	}
}

// TestMixedHalves: each half is sound, but they are not of one key.
func TestMixedHalves(t *testing.T) {
	secret := func(flip int) []byte {
		private, _ := newKey(t, "-t", "ed25519")
		block, _ := pem.Decode(private)
		at := bytes.LastIndex(block.Bytes, []byte("ssh-ed25519")) + len("ssh-ed25519") + 4 + 32 + 4
		block.Bytes[at+flip] ^= 1
		return pem.EncodeToMemory(block)
	}
	// The section holds the public half, then the seed and the public half again.
	if r := parsePrivate(secret(0)); r.state != Inconsistent {
		t.Errorf("another seed: %s, want inconsistent", r.state)
	}
	if r := parsePrivate(secret(32)); r.state != Damaged {
		t.Errorf("another public half: %s, want damaged, as for sshd", r.state)
	}
}

// TestNothingQuoted: what is said about a file never holds a part of it.
func TestNothingQuoted(t *testing.T) {
	private, _ := newKey(t, "-t", "rsa", "-b", "2048", "-m", "PEM")
	label := bytes.ReplaceAll(private, []byte("RSA PRIVATE"), []byte("TOPSECRET PRIVATE"))
	for _, data := range [][]byte{private[:500], label, []byte("hunter2 hunter2"), []byte("hunter2"), bytes.Replace(private, []byte("M"), []byte("!"), 1)} {
		r := parsePrivate(data)
		for _, secret := range []string{"TOPSECRET", "hunter2", string(private[40:60])} {
			if strings.Contains(r.detail, secret) {
				t.Errorf("said %q, which quotes the file", r.detail)
			}
		}
	}
}

// TestForgotten: what was parsed is overwritten afterwards.
func TestForgotten(t *testing.T) {
	parse := func(args ...string) any {
		private, _ := newKey(t, args...)
		raw, err := ssh.ParseRawPrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		forget(raw)
		return raw
	}
	if k := parse("-t", "ed25519").(*ed25519.PrivateKey); !bytes.Equal(*k, make([]byte, len(*k))) {
		t.Error("the Ed25519 secret is still there")
	}
	k := parse("-t", "rsa", "-b", "2048").(*rsa.PrivateKey)
	for _, n := range append(k.Primes, k.D, k.Precomputed.Dp, k.Precomputed.Dq, k.Precomputed.Qinv) {
		for _, word := range n.Bits() {
			if word != 0 {
				t.Fatal("the RSA secret is still there")
			}
		}
	}
}

func FuzzParsePrivate(f *testing.F) {
	for _, name := range []string{"ed25519", "ecdsa-crlf", "ed25519-passphrase", "ed25519-cut", "ed25519.pub"} {
		f.Add(seed(f, name))
	}
	f.Add(buildContainer("none", "ssh-mldsa44-ed25519", make([]byte, 20), make([]byte, 40)))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		r := parsePrivate(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if r.state != Misformed && r.state != Whole {
			return
		}
		if identify(r.public).Type == "" {
			t.Fatalf("%s without a public half", r.state)
		}
		again := parsePrivate(canonicalText(data))
		if again.state != Whole || !bytes.Equal(again.public, r.public) {
			t.Fatalf("%s, but %s once it is rewritten", r.state, again.state)
		}
	})
}
