package sshdconf

import (
	"strings"
	"testing"
	"unicode"

	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf/typos"
)

func outcome(e Edit) string {
	switch {
	case !e.Possible:
		return "leave"
	case e.Instead == "":
		return "drop"
	}
	return "strict " + e.Instead
}

func TestWhatMayBeDoneWithALine(t *testing.T) {
	for _, c := range typos.All(t) {
		want := strings.TrimSpace(strings.ReplaceAll(c.Outcome, "alone", "drop") + " " + c.Instead)
		for _, known := range map[string][]string{
			"sshd cannot print its keywords": Facts{}.keywords(),
			"it can":                         settingsOf(t, "10.6").keywords(),
		} {
			if e := judgeLine(c.Line, around{}, known); outcome(e) != want {
				t.Errorf("%q, %d keywords known: %s (access %q), want %s",
					c.Line, len(known), outcome(e), e.Access, want)
			}
		}
	}
}

// The list must keep its word: what it calls strict is in the table, and a line
// that it lets go has nothing to do with access.
func TestTyposAreWhatTheySay(t *testing.T) {
	table := access()
	for _, c := range typos.All(t) {
		keyword, value, _ := strings.Cut(strings.ToLower(c.Instead), " ")
		switch c.Outcome {
		case "strict":
			if table[keyword] != value || value == "" {
				t.Errorf("%q: %q is not the strictest value", c.Line, c.Instead)
			}
		case "drop", "alone":
			for l := range strings.Lines(c.Meant) {
				word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(l)), " ")
				if _, ok := table[word]; ok {
					t.Errorf("%q means %q, which decides who may log in", c.Line, c.Meant)
				}
			}
		case "leave":
		default:
			t.Errorf("%q: unknown outcome %q", c.Line, c.Outcome)
		}
	}
}

// Whatever slip of one letter somebody makes in a keyword of the table: the line
// is never dropped, and never answered with another keyword's value.
func TestNoSlipOfOneLetterLosesAnAccessLine(t *testing.T) {
	known := settingsOf(t, "10.0").keywords()
	for keyword, strict := range access() {
		for _, word := range slips(keyword) {
			e := judgeLine(word+" x", around{}, known)
			ok := !e.Possible || strict != "" && e.Instead == spelling(keyword)+" "+strict
			if !ok && !isKnown(word, known) {
				t.Errorf("%q, a slip for %q: %s", word, keyword, outcome(e))
			}
		}
	}
}

// A long line that somebody broke: its second half may name those who may not
// come in.
func TestTheLineBefore(t *testing.T) {
	for _, c := range []struct{ before, line, want string }{
		{"DenyUsers mallory \\", "  eve", "leave"},
		{"Port 22,", "eve", "leave"},
		{"AllowUsers alice", "bob carol", "leave"},
		{"allowgroups=wheel", "staff", "leave"},
		{"UseDNS no", "NoSuchOption yes", "drop"},
		{"# AllowUsers alice", "NoSuchOption yes", "drop"},
		{"Match User bob", "NoSuchOption yes", "leave"},
		{"", "NoSuchOption yes", "drop"},
		// A keyword of its own is no second half.
		{"AllowUsers alice", "PermitRootLogin noo", "strict PermitRootLogin no"},
	} {
		if got := outcome(judgeLine(c.line, around{before: c.before}, Facts{}.keywords())); got != c.want {
			t.Errorf("%q behind %q: %s, want %s", c.line, c.before, got, c.want)
		}
	}
}

// Text that sshd and an editor may read differently is nobody's to change.
func TestLinesThatAreNoText(t *testing.T) {
	for _, line := range []string{
		"NoSuch\x00Option yes", "NoSuch\x1bOption yes", "NoSuchOption\vyes", "\xff\xfeNoSuchOption yes",
		"=======", ">>>>>>> theirs", "||||||| base", "  <<<<<<< HEAD",
	} {
		if got := outcome(judgeLine(line, around{}, nil)); got != "leave" {
			t.Errorf("%q: %s", line, got)
		}
	}
}

// isKnown: a slip may be another real keyword, with its own answer.
func isKnown(word string, known []string) bool {
	if _, ok := access()[word]; ok {
		return true
	}
	for _, k := range known {
		if word == k {
			return true
		}
	}
	return false
}

// slips are all words with one letter left out or two swapped, and a few more.
func slips(word string) []string {
	out := []string{word, "\ufeff" + word, `"` + word + `"`, word + ":", word + "no"}
	for i := range len(word) {
		out = append(out, word[:i]+word[i+1:])
		if i > 0 {
			out = append(out, word[:i-1]+word[i:i+1]+word[i-1:i]+word[i+1:])
		}
	}
	return out
}

func FuzzJudgeLine(f *testing.F) {
	for _, c := range typos.All(f) {
		f.Add(c.Line)
	}
	known := Facts{}.keywords()
	f.Fuzz(func(t *testing.T, line string) {
		e := judgeLine(line, around{}, known)
		table := access()
		lower := strings.ToLower(line)
		for k, strict := range table {
			// A known keyword in full, anywhere in the line, is enough to keep it.
			if len(k) < shortKeyword || !strings.Contains(lower, k) || !e.Possible {
				continue
			}
			if e.Instead == "" {
				t.Fatalf("%q speaks of %s and would be dropped", line, k)
			}
			if e.Access == k && e.Instead != spelling(k)+" "+strict {
				t.Fatalf("%q: %q", line, e.Instead)
			}
		}
		if e.Instead != "" {
			keyword, value, _ := strings.Cut(strings.ToLower(e.Instead), " ")
			if table[keyword] != value || value == "" {
				t.Fatalf("%q: %q is not the strictest value", line, e.Instead)
			}
		}
		if strings.ContainsFunc(e.Access, func(r rune) bool { return r > unicode.MaxASCII }) {
			t.Fatalf("%q: %q cannot be printed", line, e.Access)
		}
	})
}

