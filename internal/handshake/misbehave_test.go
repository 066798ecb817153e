package handshake

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Servers that do not do what they should. Each is a program behind a real
// socket: the boundary of the operating system.
func TestCollectMisbehavingServers(t *testing.T) {
	offer := string(packet(usual().marshal()))
	flood := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		handler handler
		reached Reach
		end     End
		before  string
		err     string
		code    string
	}{
		{"silent", says(""), Connected, EndTimeout, "", "no answer in time", CodeTimeout},
		{"closes at once", saysAndCloses(""), Connected, EndClosed, "", "the server closed", CodeClosed},
		{"busy before 9.8", saysAndCloses("Exceeded MaxStartups\r\n"), Connected, EndClosed, "Exceeded MaxStartups", "", "maxstartups-exhausted"},
		{"busy from 9.8 on", saysAndCloses("Not allowed at this time\r\n"), Connected, EndClosed, "Not allowed at this time", "", "maxstartups-exhausted"},
		{"loader complains", saysAndCloses("/usr/sbin/sshd: error while loading shared libraries: libwrap.so.0\n"), Connected, EndClosed, "/usr/sbin/sshd: error while", "", CodeClosed},
		{"web server", answers("HTTP/1.1 400 Bad Request\r\n\r\n"), Connected, EndClosed, "HTTP/1.1 400 Bad Request", "", "not-ssh"},
		{"mail server", says("220 mail ESMTP\r\n"), Connected, EndTimeout, "220 mail ESMTP", "no answer in time", "not-ssh"},
		{"binary junk", says("J\x00\x00\x00\x0a8.0.36\x00\xff"), Connected, EndTimeout, "J??? 8.0.36??", "", "not-ssh"},
		{"endless line", says(flood), Connected, EndError, "xxxx", "overflow reading version", "not-ssh"},
		{"endless lines", says(strings.Repeat(strings.Repeat("y", 200)+"\n", 5000)), Connected, EndError, "yyyy", errFlood.Error(), "not-ssh"},
		{"banner, then nothing", says("SSH-2.0-OpenSSH_9.9\r\n"), Banner, EndTimeout, "", "no answer in time", CodeTimeout},
		{"banner, then closed", answers("SSH-2.0-OpenSSH_9.9\r\n"), Banner, EndClosed, "", "the server closed", CodeFailed},
		{"half an offer", answers("SSH-2.0-OpenSSH_9.9\r\n" + offer[:40]), Banner, EndClosed, "", "", CodeFailed},
		{"huge packet", says("SSH-2.0-OpenSSH_9.9\r\n\xff\xff\xff\xff\x04" + flood), Banner, EndError, "", `cannot take "\xff\xff\xff\xff\x04"`, CodeFailed},
		{"junk instead of an offer", says("SSH-2.0-OpenSSH_9.9\r\n" + string(packet([]byte("\x14 nonsense")))), Banner, EndError, "", "cannot take 10 bytes for an offer", CodeFailed},
		{"says goodbye", says("SSH-2.0-OpenSSH_9.9\r\n" + string(packet(disconnect("so\x1b[1mrry")))), Banner, EndError, "", `reason 12: "so`, CodeFailed},
		{"protocol 1", answers("SSH-1.5-OpenSSH_1.2\r\n"), Banner, EndClosed, "", "", CodeFailed},
		{"offer, then closed", answers("SSH-2.0-OpenSSH_9.9\r\n" + offer), KexInit, EndClosed, "", "", CodeFailed},
		{"offer, then nothing", says("SSH-2.0-OpenSSH_9.9\r\n" + offer), KexInit, EndTimeout, "", "", CodeTimeout},
		{"slow drip", drip("SSH-2.0-OpenSSH_9.9\r\n" + offer), Connected, EndTimeout, "SSH-", "no answer in time", CodeTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "127.0.0.1:0", tt.handler)
			f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: []string{typeEd25519}, Timeout: 2 * time.Second})
			y := f.Targets[0].telling()
			if y.Reached != tt.reached || y.End != tt.end || y.Proof != nil {
				t.Errorf("reached %s, %s; want %s, %s (%+v)", y.Reached, y.End, tt.reached, tt.end, y)
			}
			if !strings.HasPrefix(y.Before, tt.before) || !strings.Contains(y.Error, tt.err) {
				t.Errorf("before %q, error %q; want %q, %q", y.Before, y.Error, tt.before, tt.err)
			}
			for _, s := range []string{y.Before, y.Banner, y.Error} {
				if len(s) > textLimit+3 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Errorf("not fit to be shown: %.300q", s)
				}
			}
			if codes := codesOf(Judge(f, nil, false)); tt.code != "" && !slices.Contains(codes, tt.code) {
				t.Errorf("found %v, want %s", codes, tt.code)
			}
			if made := len(s.sources()); made > perFamily {
				t.Errorf("%d connections", made)
			}
		})
	}
}

