package hostkeys

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"

	"golang.org/x/crypto/ssh"
)

// sections takes a new RSA key apart.
func sections(t *testing.T, bits string) (container, []byte) {
	t.Helper()
	private, _ := newKey(t, "-t", "rsa", "-b", bits)
	block, _ := pem.Decode(private)
	c, err := parseContainer(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c, private
}

// The short way comes to the same as the library.
func TestWholeRSA(t *testing.T) {
	c, private := sections(t, "3072")
	if !c.wholeRSA() {
		t.Fatal("a key of ssh-keygen goes the long way")
	}
	signer, err := ssh.ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if r := parsePrivate(private); r.state != Whole || !bytes.Equal(r.public, signer.PublicKey().Marshal()) {
		t.Errorf("%s (%s)", r.state, r.detail)
	}
	if small, _ := sections(t, "1024"); small.wholeRSA() {
		t.Error("a key of 1024 bits goes the short way")
	}
}

// No byte of it can be another one: neither of the numbers nor of their lengths.
// Only the two check numbers and the comment say nothing about the key.
func TestNoByteOfAnRSAKeyIsFree(t *testing.T) {
	c, _ := sections(t, "2048")
	_, rest, _ := cutString(c.private[8:])
	_, rest, ok := cutNumbers(rest, 6)
	if !ok {
		t.Fatal("the numbers cannot be found")
	}
	end := len(c.private) - len(rest)
	for _, half := range []struct {
		name  string
		bytes []byte
		from  int
	}{{"secret", c.private[:end], 8}, {"public half", c.public, 0}} {
		for i := half.from; i < len(half.bytes); i++ {
			for _, flip := range []byte{0x01, 0x80} {
				half.bytes[i] ^= flip
				if c.wholeRSA() {
					t.Fatalf("%s: byte %d may be another one", half.name, i)
				}
				half.bytes[i] ^= flip
			}
		}
	}
	if !c.wholeRSA() {
		t.Fatal("the key itself was changed by the test")
	}
}

// fabricated is a key of these two factors of its modulus with any exponent.
func fabricated(t *testing.T, p, q, e *big.Int) container {
	t.Helper()
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	d := new(big.Int).ModInverse(e, new(big.Int).Mul(p1, q1))
	iqmp := new(big.Int).ModInverse(q, p)
	if d == nil || iqmp == nil {
		t.Fatalf("there is no such key with exponent %v", e)
	}
	n := new(big.Int).Mul(p, q)
	head := ssh.Marshal(struct{ Check1, Check2 uint32 }{1, 1})
	secret := ssh.Marshal(struct {
		Name                string
		N, E, D, IQMP, P, Q *big.Int
		Comment             string
	}{ssh.KeyAlgoRSA, n, e, d, iqmp, p, q, ""})
	c := container{cipher: "none", public: ssh.Marshal(struct {
		Name string
		E, N *big.Int
	}{ssh.KeyAlgoRSA, e, n}), private: append(head, secret...)}
	for i := byte(1); len(c.private)%8 != 0; i++ {
		c.private = append(c.private, i)
	}
	return c
}

// An exponent that the library's RSA refuses is not taken the short way either.
func TestTheExponentOfAnRSAKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []int64{65537, 1<<31 - 1, 1<<31 + 11, 1<<32 + 15} {
		public := rsa.PublicKey{N: key.N, E: int(e)}
		want := rsa.VerifyPKCS1v15(&public, 0, nil, make([]byte, 256))
		taken := fabricated(t, key.Primes[0], key.Primes[1], big.NewInt(e)).wholeRSA()
		if library := errors.Is(want, rsa.ErrVerification); taken != library {
			t.Errorf("exponent %d: taken %v, and the library: %v", e, taken, want)
		}
	}
}

func TestPadding(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "\x01": true, "\x01\x02\x03\x04\x05\x06\x07": true,
		"\x00": false, "\x02": false, "\x01\x03": false, "\x01\x02\x03\x04\x05\x06\x07\x08": false,
	} {
		if padded([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func FuzzWholeRSA(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x01\x03\x00\x00\x00\x01\x0f"), []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x01\x0f"))
	f.Fuzz(func(t *testing.T, public, private []byte) {
		if (container{cipher: "none", public: public, private: private}).wholeRSA() && identify(public).Bits < rsaLeast {
			t.Fatalf("%d bits", identify(public).Bits)
		}
	})
}
