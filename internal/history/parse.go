package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
)

var errNewer = errors.New("it was written by a newer sshd-doctor")

// parse reads a memory. What it cannot vouch for makes the whole of it damaged.
func parse(data []byte) (Memory, error) {
	var m Memory
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&m); err != nil {
		return Memory{}, fmt.Errorf("cannot read it as JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Memory{}, errors.New("cannot read it: something stands behind the end")
	}
	switch {
	case m.Schema > Schema:
		return Memory{}, errNewer
	case m.Schema != Schema:
		return Memory{}, fmt.Errorf("cannot read schema %d", m.Schema)
	case m.Seq < 1 || m.Seq > 1<<30:
		return Memory{}, fmt.Errorf("cannot be its copy number %d", m.Seq)
	case len(m.Heals) > mostHeals || len(m.Tries) > mostTries || len(m.News) > mostNews:
		return Memory{}, errors.New("cannot be: it has more than is ever kept")
	case len(m.State) > 200:
		return Memory{}, fmt.Errorf("cannot read the state %.60q", m.State)
	}
	return m, m.check()
}

// check tells whether each entry is one that this program writes.
func (m Memory) check() error {
	code := regexp.MustCompile(`^[a-z0-9.-]{0,60}$`)
	moments := append([]Moment{m.Since}, m.News...)
	for _, h := range m.Heals {
		if !code.MatchString(h.Code) {
			return fmt.Errorf("cannot read the code %.60q", h.Code)
		}
		moments = append(moments, h.At)
	}
	for _, t := range m.Tries {
		if !code.MatchString(t.Code) || t.Code == "" || t.Fails < 1 || t.Fails > 100 {
			return fmt.Errorf("cannot read that %.60q failed %d times", t.Code, t.Fails)
		}
		moments = append(moments, t.Last)
	}
	for _, at := range moments {
		if at.Up < 0 || len(at.Boot) > 64 {
			return fmt.Errorf("cannot read the moment %d in boot %.60q", at.Up, at.Boot)
		}
	}
	return nil
}