// Of two keywords that are as near neither is taken.
func TestBetweenTwoKeywords(t *testing.T) {
	table := map[string]string{"permitalpha": "no", "permitalpho": "no", "usebeta": "yes"}
	for word, want := range map[string]meaning{
		"permitalphu": {"permitalpha", false}, "usbeta": {"usebeta", true}, "permitalpho": {"permitalpho", true},
		"unheardof": {"unheardof", false}, "prot": {"port", true},
	} {
		if got := nearest(word, []string{"port"}, table); got != want {
			t.Errorf("%s: %+v, want %+v", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"match", "match", 0}, {"mtach", "match", 1},
		{"mach", "match", 1}, {"matchh", "match", 1}, {"natch", "match", 1}, {"port", "match", 5},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestInside(t *testing.T) {
	for _, c := range []struct {
		text, pattern string
		want          int
	}{
		{"nopermitrootlogin", "permitrootlogin", 0}, {"nopermitrootlogn", "permitrootlogin", 1},
		{"", "abc", 3}, {"xyz", "abc", 3}, {"22match", "match", 0}, {"permitrotlogintwice", "permitrootlogin", 1},
	} {
		if got := inside(c.text, c.pattern); got != c.want {
			t.Errorf("inside(%q, %q) = %d, want %d", c.text, c.pattern, got, c.want)
		}
	}
}

// Every keyword that is written into a file is written as the man page does.
func TestSpelling(t *testing.T) {
	for keyword, strict := range access() {
		got := spelling(keyword)
		if strict != "" && (got == keyword || !strings.EqualFold(got, keyword)) {
			t.Errorf("%s is written %q", keyword, got)
		}
	}
}

// The second half of a line that somebody broke may name users: it is left alone.
func TestALineThatGoesOn(t *testing.T) {
	known := Facts{}.keywords()
	for _, c := range []struct{ before, line, want string }{
		{"DenyUsers alice", "mallory", "leave"},
		{"DenyUsers alice \\", "  mallory eve", "leave"},
		{"AllowGroups wheel,", "staff", "leave"},
		{"Ciphers aes256-ctr,", "aes128-ctr", "leave"},
		{"PrintMotd no", "Banana yes", "drop"},
		{"DenyUsers alice", "UseDNSS no", "leave"},
		{"DenyUsers alice", "PasswordAuthentication noo", "strict PasswordAuthentication no"},
	} {
		if e := judgeLine(c.line, around{before: c.before}, known); outcome(e) != c.want {
			t.Errorf("%q after %q: %s, want %s", c.line, c.before, outcome(e), c.want)
		}
	}
}

// At a NUL sshd and an editor read different lines.
func TestWhatIsNotPlainText(t *testing.T) {
	known := Facts{}.keywords()
	for _, line := range []string{"PasswordAuthentication\x00 no", "P\x00a\x00s\x00s\x00", "Banana\x07 yes"} {
		if e := judgeLine(line, around{}, known); e.Possible {
			t.Errorf("%q: %s, want leave", line, outcome(e))
		}
	}
}

// A word that nobody knows may have begun a block, or ended one. Where a line
// about access stands in it, that line would count for everybody.
func TestWhatStandsBelow(t *testing.T) {
	for _, c := range []struct {
		line string
		at   around
		want string
	}{
		{"Host 10.0.0.*", around{below: "permitrootlogin"}, "leave"},
		{"Hosts 10.0.0.*", around{below: "permitrootlogin"}, "leave"},
		{"LocalPort 2222", around{below: "printmotd passwordauthentication"}, "leave"},
		{"If User bob", around{below: "allowusers"}, "leave"},
		{"When Address 10.0.0.0/8", around{below: "x11forwarding"}, "leave"},
		{"Section lan", around{below: "permitrootlogin"}, "leave"},
		{"[lan]", around{}, "leave"},
		{"{", around{}, "leave"},
		{"end", around{below: "allowusers"}, "leave"},
		{"EndIf", around{below: "allowusers", inMatch: true}, "leave"},
		{"   Host *.trusted.example", around{before: "Match User alice,bob"}, "leave"},
		{"   erin frank", around{}, "leave"},
		{"   carol dave", around{before: "DenyUsers alice bob"}, "leave"},
		{"NoSuchOption yes", around{below: "printmotd usedns"}, "drop"},
		{"NoSuchOption yes", around{below: "printmotd usepam"}, "leave"},
		// What it is, is plain: it hides nothing.
		{"StrictHostKeyChecking no", around{below: "permitrootlogin"}, "drop"},
		{"ClientAliveIntervall 300", around{below: "permitrootlogin"}, "drop"},
		// In a block the strictest value is not for everybody.
		{"PasswordAuthentcation no", around{inMatch: true}, "leave"},
		{"PasswordAuthentcation no", around{}, "strict PasswordAuthentication no"},
	} {
		for _, known := range [][]string{Facts{}.keywords(), settingsOf(t, "10.0").keywords()} {
			if got := outcome(judgeLine(c.line, c.at, known)); got != c.want {
				t.Errorf("%q, %+v: %s, want %s", c.line, c.at, got, c.want)
			}
		}
	}
}
