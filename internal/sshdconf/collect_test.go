package sshdconf

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestArgumentsThatSayWhatTheConfigurationIs(t *testing.T) {
	for _, c := range []struct{ unit, want string }{
		{"-D", ""},
		{"-D -e", ""},
		{"-D -p 2222", "-p 2222"},
		{"-Dp2222", "-p 2222"},
		{"-Dep 2222 -4", "-p 2222 -4"},
		{"-f /etc/ssh/other -D", "-f /etc/ssh/other"},
		{"-f/etc/ssh/other", "-f /etc/ssh/other"},
		{"-o PermitRootLogin=no -oPort=22", "-o PermitRootLogin=no -o Port=22"},
		{"-h /k1 -h /k2 -c /cert", "-h /k1 -h /k2 -c /cert"},
		{"-u0 -D", "-u 0"},
		{"-46", "-4 -6"},
		// How it runs says nothing about the configuration.
		{"-E /var/log/sshd -g 30 -k 3600 -b 1024 -q -D", ""},
		{"-E/var/log/sshd -p 22", "-p 22"},
		{"-i -t -T -d -d -d -r -R -G -V -Q", ""},
		{"-C user=bob,host=h,addr=1.2.3.4", ""},
		// The value of an option is not an option.
		{"-p -4", "-p -4"},
		{"-E -4 -p 22", "-p 22"},
		// What sshd refuses is left for sshd to refuse.
		{"-Z -D", "-Z"},
		{"-DZ", "-Z"},
		{"extra -D", "extra"},
		{"-D -p", "-p "},
		{"--port 2222", "--port 2222"},
		{"-- -D", "-- -D"},
		{"-D -", "-"},
	} {
		got := strings.Join(Arguments(strings.Fields(c.unit)), " ")
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.unit, got, c.want)
		}
	}
}

// The letters are those that sshd itself takes. Seen by giving "sshd -t" each
// letter: OpenSSH 8.4, 9.2, 10.0 and 10.6 agree but for -V (from 9.2) and -G
// (from 9.3, here 10.0).
func TestLettersAreThoseOfSshd(t *testing.T) {
	const getopt = "b:c:def:g:h:ik:o:p:qrtu:C:DE:GQRTV46"
	for letter := range 128 {
		flag := string(rune(letter))
		at := strings.Index(getopt, flag)
		takes := at >= 0 && strings.HasPrefix(getopt[at+1:], ":")
		known := at >= 0 && flag != ":"
		if flag == "-" || letter <= ' ' {
			continue
		}
		got := Arguments([]string{"-" + flag, "value"})
		kept := slices.Contains(got, "-"+flag)
		switch {
		case !known && !kept:
			t.Errorf("-%s, which sshd does not know, is left out", flag)
		case takes && len(got) == 1, !takes && !slices.Contains(got, "value"):
			t.Errorf("-%s: %q; does it take a value? %v", flag, got, takes)
		}
	}
}

func TestTheSameQuestion(t *testing.T) {
	a := Ask{Binary: "/usr/sbin/sshd", Args: []string{"-D"}}
	if !a.Same(Ask{Binary: "/usr/sbin/sshd"}) {
		t.Error("-D makes another question of it")
	}
	for _, b := range []Ask{
		{Binary: "/usr/local/sbin/sshd"}, {Binary: a.Binary, Args: []string{"-p", "1"}},
		{Binary: a.Binary, File: "/etc/ssh/other"},
	} {
		if a.Same(b) {
			t.Errorf("%+v is the same as %+v", a, b)
		}
	}
}

// fake is an sshd that says what a real one was heard to say.
type fake struct {
	t    *testing.T
	dir  string
	path string
}

