package sshdconf

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// said is one text of testdata/complaints.txt: what some versions of sshd print
// for one configuration, and what is to be understood of it.
type said struct {
	name, config, versions string
	stderr, want           []string
}

func readComplaints(t testing.TB) []said {
	t.Helper()
	data, err := os.ReadFile("testdata/complaints.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []said
	var name, config string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || word == "#" || word == "file" || word == "after" || word == "args":
		case word == "==":
			name = rest
		case word == "config":
			if config, err = strconv.Unquote(rest); err != nil {
				t.Fatalf("%s: config %s: %v", name, rest, err)
			}
		case word == "by":
			all = append(all, said{name: name, config: config, versions: rest})
		case len(all) == 0:
			t.Fatalf("cannot place %q", line)
		case word == ">":
			all[len(all)-1].want = append(all[len(all)-1].want, rest)
		default:
			all[len(all)-1].stderr = append(all[len(all)-1].stderr, line)
		}
	}
	if len(all) < 150 {
		t.Fatalf("only %d texts of sshd found", len(all))
	}
	return all
}

// text is what sshd wrote: in debug mode it ends lines as terminals in raw mode
// want it.
func (s said) text() string {
	if len(s.stderr) == 0 {
		return ""
	}
	return strings.Join(s.stderr, "\r\n") + "\r\n"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func describe(p Problem) string {
	place := "-"
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	s := fmt.Sprintf("%s %s %s", p.Kind, strings.ReplaceAll(place, " ", "_"), orDash(p.Word))
	if p.Prelude != "" {
		s += "\t" + p.Prelude
	}
	return s
}

func TestComplaintsOfRealSshd(t *testing.T) {
	for _, s := range readComplaints(t) {
		t.Run(s.name+"/"+s.versions, func(t *testing.T) {
			var got []string
			for _, p := range parseStderr(s.text()).problems {
				got = append(got, describe(p))
			}
			if strings.Join(got, "\n") != strings.Join(s.want, "\n") {
				t.Errorf("sshd said:\n  %s\nunderstood:\n  > %s\nwant:\n  > %s", strings.Join(s.stderr, "\n  "),
					strings.Join(got, "\n  > "), strings.Join(s.want, "\n  > "))
			}
		})
	}
}

// settingsOf reads what a version of sshd prints of its own accord.
func settingsOf(t testing.TB, version string) Facts {
	t.Helper()
	file, err := os.Open("testdata/settings-" + version + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	settings, err := parseSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	return Facts{Settings: settings, Known: true}
}

// Debug lines are noise, except that they name the keys.
func TestKeysThatSshdSpeaksOf(t *testing.T) {
	const from92 = "debug1: sshd version OpenSSH_9.2, OpenSSL 3.0.22 25 Aug 2026\r\n" +
		"debug1: Unable to load host key \"/etc/ssh/ssh_host_rsa_key\": error in libcrypto\r\n" +
		"debug1: Unable to load host key: /etc/ssh/ssh_host_rsa_key\r\n" +
		"debug1: private host key #1: ecdsa-sha2-nistp256 SHA256:kkIqH23eFcD4mahVtH21FXPOtqzq7uNpL264cMt7+2U\r\n" +
		"Unable to load host key: /srv/my keys/ed25519\r\n"
	s := parseStderr(from92)
	if s.version != "OpenSSH_9.2" {
		t.Errorf("version %q", s.version)
	}
	if len(s.loaded) != 1 || s.loaded[0] != "SHA256:kkIqH23eFcD4mahVtH21FXPOtqzq7uNpL264cMt7+2U" {
		t.Errorf("loaded %q", s.loaded)
	}
	want := []HostKey{{Path: "/etc/ssh/ssh_host_rsa_key"}, {Path: "/srv/my keys/ed25519", Explicit: true}}
	if !slices.Equal(s.unloaded, want) {
		t.Errorf("not loaded %+v, want %+v", s.unloaded, want)
	}
	if len(s.problems) > 0 {
		t.Errorf("a key is the business of another check: %+v", s.problems)
	}
}

func TestPlaceInAFileWithAnOddName(t *testing.T) {
	for _, c := range []struct{ line, file string }{
		{"/etc/ssh/d/a:b.conf: line 7: Bad configuration option: X", "/etc/ssh/d/a:b.conf"},
		{"/etc/ssh/d/a b.conf: line 7: Bad configuration option: X", "/etc/ssh/d/a b.conf"},
		{"/etc/ssh/d/a:b.conf line 7: unsupported option \"x\".", "/etc/ssh/d/a:b.conf"},
		{"/etc/ssh/c line 7: unsupported option \"x: line 9: y\".", "/etc/ssh/c"},
	} {
		p := parseProblem(c.line, complaints())
		if p.File != c.file || p.Line != 7 {
			t.Errorf("%s: %s:%d", c.line, p.File, p.Line)
		}
	}
}

// What is kept of sshd's words is sshd's words.
func FuzzStderr(f *testing.F) {
	for _, s := range readComplaints(f) {
		f.Add(s.text())
	}
	f.Add("debug1: sshd version OpenSSH_10.0, OpenSSL 3.5.7 9 Jun 2026\r\ndebug1: private host key #0: ssh-rsa SHA256:x\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := map[string]bool{}
		for l := range strings.Lines(text) {
			lines[clip(strings.TrimSpace(l))] = true
		}
		s := parseStderr(text)
		for _, p := range s.problems {
			if p.Text == "" || !lines[p.Text] {
				t.Errorf("%q is not what sshd said", p.Text)
			}
			if p.Prelude != "" && !lines[p.Prelude] {
				t.Errorf("%q is not what sshd said before", p.Prelude)
			}
			if p.Line < 0 || p.Line > 0 && p.File == "" || p.Content != "" {
				t.Errorf("no such place: %+v", p)
			}
			if p.Kind == "" || p.Kind == Ignored || p.Kind == Prelude {
				t.Errorf("%q is no complaint", p.Text)
			}
		}
		for _, k := range s.unloaded {
			if !strings.HasPrefix(k.Path, "/") || !strings.Contains(text, k.Path) {
				t.Errorf("%q is not a path that sshd named", k.Path)
			}
		}
	})
}

func TestSettingsOfRealSshd(t *testing.T) {
	for version, want := range map[string]int{"8.4": 86, "9.2": 90, "10.0": 98, "10.6": 91} {
		f := settingsOf(t, version)
		if len(f.Settings) != want {
			t.Errorf("%s: %d settings, want %d", version, len(f.Settings), want)
		}
		for _, s := range f.Settings {
			if s.Key != strings.ToLower(s.Key) || s.Value != strings.TrimSpace(s.Value) {
				t.Errorf("%s: %+v", version, s)
			}
		}
		// From 10.6 on keywords are in CamelCase; who asks does not care.
		for key, value := range map[string]string{
			"port": "22", "passwordauthentication": "yes", "UseDNS": "no", "X11UseLocalhost": "yes",
			"authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
		} {
			if got := f.Get(key); len(got) != 1 || got[0] != value {
				t.Errorf("%s: %s is %q, want %q", version, key, got, value)
			}
		}
		keys := f.Get("hostkey")
		if wantKeys := map[string]int{"10.6": 4}[version]; len(keys) != max(3, wantKeys) {
			t.Errorf("%s: host keys %q", version, keys)
		}
		var listen []string
		for _, a := range f.Listen() {
			listen = append(listen, a.String())
		}
		slices.Sort(listen)
		if strings.Join(listen, " ") != "0.0.0.0:22 [::]:22" {
			t.Errorf("%s: listens on %q", version, listen)
		}
	}
}

func TestSettingsThatAreNot(t *testing.T) {
	for _, text := range []string{
		"port 22\n-x y\n", "\x00\n", "=\n", "1port 22\n", "port 22\n\xff\n",
		strings.Repeat("x", 2<<20) + "\n",
	} {
		if s, err := parseSettings(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q was understood as %+v", text, s)
		} else if !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzSettings(f *testing.F) {
	for _, version := range []string{"8.4", "9.2", "10.0", "10.6"} {
		data, err := os.ReadFile("testdata/settings-" + version + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("Banner\n\n port\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := parseSettings(strings.NewReader(text))
		if err != nil {
			return
		}
		// What was understood says the same when it is read again.
		var again strings.Builder
		for _, s := range first {
			fmt.Fprintf(&again, "%s %s\n", s.Key, s.Value)
		}
		second, err := parseSettings(strings.NewReader(again.String()))
		if err != nil || !slices.Equal(first, second) {
			t.Errorf("%+v became %+v, %v", first, second, err)
		}
	})
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a\tb": "a b", "a\x1b[31mb": "a?[31mb", "gr\u00fcn": "gr?n", "\xff": "?", "a\r": "a?",
	} {
		if got := clip(in); got != want {
			t.Errorf("clip(%q) = %q, want %q", in, got, want)
		}
	}
	if got := clip(strings.Repeat("\u00fc", 1000)); len(got) > 300 {
		t.Errorf("%d bytes are left", len(got))
	}
}

// A file that is no configuration at all has a complaint for each of its lines.
func TestComplaintsWithoutEnd(t *testing.T) {
	var text strings.Builder
	for n := range 10 * mostKeys {
		fmt.Fprintf(&text, "Could not load host key: /k%d\n/x line %d: Bad configuration option: y\n", n, n+1)
	}
	if got := parseStderr(text.String()); len(got.problems) != mostProblems || len(got.unloaded) != mostKeys {
		t.Errorf("kept %d problems and %d keys", len(got.problems), len(got.unloaded))
	}
}
