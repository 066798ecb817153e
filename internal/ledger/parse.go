package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// errNewer is what a ledger of a later version comes to: it is whole, and it is
// left alone.
var errNewer = errors.New("it was written by a newer sshd-doctor")

// parse reads a ledger. What it cannot vouch for makes the whole of it damaged:
// half a history is taken for a whole one.
func parse(data []byte) (Ledger, error) {
	var l Ledger
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&l); err != nil {
		return Ledger{}, fmt.Errorf("cannot read it as JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Ledger{}, errors.New("cannot read it: something stands behind the end")
	}
	switch {
	case l.Schema > Schema:
		return Ledger{}, errNewer
	case l.Schema != Schema:
		return Ledger{}, fmt.Errorf("cannot read schema %d", l.Schema)
	case len(l.Keys) > 2*mostEntries:
		return Ledger{}, fmt.Errorf("cannot read %d keys: no ledger has more than %d", len(l.Keys), mostEntries)
	}
	for _, e := range l.Keys {
		if err := e.check(); err != nil {
			return Ledger{}, err
		}
	}
	return l, nil
}

// check tells whether an entry is one that this program wrote.
func (e Entry) check() error {
	k, ok := read(e.Public)
	switch {
	case !ok:
		return fmt.Errorf("cannot read a key of type %.60q", e.Type)
	case k.Type != e.Type || k.SHA256() != e.SHA256:
		return fmt.Errorf("cannot trust the entry of %.60q: it has another key", e.SHA256)
	case k.Bits != 0 && k.Bits != e.Bits:
		return fmt.Errorf("cannot trust the entry of %.60q: it has %d bits", e.SHA256, k.Bits)
	case e.Last.IsZero():
		return fmt.Errorf("cannot read when %.60q was last seen", e.SHA256)
	}
	for _, s := range []string{e.Path, string(e.Origin), e.Detail} {
		if !printable(s) {
			return fmt.Errorf("cannot print what is said about %.60q: %.60q", e.SHA256, s)
		}
	}
	return nil
}

func printable(s string) bool {
	const most = 4096 // PATH_MAX
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(s) < most
}