// newFake makes an sshd of a shell script. In it "mode" is T, G or H (T with a
// key from elsewhere), and $dir its directory.
func newFake(t *testing.T, script string) fake {
	t.Helper()
	f := fake{t: t, dir: t.TempDir()}
	f.path = filepath.Join(f.dir, "sshd")
	head := "#!/bin/sh\ndir=" + f.dir + "\necho \"$@\" >>$dir/asked\n" +
		"case \" $* \" in *' -G '*) mode=G;; *' -h /proc/self/fd/0 '*) mode=H;; *) mode=T;; esac\n" +
		"fail() { printf '%s\\r\\n' \"$@\" >&2; exit 255; }\n" +
		"old() { fail 'unknown option -- G' 'OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026' 'usage: sshd [-46DdeiqTtV]'; }\n"
	if err := os.WriteFile(f.path, []byte(head+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fake) collect(a Ask) Facts {
	a.Binary = f.path
	h := &host.Host{Files: host.NewFiles("/"), Now: time.Now}
	return Collect(f.t.Context(), h, a)
}

func (f fake) asked() []string {
	data, err := os.ReadFile(filepath.Join(f.dir, "asked"))
	if err != nil {
		f.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func (f fake) write(name, text string) string {
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func TestASoundSshdIsAskedOnce(t *testing.T) {
	f := newFake(t, `
printf '%s\r\n' 'debug1: sshd version OpenSSH_9.2, OpenSSL 3.0.22 25 Aug 2026' \
	'Unable to load host key: /etc/ssh/gone' 'debug1: Unable to load host key: /etc/ssh/ssh_host_rsa_key' \
	'debug1: private host key #0: ssh-ed25519 SHA256:abc' >&2
printf 'Port 2222\nhostkey /etc/ssh/ssh_host_rsa_key\nhostkey /etc/ssh/gone\nhostkey relative\nhostkey /etc/ssh/ok\nlistenaddress [::]:2222 rdomain x\n'
`)
	got := f.collect(Ask{Args: []string{"-D", "-p", "2222"}})
	if !got.Known || got.Err != "" || len(got.Problems) > 0 || got.Version != "OpenSSH_9.2" {
		t.Errorf("%+v", got)
	}
	want := []HostKey{{Path: "/etc/ssh/ssh_host_rsa_key"}, {Path: "/etc/ssh/gone", Explicit: true}, {Path: "/etc/ssh/ok"}}
	if !slices.Equal(got.HostKeys, want) {
		t.Errorf("host keys %+v, want %+v", got.HostKeys, want)
	}
	l := got.Loaded
	if !l.Known || !slices.Equal(l.Fingerprints, []string{"SHA256:abc"}) || len(l.Unloadable) != 2 {
		t.Errorf("loaded %+v", l)
	}
	if asked := f.asked(); !slices.Equal(asked, []string{"-T -d -o FingerprintHash=sha256 -p 2222"}) {
		t.Errorf("asked %q", asked)
	}
	if a := got.Listen(); len(a) != 1 || a[0].String() != "[::]:2222" {
		t.Errorf("listens on %v", a)
	}
}

func TestAnotherConfigurationFile(t *testing.T) {
	f := newFake(t, "echo port 22\n")
	got := f.collect(Ask{Args: []string{"-f", "/etc/ssh/unit", "-p", "1"}, File: "/etc/ssh/mine"})
	if got.MainFile != "/etc/ssh/mine" || !slices.Equal(f.asked(), []string{"-T -d -o FingerprintHash=sha256 -p 1 -f /etc/ssh/mine"}) {
		t.Errorf("main file %s, asked %q", got.MainFile, f.asked())
	}
}

const noKeys = "'debug1: Unable to load host key: /etc/ssh/ssh_host_rsa_key' " +
	"'Unable to load host key: /srv/key' 'sshd: no hostkeys available -- exiting.'"

// From 9.3 on "sshd -G" needs no key.
func TestNoKeysOnANewSshd(t *testing.T) {
	f := newFake(t, `
[ $mode = G ] && { printf 'Port 22\nHostKey /etc/ssh/ssh_host_rsa_key\nHostKey /srv/key\n'; exit 0; }
fail `+noKeys+"\n")
	got := f.collect(Ask{})
	if !got.Known || !got.Has(NoHostKeys) || len(got.Problems) != 1 || !got.Loaded.Known {
		t.Errorf("%+v", got)
	}
	if want := []HostKey{{"/etc/ssh/ssh_host_rsa_key", false}, {"/srv/key", true}}; !slices.Equal(got.HostKeys, want) {
		t.Errorf("host keys %+v", got.HostKeys)
	}
}

// Before that it is given a key that is on no disk, and the names of its own are
// those that it could not load.
func TestNoKeysOnAnOldSshd(t *testing.T) {
	f := newFake(t, `
[ $mode = G ] && old
if [ $mode = H ]; then
	cat >$dir/given
	printf 'port 22\nhostkey /proc/self/fd/0\n'; exit 0
fi
fail `+noKeys+"\n")
	got := f.collect(Ask{})
	if !got.Known || !got.Has(NoHostKeys) || len(got.Problems) != 1 {
		t.Errorf("%+v", got)
	}
	if want := []HostKey{{"/etc/ssh/ssh_host_rsa_key", false}, {"/srv/key", true}}; !slices.Equal(got.HostKeys, want) {
		t.Errorf("host keys %+v", got.HostKeys)
	}
	given, err := os.ReadFile(filepath.Join(f.dir, "given"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ssh.ParseRawPrivateKey(given); err != nil {
		t.Errorf("it was given no key: %v", err)
	}
}

func TestABadLineIsReadFromTheFile(t *testing.T) {
	f := newFake(t, `fail "$dir/conf: line 2: Bad configuration option: NoSuchOption" "$dir/conf: terminating, 1 bad configuration options"`)
	f.write("conf", "Port 22\nNoSuchOption yes\r\n")
	got := f.collect(Ask{})
	if got.Known || len(got.Problems) != 1 || got.Problems[0].Content != "NoSuchOption yes\r" {
		t.Errorf("%+v", got)
	}
	if got.Loaded.Known {
		t.Error("sshd did not get as far as its keys")
	}
	if asked := f.asked(); len(asked) != 2 {
		t.Errorf("asked %q", asked)
	}
}

// With a bad line a key and a directory would not help: it is not asked again.
func TestAnOldSshdWithABadLine(t *testing.T) {
	f := newFake(t, "[ $mode = G ] && old\nfail '/etc/ssh/x: line 2: Bad configuration option: No'\n")
	got := f.collect(Ask{})
	if got.Known || len(got.Problems) != 1 || len(f.asked()) != 2 {
		t.Errorf("%+v, asked %q", got, f.asked())
	}
}

// An Include with a wide pattern reaches the host keys, and sshd quotes them
// line by line. Nobody else may, and nobody may edit them.
func TestAPrivateKeyIsNeverQuotedNorEdited(t *testing.T) {
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "a comment")
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(block))
	for _, wording := range []string{
		"%s: line %d: Bad configuration option: %s", // 8.4
		"%s line %d: no argument after keyword \"%s\"",
	} {
		f := newFake(t, "cat $dir/says >&2; exit 255\n")
		key := f.write("ssh_host_ed25519_key", text)
		var says strings.Builder
		for i, l := range strings.Split(strings.TrimSpace(text), "\n") {
			word, _, _ := strings.Cut(l, " ")
			fmt.Fprintf(&says, wording+"\r\n", key, i+1, word)
		}
		f.write("says", says.String()+key+": terminating, 7 bad configuration options\r\n")
		facts := f.collect(Ask{})
		shown := fmt.Sprintf("%+v %+v", facts, Judge(facts))
		for l := range strings.Lines(text) {
			if word, _, _ := strings.Cut(strings.TrimSpace(l), " "); strings.Contains(shown, word) {
				t.Errorf("it shows %q", word)
			}
		}
		found := Judge(facts)
		if len(found) != 1 || len(found[0].Remedy.Steps) > 0 || !strings.Contains(found[0].Summary, "private key") {
			t.Errorf("findings %+v", found)
		}
	}
}

func TestAnArgumentThatSshdDoesNotKnow(t *testing.T) {
	f := newFake(t, "fail 'unknown option -- Z' 'OpenSSH_9.2p1' 'usage: sshd [-46DdeiqTtV]'\n")
	got := f.collect(Ask{Args: []string{"-D", "-Z"}})
	if len(got.Problems) != 1 || got.Problems[0].Text != "unknown option -- Z" {
		t.Errorf("%+v", got.Problems)
	}
}

func TestSshdThatDoesNotRun(t *testing.T) {
	f := newFake(t, "kill -9 $$\n")
	if got := f.collect(Ask{}); got.Err == "" || got.Known || len(got.Problems) > 0 {
		t.Errorf("killed: %+v", got)
	}
	f.path = filepath.Join(f.dir, "none")
	if got := f.collect(Ask{}); got.Err == "" || got.Known {
		t.Errorf("not there: %+v", got)
	}
	f = newFake(t, "echo '-x y'\n")
	if got := f.collect(Ask{}); got.Err == "" || got.Known {
		t.Errorf("prints what is no configuration: %+v", got)
	}
}

func TestLines(t *testing.T) {
	data := []byte("one\r\n\nthree")
	for n, want := range map[int]string{0: "", 1: "one\r", 2: "", 3: "three", 4: "", -1: ""} {
		if got := lineOf(data, n); got != want {
			t.Errorf("line %d is %q, want %q", n, got, want)
		}
	}
}

func TestVersionsThatLackG(t *testing.T) {
	for version, lacks := range map[string]bool{
		"OpenSSH_8.4": true, "OpenSSH_8.4p1": true, "OpenSSH_9.2": true, "OpenSSH_9.2p1-hpn": true, "OpenSSH_7.4": true,
		"OpenSSH_9.3": false, "OpenSSH_9.10": false, "OpenSSH_10.0": false, "OpenSSH_10.6p1": false,
		// Not known: it is asked.
		"": false, "OpenSSH": false, "OpenSSH_x": false, "OpenSSH_9": false, "Sun_SSH_1.1": false,
	} {
		if got := lacksG(version); got != lacks {
			t.Errorf("%q: %v", version, got)
		}
	}
}
