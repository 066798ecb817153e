//go:build boxes

package laws

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf/typos"
	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

const (
	mainFile = "/etc/ssh/sshd_config"
	dropIn   = "/etc/ssh/sshd_config.d/50-site.conf"
)

// places puts a line somewhere into the configuration that a suite ships.
func places(base []byte) map[string]func(line []byte) Files {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, []byte("\n")) }
	empty := Files{dropIn: []byte("# nothing\n")}
	with := func(main []byte) Files { return Files{mainFile: main, dropIn: empty[dropIn]} }
	return map[string]func([]byte) Files{
		"first":                   func(l []byte) Files { return with(join(l, base)) },
		"last, without a newline": func(l []byte) Files { return with(append(bytes.Clone(base), l...)) },
		"in a drop-in":            func(l []byte) Files { return Files{mainFile: base, dropIn: join([]byte("# site"), l, nil)} },
		"in a CRLF file": func(l []byte) Files {
			return with(bytes.ReplaceAll(join(bytes.TrimRight(l, "\r"), base), []byte("\n"), []byte("\r\n")))
		},
		"in a Match block": func(l []byte) Files {
			return with(join(base, []byte("Match User bob"), l, []byte("Match all"), []byte("    PermitTTY yes"), nil))
		},
		"before a block": func(l []byte) Files { return with(join(base, l, []byte("    PermitTTY no"), nil)) },
	}
}

// tries puts every line first in the main file, where its value would count, and
// those that may be set aside at one other place too.
func tries(t *testing.T, base []byte) []Try {
	all := places(base)
	others := []string{"last, without a newline", "in a drop-in", "in a CRLF file", "in a Match block"}
	var out []Try
	for i, c := range typos.All(t) {
		at := []string{"first"}
		if c.Outcome != "leave" {
			at = append(at, others[i%len(others)])
		}
		if strings.Contains(c.Meant, "Match ") {
			// What stands behind it would be in its block.
			at = []string{"before a block"}
		}
		for _, name := range at {
			if name == "in a Match block" && strings.Contains(c.Meant, "\n") {
				continue
			}
			out = append(out, Try{Name: fmt.Sprintf("%q %s", c.Line, name), Meant: all[name]([]byte(c.Meant)), Typed: all[name]([]byte(c.Line))})
		}
	}
	return out
}

// The law: with the line that was meant, and with what the doctor made of the
// line that was written, nobody may do more than before.
func TestNoAccessSettingBecomesLaxer(t *testing.T) {
	want := map[string]string{}
	for _, c := range typos.All(t) {
		want[fmt.Sprintf("%q", c.Line)] = strings.TrimSpace(c.Outcome + " " + c.Instead)
	}
	onEverySuite(t, func(t *testing.T, b *box.Box) {
		base := []byte(boxtest.Shell(t, b, "cat "+mainFile))
		all := tries(t, base)
		var outcomes []Outcome
		// A few at a time: the output of a command in a box is capped.
		for batch := range slices.Chunk(all, 20) {
			var some []Outcome
			inside(t, b, batch, &some, "typos")
			outcomes = append(outcomes, some...)
		}
		if len(outcomes) != len(all) {
			t.Fatalf("%d outcomes of %d", len(outcomes), len(all))
		}
		count := map[string]int{}
		for i, o := range outcomes {
			count[o.Did]++
			if o.BeforeErr != "" && !strings.HasSuffix(o.Name, "in a Match block") {
				t.Errorf("%s: sshd rejects what was meant: %s", o.Name, o.BeforeErr)
			}
			quoted, err := strconv.QuotedPrefix(o.Name)
			if err != nil {
				t.Fatal(err)
			}
			checkOutcome(t, o, all[i].Typed, want[quoted])
		}
		t.Logf("of %d lines %v", len(outcomes), count)
		if count[Applied] < 100 || count[Left] < 70 {
			t.Errorf("too few to mean anything: %v", count)
		}
	})
}

