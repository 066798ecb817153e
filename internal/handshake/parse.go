package handshake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	// bannerLimit is the longest banner line, in bytes, without its line end
	// (RFC 4253, 4.2).
	bannerLimit = 253
	// packetLimit is the largest packet that is taken for a KEXINIT, in bytes.
	// RFC 4253, 6.1 asks for 35000; real offers are about 1500.
	packetLimit = 64 << 10
	// textLimit caps what the server says and is shown, in bytes.
	textLimit = 240

	msgIgnore  = 2
	msgDebug   = 4
	msgKexInit = 20
)

// errShort says that no offer was sent, or not all of it.
var errShort = errors.New("cannot find a whole offer in what was sent")

// greeting is what a server says in the clear.
type greeting struct {
	// before is the text before the banner, or all of it where none came.
	before, banner string
	offer          *Offer
}

// parseGreeting reads the beginning of what a server sent. The error says why
// no offer was found after the banner.
func parseGreeting(b []byte) (greeting, error) {
	var g greeting
	text, line, rest, ok := cutBanner(b)
	g.before = clean(string(text))
	if !ok {
		return g, nil
	}
	if len(line) > bannerLimit {
		return g, fmt.Errorf("cannot take %d bytes for a banner: %s", len(line), clean(string(line)))
	}
	g.banner = clean(string(line))
	payload, err := findKexInit(rest)
	if err != nil {
		return g, err
	}
	offer, err := parseKexInit(payload)
	if err != nil {
		return g, err
	}
	g.offer = &offer
	return g, nil
}

// cutBanner finds the identification line: the first that begins with SSH-
// (RFC 4253, 4.2 allows other lines before it).
func cutBanner(b []byte) (before, line, rest []byte, ok bool) {
	for start := 0; ; {
		n := bytes.IndexByte(b[start:], '\n')
		if n < 0 {
			return b, nil, nil, false
		}
		line = bytes.TrimSuffix(b[start:start+n], []byte{'\r'})
		if bytes.HasPrefix(line, []byte("SSH-")) {
			return b[:start], line, b[start+n+1:], true
		}
		start += n + 1
	}
}

// findKexInit returns the payload of the first packet that counts: IGNORE and
// DEBUG may come before it (RFC 4253, 11).
func findKexInit(b []byte) ([]byte, error) {
	for {
		payload, rest, err := cutPacket(b)
		if err != nil {
			return nil, err
		}
		switch payload[0] {
		case msgKexInit:
			return payload, nil
		case msgIgnore, msgDebug:
			b = rest
		default:
			// Most likely DISCONNECT: the library quotes its text.
			return nil, errShort
		}
	}
}

// cutPacket takes one unencrypted binary packet off b (RFC 4253, 6).
func cutPacket(b []byte) (payload, rest []byte, err error) {
	if len(b) < 5 {
		return nil, nil, errShort
	}
	length, padding := binary.BigEndian.Uint32(b), uint32(b[4])
	if length > packetLimit || length < padding+2 {
		return nil, nil, fmt.Errorf("cannot take %+q for the head of a packet", b[:5])
	}
	if uint32(len(b)-4) < length {
		return nil, nil, errShort
	}
	return b[5 : 4+length-padding], b[4+length:], nil
}

// parseKexInit reads the payload of SSH_MSG_KEXINIT: the message number, a
// cookie of 16 bytes, ten name-lists, a flag and a reserved word.
func parseKexInit(b []byte) (Offer, error) {
	var o Offer
	if len(b) < 17 || b[0] != msgKexInit {
		return o, fmt.Errorf("cannot take %d bytes for an offer", len(b))
	}
	b = b[17:]
	for _, list := range o.lists() {
		var err error
		if *list, b, err = cutNames(b); err != nil {
			return Offer{}, err
		}
	}
	if len(b) != 5 {
		return Offer{}, fmt.Errorf("cannot take an offer with %d bytes at its end, not 5", len(b))
	}
	return o, nil
}

// lists returns the ten name-lists in the order in which they are sent.
func (o *Offer) lists() []*[]string {
	return []*[]string{
		&o.Kex, &o.HostKey, &o.CipherC2S, &o.CipherS2C, &o.MACC2S, &o.MACS2C,
		&o.CompC2S, &o.CompS2C, &o.LangC2S, &o.LangS2C,
	}
}

// cutNames takes a name-list off b (RFC 4251, 5): printable ASCII names with
// commas between them.
func cutNames(b []byte) (names []string, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, fmt.Errorf("cannot read a name-list of %d bytes: only %d follow", n, len(b)-4)
	}
	text, rest := string(b[4:4+n]), b[4+n:]
	if text == "" {
		return nil, rest, nil
	}
	names = strings.Split(text, ",")
	for _, name := range names {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, nil, fmt.Errorf("cannot take %+q for the name of an algorithm", cut(name))
		}
	}
	return names, rest, nil
}

// clean makes text of the peer fit to be shown: printable ASCII on one line,
// cut at textLimit bytes.
func clean(s string) string {
	s = strings.TrimSpace(cut(s))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	out := []byte(s)
	for i, c := range out {
		switch {
		case c == '\n' || c == '\t':
			out[i] = ' '
		case c < ' ' || c > '~':
			out[i] = '?'
		}
	}
	return string(out)
}

func cut(s string) string {
	if len(s) > textLimit {
		return s[:textLimit] + "..."
	}
	return s
}
