package handshake

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// greetings are the first bytes of real servers, read off the wire.
func greetings(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("testdata/greetings/*.bin")
	if err != nil || len(files) < 3 {
		tb.Fatalf("found %d greetings (%v), want at least 3", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".bin")] = b
	}
	return out
}

// clientOffers are real offers of clients, captured by the project.
func clientOffers(tb testing.TB) map[string]Offer {
	tb.Helper()
	b, err := os.ReadFile("testdata/client-offers.json")
	if err != nil {
		tb.Fatal(err)
	}
	var in map[string]struct {
		Kex, HostKey []string
		Cipher       []string `json:"cipher_c2s"`
		MAC          []string `json:"mac_c2s"`
		Comp         []string
	}
	if err := json.Unmarshal(b, &in); err != nil || len(in) == 0 {
		tb.Fatalf("cannot use testdata/client-offers.json: %v, %d offers", err, len(in))
	}
	out := map[string]Offer{}
	for name, o := range in {
		out[name] = Offer{
			Kex: o.Kex, HostKey: o.HostKey, CipherC2S: o.Cipher, CipherS2C: o.Cipher,
			MACC2S: o.MAC, MACS2C: o.MAC, CompC2S: o.Comp, CompS2C: o.Comp,
		}
	}
	return out
}

func TestParseRealGreetings(t *testing.T) {
	for name, b := range greetings(t) {
		g, err := parseGreeting(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.HasPrefix(g.banner, "SSH-2.0-OpenSSH_") || g.before != "" {
			t.Errorf("%s: banner %q, before %q", name, g.banner, g.before)
		}
		if !slices.Contains(g.offer.Kex, "curve25519-sha256") || !slices.Equal(g.offer.CompS2C, []string{"none", "zlib@openssh.com"}) {
			t.Errorf("%s: read %+v", name, g.offer)
		}
		if want := []string{"ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"}; !slices.Equal(g.offer.types(), want) {
			t.Errorf("%s: types %v, want %v", name, g.offer.types(), want)
		}
		if missing := openSSH().missing(*g.offer); missing != nil {
			t.Errorf("%s: a default server has nothing in common with ssh: %v", name, missing)
		}
	}
}

// What is not complete yet is no error of the server and no offer.
func TestParseGreetingCutAnywhere(t *testing.T) {
	for name, b := range greetings(t) {
		for n := range b {
			g, err := parseGreeting(b[:n])
			if g.offer != nil {
				t.Fatalf("%s: an offer after %d of %d bytes", name, n, len(b))
			}
			if err != nil && !errors.Is(err, errShort) {
				t.Fatalf("%s: after %d bytes: %v", name, n, err)
			}
		}
	}
}

func TestParseClientOffersRoundTrip(t *testing.T) {
	for name, want := range clientOffers(t) {
		got, err := parseKexInit(want.marshal())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, want)
		}
	}
}