// disconnect is SSH_MSG_DISCONNECT (RFC 4253, 11.1) with a text.
func disconnect(text string) []byte {
	b := []byte{1, 0, 0, 0, 12, 0, 0, 0, byte(len(text))}
	return append(append(b, text...), 0, 0, 0, 0)
}

// drip sends a byte at a time, for as long as somebody listens.
func drip(text string) handler {
	return func(c net.Conn, _ int) {
		for _, b := range []byte(text) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// What a server offers is known even where our own client cannot go on.
func TestCollectOfferOfUnknownAlgorithms(t *testing.T) {
	sntrup, umac, none, old := usual(), usual(), usual(), usual()
	sntrup.Kex = []string{"sntrup761x25519-sha512@openssh.com", "kex-strict-s-v00@openssh.com"}
	umac.MACC2S, umac.MACS2C = []string{"umac-64@openssh.com"}, []string{"umac-64@openssh.com"}
	none.HostKey = nil
	old.Kex = []string{"diffie-hellman-group1-made-up"}
	for code, offers := range map[string][]Offer{
		"negotiation-unproven": {sntrup, umac}, CodeNoHostKey: {none}, CodeNoKex: {old},
	} {
		for _, o := range offers {
			s := serve(t, "127.0.0.1:0", says("SSH-2.0-OpenSSH_10.0\r\n"+string(packet(o.marshal()))))
			f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: []string{typeEd25519}})
			y := f.Targets[0].Tries[0]
			if y.Reached != KexInit || y.End != EndNoCommon || y.NoCommon == "" {
				t.Errorf("%s: %+v", code, y)
			}
			if codes := codesOf(Judge(f, nil, false)); !slices.Equal(codes, []string{code}) {
				t.Errorf("found %v, want %s", codes, code)
			}
			if len(s.sources()) != 1 {
				t.Errorf("%s: asked %d times", code, len(s.sources()))
			}
		}
	}
}

// A server that turns one connection away is asked again after the others.
func TestCollectBusyOnce(t *testing.T) {
	keys := []ssh.Signer{rsaKey(t), ecdsaKey(t), ed25519Key(t)}
	serving := sshd(t, keys...)
	for _, text := range []string{"", "Exceeded MaxStartups\r\n"} {
		s := serve(t, "127.0.0.1:0", func(c net.Conn, n int) {
			if n == 0 {
				_, _ = io.WriteString(c, text)
				return
			}
			serving(c, n)
		})
		f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: allTypes()})
		for _, k := range disk(keys...) {
			if !f.Proven(k.SHA256) {
				t.Errorf("%q: %s was not proven", text, k.Type)
			}
		}
		if made := len(s.sources()); made != 4 {
			t.Errorf("%q: %d connections", text, made)
		}
	}
}

// Where only 127.0.0.1 is let in (hosts.allow), the last of the four
// connections comes from there. tcp wrappers keep those that they refuse
// waiting, others close them.
func TestCollectOnlyOrdinaryLetIn(t *testing.T) {
	key := ed25519Key(t)
	for name, refuse := range map[string]handler{"closes": saysAndCloses(""), "keeps waiting": says("")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			serving := sshd(t, key)
			s := serve(t, "127.0.0.1:0", func(c net.Conn, n int) {
				if c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr() == ordinary() {
					serving(c, n)
					return
				}
				refuse(c, n)
			})
			f := Collect(t.Context(), Plan{Targets: []netip.AddrPort{s.addr}, Types: []string{typeEd25519}, Timeout: time.Minute})
			if codes := codesOf(Judge(f, disk(key), true)); !slices.Equal(codes, []string{"handshake-127.0.0.1-only"}) {
				t.Errorf("found %v", codes)
			}
			if from := s.sources(); len(from) != 2 || from[0] == ordinary() || from[1] != ordinary() {
				t.Errorf("came from %v", from)
			}
		})
	}
}