func checkOutcome(t *testing.T, o Outcome, typed Files, want string) {
	t.Helper()
	if want == "alone" {
		// Lines about access stand below the first line of the packaged file.
		if want = "drop"; strings.HasSuffix(o.Name, " first") {
			want = "leave"
		}
	}
	if o.Did != Applied {
		for path, data := range typed {
			if !bytes.Equal(o.Now[path], data) {
				t.Errorf("%s: %s, and %s was changed", o.Name, o.Did, path)
			}
		}
	}
	switch o.Did {
	case Left:
		// In a Match block a line may be no typo at all and still not stand there.
		// And a file whose only line is no word and a value does not look like sshd's.
		alone := strings.HasSuffix(o.Name, "in a drop-in") && !strings.Contains(strings.SplitN(o.Name, `"`, 3)[1], " ")
		if want != "leave" && !strings.HasSuffix(o.Name, "in a Match block") && !alone {
			t.Errorf("%s: left, want %s", o.Name, want)
		}
	case Refused:
		// Elsewhere an earlier line may decide, or it may not stand there.
		if strings.HasSuffix(o.Name, " first") {
			t.Errorf("%s: %s", o.Name, o.Detail)
		}
	case Applied:
		if got := strings.TrimSpace("strict " + o.Instead); got != want && (o.Instead != "" || want != "drop") {
			t.Errorf("%s: put %q in its place, want %s", o.Name, o.Instead, want)
		}
		if o.AfterErr != "" {
			t.Errorf("%s: sshd still says %s", o.Name, o.AfterErr)
		}
		checkOtherLines(t, o, typed)
		for i := range o.After {
			if i < len(o.Before) {
				checkLaxer(t, o.Name+" for "+People()[i], o.Before[i], o.After[i])
			}
		}
	}
}

// checkOtherLines: one line became a comment, perhaps with one behind it; the
// others are as they were.
func checkOtherLines(t *testing.T, o Outcome, typed Files) {
	t.Helper()
	changed := 0
	for path, data := range typed {
		old, now := bytes.SplitAfter(data, []byte("\n")), bytes.SplitAfter(o.Now[path], []byte("\n"))
		if bytes.Equal(data, o.Now[path]) {
			continue
		}
		changed++
		for len(old) > 0 && len(now) > 0 && bytes.Equal(old[0], now[0]) {
			old, now = old[1:], now[1:]
		}
		for len(old) > 0 && len(now) > 0 && bytes.Equal(old[len(old)-1], now[len(now)-1]) {
			old, now = old[:len(old)-1], now[:len(now)-1]
		}
		added := string(bytes.Join(now, nil))
		if len(old) != 1 || !strings.HasPrefix(added, "# set aside by sshd-doctor") {
			t.Errorf("%s: %q became %q", o.Name, old, added)
		}
	}
	if changed != 1 {
		t.Errorf("%s: %d files were changed", o.Name, changed)
	}
}

// strictest are the settings that have a strictest value.
func strictest() map[string]string {
	return map[string]string{
		"permitrootlogin": "no", "passwordauthentication": "no", "kbdinteractiveauthentication": "no",
		"challengeresponseauthentication": "no", "permitemptypasswords": "no", "hostbasedauthentication": "no",
		"gssapiauthentication": "no", "kerberosauthentication": "no", "permituserenvironment": "no", "permituserrc": "no",
		"permittty": "no", "permittunnel": "no", "allowtcpforwarding": "no", "allowagentforwarding": "no",
		"allowstreamlocalforwarding": "no", "x11forwarding": "no", "gatewayports": "no", "disableforwarding": "yes",
		"ignorerhosts": "yes", "ignoreuserknownhosts": "yes", "strictmodes": "yes",
	}
}

// harmless are the settings that say nothing about who may do what.
func harmless() []string {
	return []string{
		"port", "listenaddress", "usedns", "loglevel", "syslogfacility", "printmotd", "tcpkeepalive",
		"clientaliveinterval", "compression", "subsystem",
	}
}

// checkLaxer compares two effective configurations as sshd prints them.
func checkLaxer(t *testing.T, what, before, after string) {
	t.Helper()
	was, is := settings(before), settings(after)
	for key := range union(was, is) {
		same := slices.Equal(was[key], is[key])
		strict := len(is[key]) == 1 && strictest()[key] == is[key][0]
		if !same && !strict && !slices.Contains(harmless(), key) {
			t.Errorf("%s: %s was %q and is %q", what, key, was[key], is[key])
		}
	}
}

func settings(text string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		key = strings.ToLower(key)
		out[key] = append(out[key], value)
	}
	return out
}

func union(a, b map[string][]string) map[string]bool {
	keys := map[string]bool{}
	for _, m := range []map[string][]string{a, b} {
		for k := range m {
			keys[k] = true
		}
	}
	return keys
}

// The comparison must be able to fail.
func TestTheComparisonSeesWhatIsLaxer(t *testing.T) {
	for _, c := range []struct {
		before, after string
		laxer         bool
	}{
		{"permitrootlogin no\n", "permitrootlogin prohibit-password\n", true},
		{"permitrootlogin without-password\n", "permitrootlogin no\n", false},
		{"allowusers bob\n", "", true}, {"allowusers bob\n", "allowusers bob\nallowusers eve\n", true},
		{"port 22\n", "port 2222\n", false}, {"X11Forwarding no\n", "x11forwarding no\n", false},
	} {
		sub := &testing.T{}
		checkLaxer(sub, "x", c.before, c.after)
		if sub.Failed() != c.laxer {
			t.Errorf("%q and then %q: laxer %v", c.before, c.after, sub.Failed())
		}
	}
}
