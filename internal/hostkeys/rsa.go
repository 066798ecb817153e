package hostkeys

import (
	"bytes"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// The sizes of RSA keys that wholeRSA judges, in bits: from what OpenSSH makes to
// what it takes (sshkey.h, SSHBUF_MAX_BIGNUM). Others go the long way.
const rsaLeast, rsaMost = 2048, 16384

// wholeRSA tells whether the section of the secret holds a RSA key whose numbers
// belong together, and to the public half. It is the arithmetic that a look needs
// and no more: to make a key ready for use, as ssh.ParseRawPrivateKey does, takes
// 5 ms of the 40 that a whole look costs. It says no to whatever is not exactly
// so, which is then parsed the long way.
func (c container) wholeRSA() bool {
	name, rest, ok := cutString(c.public)
	if !ok || string(name) != ssh.KeyAlgoRSA {
		return false
	}
	pub, rest, ok := cutNumbers(rest, 2) // e, n
	defer wipe(pub...)
	if !ok || len(rest) != 0 || !c.sound() {
		return false
	}
	_, rest, _ = cutString(c.private[8:])
	num, rest, ok := cutNumbers(rest, 6)
	defer wipe(num...)
	if !ok {
		return false
	}
	if _, rest, ok = cutString(rest); !ok || !padded(rest) {
		return false // the comment and what fills the block
	}
	n, e, d, iqmp, p, q := num[0], num[1], num[2], num[3], num[4], num[5]
	size := n.BitLen()
	return e.Cmp(pub[0]) == 0 && n.Cmp(pub[1]) == 0 && size >= rsaLeast && size <= rsaMost &&
		n.Bit(0) == 1 && e.Bit(0) == 1 && e.BitLen() > 1 && e.BitLen() < 32 && p.BitLen() > size/4 && q.BitLen() > size/4 && d.Cmp(n) < 0 &&
		belongs(n, e, d, iqmp, p, q)
}

// belongs tells whether n = pq, ed = 1 modulo p-1 and q-1, and iqmp is the inverse
// of q modulo p: with that every signature can be verified (RFC 8017, 3.2).
func belongs(n, e, d, iqmp, p, q *big.Int) bool {
	one := big.NewInt(1)
	product := new(big.Int)
	defer wipe(product)
	isOne := func(a, b, mod *big.Int) bool {
		product.Mul(a, b)
		return product.Mod(product, mod).Cmp(one) == 0
	}
	if product.Mul(p, q).Cmp(n) != 0 {
		return false
	}
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	defer wipe(p1, q1)
	return isOne(e, d, p1) && isOne(e, d, q1) && iqmp.Cmp(p) < 0 && isOne(iqmp, q, p)
}

// cutNumbers takes positive numbers of RFC 4251 section 5 (mpint) off the front
// of b, written as shortly as they can be.
func cutNumbers(b []byte, count int) (out []*big.Int, rest []byte, ok bool) {
	for range count {
		var s []byte
		if s, b, ok = cutString(b); !ok || len(s) == 0 || s[0]&0x80 != 0 {
			return out, nil, false
		}
		if s[0] == 0 && (len(s) == 1 || s[1]&0x80 == 0) {
			return out, nil, false
		}
		out = append(out, new(big.Int).SetBytes(s))
	}
	return out, b, true
}

// padded: the section ends in the bytes 1, 2, 3 and so on (PROTOCOL.key).
func padded(rest []byte) bool {
	return len(rest) < 8 && bytes.HasPrefix([]byte{1, 2, 3, 4, 5, 6, 7}, rest)
}

// wipe overwrites numbers.
func wipe(numbers ...*big.Int) {
	for _, n := range numbers {
		if n != nil {
			clear(n.Bits())
		}
	}
}
