package handshake

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// server is a program that listens on loopback and does to each connection
// what its handler says.
type server struct {
	addr netip.AddrPort
	mu   sync.Mutex
	from []netip.Addr
}

// sources returns where the connections came from, in order.
func (s *server) sources() []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]netip.Addr(nil), s.from...)
}

// handler serves one connection; n counts them from 0.
type handler func(c net.Conn, n int)

// serve listens on an address of its own until the test ends.
func serve(t *testing.T, address string, h handler) *server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		if strings.Contains(address, "::1") {
			t.Skipf("no IPv6 loopback here: %v", err)
		}
		t.Fatal(err)
	}
	s := &server{addr: l.Addr().(*net.TCPAddr).AddrPort()}
	var wg sync.WaitGroup
	var open sync.Map
	wg.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.from = append(s.from, c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
			s.mu.Unlock()
			open.Store(c, true)
			wg.Go(func() {
				defer c.Close()
				h(c, n)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		open.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		wg.Wait()
	})
	return s
}

// sshd is a real SSH server with these host keys. It fails the test when
// somebody tries to log in.
func sshd(t *testing.T, keys ...ssh.Signer) handler {
	return sshdAs(t, "SSH-2.0-OpenSSH_9.9 test", keys...)
}

func sshdAs(t *testing.T, banner string, keys ...ssh.Signer) handler {
	config := &ssh.ServerConfig{
		NoClientAuth:  true,
		ServerVersion: banner,
		AuthLogCallback: func(ssh.ConnMetadata, string, error) {
			t.Error("a connection went on to authenticate")
		},
	}
	for _, k := range keys {
		config.AddHostKey(k)
	}
	return func(c net.Conn, _ int) {
		if conn, _, _, err := ssh.NewServerConn(c, config); err == nil {
			conn.Close()
		}
	}
}

// says sends text and holds the connection until the client goes.
func says(text string) handler {
	return func(c net.Conn, _ int) {
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// saysAndCloses sends text and closes, as sshd does with those it turns away.
func saysAndCloses(text string) handler {
	return func(c net.Conn, _ int) { _, _ = io.WriteString(c, text) }
}

// answers waits for a line of the client before it sends text and closes.
func answers(text string) handler {
	return func(c net.Conn, _ int) {
		_, _ = bufio.NewReader(c).ReadString('\n')
		_, _ = io.WriteString(c, text)
	}
}

func newKey(t *testing.T, key any, err error) ssh.Signer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ed25519Key(t *testing.T) ssh.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return newKey(t, key, err)
}

func ecdsaKey(t *testing.T) ssh.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return newKey(t, key, err)
}

func rsaKey(t *testing.T) ssh.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return newKey(t, key, err)
}

// disk is what the check of the host keys would say about these keys.
func disk(keys ...ssh.Signer) []Key {
	var out []Key
	for _, k := range keys {
		out = append(out, Key{
			Path: "/etc/ssh/" + k.PublicKey().Type(), Type: k.PublicKey().Type(),
			SHA256: ssh.FingerprintSHA256(k.PublicKey()),
		})
	}
	return out
}

// marshal is the inverse of parseKexInit, for tests.
func (o Offer) marshal() []byte {
	b := append([]byte{msgKexInit}, make([]byte, 16)...)
	for _, l := range o.lists() {
		names := strings.Join(*l, ",")
		b = binary.BigEndian.AppendUint32(b, uint32(len(names)))
		b = append(b, names...)
	}
	return append(b, 0, 0, 0, 0, 0)
}

// packet frames a payload (RFC 4253, 6).
func packet(payload []byte) []byte {
	padding := 8 - (len(payload)+5)%8 + 8
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	b = append(b, byte(padding))
	b = append(b, payload...)
	return append(b, make([]byte, padding)...)
}

// usual is an offer that everybody gets on with.
func usual() Offer {
	return Offer{
		Kex: []string{"curve25519-sha256"}, HostKey: []string{"ssh-ed25519", "rsa-sha2-512"},
		CipherC2S: []string{"aes128-ctr"}, CipherS2C: []string{"aes128-ctr"},
		MACC2S: []string{"hmac-sha2-256"}, MACS2C: []string{"hmac-sha2-256"},
		CompC2S: []string{"none"}, CompS2C: []string{"none"},
	}
}
