package hostkeys

import (
	"context"
	"crypto/rsa"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// small keys are found quickly; nothing else differs.
func small() Kind { return Kind{typeRSA, 1024} }

func asking(consent diag.Consent, kinds ...Kind) []diag.Finding {
	var out []diag.Finding
	for _, k := range kinds {
		out = append(out, ruleMissing.New("k", "k").With(diag.Remedy{Consent: consent, Steps: []diag.Step{Chmod{}, MakeKey{Kind: k}}}))
	}
	return append(out, ruleRefused.New("r", "r"))
}

func TestMaker(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := Prepare(asking(diag.None, small(), Kind{Type: typeEd25519}, Kind{typeRSA, 1032}, small()))
	defer m.Close()
	seen := map[string]bool{}
	// One more than was asked for: it is made on the spot.
	for _, k := range []Kind{small(), {typeRSA, 1032}, small(), {Type: typeEd25519}, {typeECDSA, 384}, small()} {
		key, err := m.take(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := key.(*rsa.PrivateKey); ok {
			if r.N.BitLen() != k.Bits || seen[r.N.String()] || r.Validate() != nil {
				t.Errorf("%s: a key of %d bits, or one twice", k, r.N.BitLen())
			}
			seen[r.N.String()] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d RSA keys, want 4", len(seen))
	}
}

// TestMakerUnused: what nobody takes is forgotten and leaves nothing running.
func TestMakerUnused(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := Prepare(asking(diag.None, small(), small()))
	m.Close()
	if _, err := m.take(t.Context(), small()); err != nil {
		t.Errorf("a closed maker: %v", err)
	}
	if m := Prepare(asking(diag.Manual, small())); len(m.order) != 0 {
		t.Error("keys are made for what is done by hand")
	}
}

func TestMakerCancelled(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := start(Kind{typeRSA, 2048})
	defer m.Close()
	if _, err := m.take(ctx, Kind{typeRSA, 2048}); !errors.Is(err, context.Canceled) {
		// The key may have been there already.
		t.Logf("taken in time: %v", err)
	}
}

func TestMakerErrors(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, k := range []Kind{{typeRSA, 3}, {typeECDSA, 100}, {Type: typeDSA}, {}} {
		if _, err := start(k).take(t.Context(), k); err == nil {
			t.Errorf("%s: no error", k)
		}
	}
}

func TestAttach(t *testing.T) {
	m := start()
	if fromContext(m.Attach(t.Context())) != m || fromContext(t.Context()) != nil {
		t.Error("the maker is not where it was put")
	}
}
