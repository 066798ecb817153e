package hostkeys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Maker searches RSA keys in the background, so that other repairs need not wait
// for them.
//
// How long the search takes is luck. While other work goes on there is one
// search: a second one would hold up the repairs that come first (on two cores
// the two quick keys then took 31 ms instead of 7 ms). Once there is nothing to
// do but to wait, two search for the same key and the first to find one wins
// (alone 0.22 s in the median and 0.39 s in the slowest tenth, together 0.16 s
// and 0.34 s).
type Maker struct {
	// order holds the kinds that were asked for; each of them once.
	order []Kind
	ready map[Kind]chan found

	mu sync.Mutex
	// wanted counts the keys of each kind that are still to be found, promised
	// those that nobody has asked for yet.
	wanted, promised map[Kind]int
	closed           bool
}

// found is what one search came to.
type found struct {
	key *rsa.PrivateKey
	err error
}

// Prepare starts to make the slow keys that the remedies in findings ask for,
// manual remedies excepted. Give it only findings that may be repaired. Close
// the maker when the repairs are over.
func Prepare(findings []diag.Finding) *Maker {
	var kinds []Kind
	for _, f := range findings {
		if f.Remedy == nil || f.Remedy.Consent == diag.Manual {
			continue
		}
		for _, s := range f.Remedy.Steps {
			if w, ok := s.(interface{ Unwrap() diag.Step }); ok {
				s = w.Unwrap()
			}
			if mk, ok := s.(MakeKey); ok {
				kinds = append(kinds, mk.Kind)
			}
		}
	}
	return start(kinds...)
}

// MakesKey tells whether the repair of a finding makes a host key.
func MakesKey(f diag.Finding) bool {
	if f.Remedy == nil {
		return false
	}
	for _, s := range f.Remedy.Steps {
		if _, ok := s.(MakeKey); ok {
			return true
		}
	}
	return false
}

// makerKey is where Attach keeps the maker.
type makerKey struct{}

// Attach has the steps that are applied with the context take their keys from m.
func (m *Maker) Attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, makerKey{}, m)
}

func fromContext(ctx context.Context) *Maker {
	m, _ := ctx.Value(makerKey{}).(*Maker)
	return m
}

func start(kinds ...Kind) *Maker {
	m := &Maker{ready: map[Kind]chan found{}, wanted: map[Kind]int{}, promised: map[Kind]int{}}
	for _, k := range kinds {
		if !k.slow() {
			continue
		}
		m.promised[k]++
		if m.wanted[k]++; m.wanted[k] == 1 {
			m.order = append(m.order, k)
		}
	}
	for k, n := range m.wanted {
		m.ready[k] = make(chan found, n)
	}
	if len(m.order) > 0 {
		go m.search(m.order)
	}
	return m
}

// search makes keys until none is wanted.
func (m *Maker) search(kinds []Kind) {
	for _, k := range kinds {
		for m.wants(k) {
			key, err := rsa.GenerateKey(rand.Reader, k.Bits)
			m.deliver(k, found{key, err})
		}
	}
}

func (m *Maker) wants(k Kind) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.closed && m.wanted[k] > 0
}

func (m *Maker) deliver(k Kind, got found) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.wanted[k] == 0 {
		forget(got.key)
		return
	}
	m.wanted[k]--
	m.ready[k] <- got
}

// Close forgets the keys that nobody took. A search that is under way cannot be
// stopped: it ends by itself, within a second or two, and forgets what it found.
func (m *Maker) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, ready := range m.ready {
		for len(ready) > 0 {
			forget((<-ready).key)
		}
	}
}

// take returns a new key: of those in the making where one is left, else one
// that is made now. A nil maker has none in the making.
func (m *Maker) take(ctx context.Context, k Kind) (crypto.Signer, error) {
	if !k.slow() {
		return generate(k)
	}
	if !m.claim(k) {
		own := start(k)
		defer own.Close()
		return own.take(ctx, k)
	}
	if m.wants(k) && runtime.GOMAXPROCS(0) > 1 {
		go m.search([]Kind{k})
	}
	select {
	case got := <-m.ready[k]:
		if got.err != nil {
			return nil, got.err
		}
		return got.key, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// claim tells whether a key of this kind is there or on its way for the caller.
func (m *Maker) claim(k Kind) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.promised[k] == 0 {
		return false
	}
	m.promised[k]--
	return true
}

// generate makes a key of a type that takes no time.
func generate(k Kind) (crypto.Signer, error) {
	if k.Type == typeEd25519 {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	curves := map[int]elliptic.Curve{256: elliptic.P256(), 384: elliptic.P384(), 521: elliptic.P521()}
	if curve, ok := curves[k.Bits]; ok && k.Type == typeECDSA {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	return nil, fmt.Errorf("cannot make a key of type %s", k)
}

// encode writes a key as OpenSSH does and forgets it. The caller clears the
// text.
func encode(key crypto.Signer, comment string) ([]byte, error) {
	defer forget(key)
	block, err := ssh.MarshalPrivateKey(key, comment)
	if err != nil {
		return nil, fmt.Errorf("cannot write the key: %w", err)
	}
	defer clear(block.Bytes)
	return pem.EncodeToMemory(block), nil
}