func TestParseGreeting(t *testing.T) {
	offer := packet(usual().marshal())
	tests := []struct {
		name           string
		in             string
		before, banner string
		offer          bool
		err            string
	}{
		{name: "nothing"},
		{name: "text only", in: "Exceeded MaxStartups\r\n", before: "Exceeded MaxStartups"},
		{name: "lines before the banner", in: "hello\nworld\r\nSSH-2.0-x\r\n" + string(offer), before: "hello world", banner: "SSH-2.0-x", offer: true},
		{name: "line feed only", in: "SSH-2.0-x\n" + string(offer), banner: "SSH-2.0-x", offer: true},
		{name: "banner without an end", in: "SSH-2.0-x", before: "SSH-2.0-x"},
		{name: "escape sequences", in: "SSH-2.0-\x1b[2J\x00\xff\r\n" + string(offer), banner: "SSH-2.0-?[2J??", offer: true},
		{name: "IGNORE and DEBUG first", in: "SSH-2.0-x\n" + string(packet([]byte{msgIgnore, 0})) + string(packet([]byte{msgDebug, 0})) + string(offer), banner: "SSH-2.0-x", offer: true},
		{name: "long banner", in: "SSH-" + strings.Repeat("a", 300) + "\n", err: "cannot take 304 bytes for a banner"},
		{name: "DISCONNECT", in: "SSH-2.0-x\n" + string(packet([]byte{1, 0})), banner: "SSH-2.0-x", err: "cannot find a whole offer"},
		{name: "huge packet", in: "SSH-2.0-x\n\xff\xff\xff\xff\x04", banner: "SSH-2.0-x", err: `cannot take "\xff\xff\xff\xff\x04" for the head`},
		{name: "padding larger than the packet", in: "SSH-2.0-x\n\x00\x00\x00\x0c\x0b", banner: "SSH-2.0-x", err: "for the head of a packet"},
		{name: "empty packet", in: "SSH-2.0-x\n\x00\x00\x00\x00\x00", banner: "SSH-2.0-x", err: "for the head of a packet"},
	}
	for _, tt := range tests {
		g, err := parseGreeting([]byte(tt.in))
		if g.before != tt.before || g.banner != tt.banner || (g.offer != nil) != tt.offer {
			t.Errorf("%s: got before %q, banner %q, offer %v", tt.name, g.before, g.banner, g.offer != nil)
		}
		switch {
		case tt.err == "" && err != nil && !errors.Is(err, errShort):
			t.Errorf("%s: %v", tt.name, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
	}
}

func TestParseKexInitRefuses(t *testing.T) {
	good := usual().marshal()
	length := slices.Clone(good)
	binary.BigEndian.PutUint32(length[17:], 1<<31)
	tests := map[string]struct {
		in  []byte
		err string
	}{
		"nothing":       {nil, "cannot take 0 bytes"},
		"other message": {append([]byte{21}, good[1:]...), "cannot take"},
		"no lists":      {good[:17], errShort.Error()},
		"long list":     {length, "cannot read a name-list of 2147483648 bytes"},
		"short end":     {good[:len(good)-1], "with 4 bytes at its end"},
		"long end":      {append(slices.Clone(good), 0), "with 6 bytes at its end"},
		"empty name":    {Offer{Kex: []string{"a", "", "b"}}.marshal(), `cannot take ""`},
		"escape":        {Offer{HostKey: []string{"\x1b[0m"}}.marshal(), `cannot take "\x1b[0m"`},
		"blank":         {Offer{LangS2C: []string{"a b"}}.marshal(), `cannot take "a b"`},
	}
	for name, tt := range tests {
		if o, err := parseKexInit(tt.in); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %+v, %v; want %q", name, o, err, tt.err)
		}
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		"  plain \r\n":             "plain",
		"a\r\nb\nc\td":             "a b c d",
		"\x1b]0;x\x07\u00e9":       "?]0;x???",
		strings.Repeat("x", 1<<20): strings.Repeat("x", textLimit) + "...",
	}
	for in, want := range tests {
		if got := clean(in); got != want {
			t.Errorf("clean(%.20q) = %.300q, want %.300q", in, got, want)
		}
	}
}

// FuzzGreeting holds what a server sends against the laws: no panic, nothing
// unprintable comes out, and an offer that was read can be written again.
func FuzzGreeting(f *testing.F) {
	for _, b := range greetings(f) {
		f.Add(b)
	}
	for _, o := range clientOffers(f) {
		f.Add(append([]byte("SSH-2.0-x\r\n"), packet(o.marshal())...))
	}
	f.Add([]byte("Not allowed at this time\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := parseGreeting(b)
		texts := []string{g.before, g.banner}
		if err != nil {
			texts = append(texts, err.Error())
		}
		for _, s := range texts {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("not printable: %q", s)
			}
			if len(s) > textLimit*5 {
				t.Fatalf("%d bytes of text", len(s))
			}
		}
		if g.offer == nil {
			return
		}
		if again, err := parseKexInit(g.offer.marshal()); err != nil || !reflect.DeepEqual(again, *g.offer) {
			t.Fatalf("%v: %+v became %+v", err, *g.offer, again)
		}
	})
}

// FuzzKexInit: what parses prints back to the same lists, byte by byte.
func FuzzKexInit(f *testing.F) {
	for _, o := range clientOffers(f) {
		f.Add(o.marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := parseKexInit(b)
		if err != nil {
			return
		}
		again := o.marshal()
		// The cookie, the flag and the reserved word are not kept.
		if len(again) != len(b) || !bytes.Equal(again[17:len(again)-5], b[17:len(b)-5]) {
			t.Fatalf("%x\nbecame\n%x", b, again)
		}
	})
}
