package diag

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// made is one finding in these tables: code, stage, severity, and what else.
func made(code string, stage Stage, severity Severity, more ...func(*Finding)) Finding {
	f := Rule{Code: code, Stage: stage, Severity: severity}.New(code, code)
	for _, change := range more {
		change(&f)
	}
	return f
}

func symptom(f *Finding)            { f.Symptom = true }
func unknown(f *Finding)            { f.Status = CouldNotTell }
func repaired(f *Finding)           { f.Status = Repaired }
func about(s string) func(*Finding) { return func(f *Finding) { f.Subject = s } }

func explaining(codes ...string) func(*Finding) {
	return func(f *Finding) { f.Explains = append([]string{}, codes...) }
}

// tree says what hangs under what: "cause(consequence consequence) other".
func tree(r Report) string {
	var out []string
	for _, f := range r.Findings {
		if f.Because != "" {
			continue
		}
		s := f.Code
		if len(f.CauseOf) > 0 {
			s += "(" + strings.Join(f.CauseOf, " ") + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestConclude(t *testing.T) {
	for _, c := range []struct {
		what    string
		in      []Finding
		verdict Verdict
		cause   string
		tree    string
	}{
		{"nothing was found", nil, Healthy, "", ""},
		{"a note", []Finding{made("n", Config, Notice)}, Healthy, "", "n"},
		{"a warning", []Finding{made("w", Config, Warning)}, Degraded, "w", "w"},
		{
			"no host keys: five stages fail, one cause",
			[]Finding{
				made("handshake-refused", Handshake, Broken, symptom), made("not-listening", Listen, Broken, symptom),
				made("service-failed", Service, Broken, symptom), made("hostkey-missing", HostKeys, Broken),
			},
			Down, "hostkey-missing", "hostkey-missing(service-failed not-listening handshake-refused)",
		},
		{
			"three keys are one cause", []Finding{
				made("key", HostKeys, Broken, about("rsa")), made("key", HostKeys, Broken, about("ed25519")),
				made("failed", Service, Broken, symptom),
			}, Down, "key", "key(failed) key(failed)",
		},
		{
			"two causes: the first in causal order", []Finding{
				made("keys", HostKeys, Broken), made("config", Config, Broken), made("failed", Service, Broken, symptom),
			}, Down, "config", "config(failed) keys",
		},
		{
			"a symptom alone is the cause", []Finding{made("failed", Service, Broken, symptom)},
			Down, "failed", "failed",
		},
		{
			"symptoms alone: the first explains the rest", []Finding{
				made("refused", Handshake, Broken, symptom), made("failed", Service, Broken, symptom), made("silent", Listen, Broken, symptom),
			}, Down, "failed", "failed(silent refused)",
		},
		{
			"a cause behind its symptom", []Finding{
				made("failed", Service, Broken, symptom), made("port-taken", Listen, Broken),
			}, Down, "port-taken", "port-taken(failed)",
		},
		{
			"two symptoms of one stage", []Finding{made("a", Service, Broken, symptom), made("b", Service, Broken, symptom)},
			Down, "a", "a b",
		},
		{
			"a warning does not explain an outage", []Finding{
				made("loose", Config, Warning), made("failed", Service, Broken, symptom),
			}, Down, "failed", "loose failed",
		},
		{
			"a cause explains a milder symptom", []Finding{made("keys", HostKeys, Broken), made("pub", Listen, Warning, symptom)},
			Down, "keys", "keys(pub)",
		},
		{
			"what could not be told is no cause", []Finding{made("a", Config, Broken, unknown), made("failed", Service, Broken, symptom)},
			Down, "failed", "a failed",
		},
		{
			"nothing but what could not be told", []Finding{made("a", Config, Warning, unknown)}, Unknown, "", "a",
		},
		{
			"a note that could not be told", []Finding{made("a", Config, Notice, unknown)}, Healthy, "", "a",
		},
		{
			"could not tell, and a warning", []Finding{made("a", Config, Broken, unknown), made("w", Listen, Warning)},
			Degraded, "w", "a w",
		},
		{
			"a symptom that could not be told", []Finding{made("keys", HostKeys, Broken), made("s", Service, Broken, symptom, unknown)},
			Down, "keys", "keys s",
		},
		{
			"what is repaired explains nothing", []Finding{
				made("keys", HostKeys, Broken, repaired), made("failed", Service, Broken, symptom),
			}, Down, "failed", "keys failed",
		},
		{
			"all is repaired", []Finding{made("keys", HostKeys, Broken, repaired), made("failed", Service, Broken, symptom, repaired)},
			Healthy, "", "keys failed",
		},
		{
			"a cause that brings about one thing only", []Finding{
				made("stop", Install, Broken, explaining("failed")), made("failed", Service, Broken, symptom), made("other", Listen, Broken, symptom),
			}, Down, "stop", "stop(failed other)",
		},
		{
			"a cause that brings about nothing", []Finding{made("stop", Install, Broken, explaining()), made("failed", Service, Broken, symptom)},
			Down, "stop", "stop failed",
		},
		{
			"a symptom explains nothing before it, whatever it says", []Finding{
				made("failed", Service, Broken, symptom), made("refused", Handshake, Broken, symptom, explaining("failed")),
			}, Down, "failed", "failed(refused)",
		},
		{
			"a symptom that brings about one thing only", []Finding{
				made("failed", Service, Broken, symptom, explaining("silent")), made("silent", Listen, Broken, symptom),
				made("refused", Handshake, Broken, symptom, explaining()),
			}, Down, "failed", "failed(silent refused)",
		},
		{
			"warnings only, a symptom first", []Finding{made("s", Config, Warning, symptom), made("w", Listen, Warning)},
			Degraded, "w", "w(s)",
		},
	} {
		r := Report{Findings: slices.Clone(c.in)}
		r.Conclude()
		if r.Verdict != c.verdict || r.Cause != c.cause || tree(r) != c.tree {
			t.Errorf("%s: %s, cause %q, %s; want %s, %q, %s", c.what, r.Verdict, r.Cause, tree(r), c.verdict, c.cause, c.tree)
		}
	}
}

// random makes findings of few codes, so that they meet.
func random(r *rand.Rand) []Finding {
	var out []Finding
	for range r.IntN(10) {
		n := r.IntN(8)
		f := made(fmt.Sprintf("code-%d", n), Stage(n), Severity(r.IntN(3)), about(fmt.Sprint(r.IntN(3))))
		f.Symptom = n%2 == 1
		f.Status = []Status{Found, Found, Found, CouldNotTell, Repaired, NeedsConsent, Failed}[r.IntN(7)]
		if r.IntN(4) == 0 {
			f.Explains = []string{}
			for range r.IntN(3) {
				f.Explains = append(f.Explains, fmt.Sprintf("code-%d", r.IntN(8)))
			}
		}
		// What stood there from an earlier look must not count.
		f.Because, f.CauseOf = "old", []string{"old"}
		out = append(out, f)
	}
	return out
}

// The laws of a report, whatever was found.
func TestLawsOfConclude(t *testing.T) {
	for seed := range uint64(20000) {
		in := random(rand.New(rand.NewPCG(seed, 7)))
		r := Report{Findings: slices.Clone(in)}
		r.Conclude()
		if problem := lawBroken(r, in); problem != "" {
			t.Fatalf("findings %d: %s in\n%+v", seed, problem, r)
		}
		again := Report{Findings: slices.Clone(r.Findings)}
		again.Conclude()
		if !reflect.DeepEqual(again, r) {
			t.Fatalf("findings %d: concluded twice it is another report:\n%+v\n%+v", seed, r, again)
		}
	}
}

func lawBroken(r Report, in []Finding) string {
	if len(r.Findings) != len(in) {
		return "findings were lost"
	}
	byCode := map[string]bool{}
	for i, f := range r.Findings {
		if i > 0 && r.Findings[i-1].Stage > f.Stage {
			return "they are not in causal order"
		}
		byCode[f.Code] = byCode[f.Code] || f.Because == "" && standsFirm(f)
	}
	for _, f := range r.Findings {
		switch {
		case f.Because != "" && !byCode[f.Because]:
			return f.Code + " hangs under what is not there, or is a consequence itself"
		case f.Because == f.Code:
			return f.Code + " is its own cause"
		case f.Because != "" && (!f.Symptom || !standsFirm(f)):
			return f.Code + " is no consequence"
		}
		for _, code := range f.CauseOf {
			if !slices.ContainsFunc(r.Findings, func(s Finding) bool { return s.Code == code && s.Because == f.Code }) {
				return f.Code + " is the cause of nothing called " + code
			}
		}
	}
	return wrongVerdict(r)
}

func wrongVerdict(r Report) string {
	worst, told := Notice, true
	for _, f := range r.Findings {
		switch f.Status {
		case CouldNotTell:
			told = told && f.Severity == Notice
		case Repaired:
		default:
			worst = max(worst, f.Severity)
		}
	}
	want := map[Severity]Verdict{Notice: Healthy, Warning: Degraded, Broken: Down}[worst]
	if want == Healthy && !told {
		want = Unknown
	}
	if r.Verdict != want {
		return fmt.Sprintf("the verdict is %s, want %s", r.Verdict, want)
	}
	if (r.Cause != "") != (worst > Notice) {
		return fmt.Sprintf("the cause is %q", r.Cause)
	}
	for _, f := range r.Findings {
		if f.Code == r.Cause && f.Severity == worst && standsFirm(f) {
			return ""
		}
	}
	if r.Cause == "" {
		return ""
	}
	return "the cause " + r.Cause + " is not among the worst findings"
}

func TestOpenFindings(t *testing.T) {
	r := Report{Findings: []Finding{
		made("keys", HostKeys, Broken), made("failed", Service, Broken, symptom), made("done", Config, Broken, repaired),
		made("note", Config, Notice), made("dark", Config, Warning, unknown),
	}}
	r.Conclude()
	var open []string
	for _, f := range r.Open() {
		open = append(open, f.Code)
	}
	if strings.Join(open, " ") != "note dark keys" {
		t.Errorf("%q", open)
	}
}

func TestWords(t *testing.T) {
	var names []string
	for _, s := range Stages() {
		names = append(names, s.String())
	}
	if got := strings.Join(names, " "); got != "install config hostkeys service listen handshake negotiation identity" {
		t.Error(got)
	}
	if !slices.IsSorted(Stages()) || Stage(99).String() != "unknown" {
		t.Error("stages are not in causal order")
	}
	for want, got := range map[string]fmt.Stringer{
		"notice": Notice, "warning": Warning, "broken": Broken, "none": None, "asks": Asks, "manual": Manual,
	} {
		if got.String() != want {
			t.Errorf("%s is called %s", want, got)
		}
	}
}

type typed string

func (c typed) Command() string { return string(c) }

func TestCommandsOfARemedy(t *testing.T) {
	for _, c := range []struct {
		r    Remedy
		want string
	}{
		{Remedy{Steps: []Step{typed("a"), typed(""), typed("b")}, Manual: []string{"m"}}, "a b"},
		{Remedy{Manual: []string{"m", "n"}}, "m n"}, {Remedy{}, ""},
	} {
		if got := strings.Join(c.r.Commands(), " "); got != c.want {
			t.Errorf("%+v: %q", c.r, got)
		}
	}
}

func TestFindingsAreValues(t *testing.T) {
	rule := Rule{Code: "c", Stage: Listen, Severity: Broken, Symptom: true, Title: "t"}
	f := rule.New("s", "sum", Evidence{"a", "b"})
	want := Finding{
		Code: "c", Stage: Listen, Severity: Broken, Symptom: true, Status: Found, Title: "t",
		Subject: "s", Summary: "sum", Evidence: []Evidence{{"a", "b"}},
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("%+v", f)
	}
	g := f.As(Notice).With(Remedy{Summary: "r"})
	if f.Severity != Broken || f.Remedy != nil || g.Severity != Notice || g.Remedy.Summary != "r" {
		t.Errorf("%+v, %+v", f, g)
	}
	if u := rule.Unknown("s", "sum"); u.Status != CouldNotTell || u.Key() != f.Key() || u.Key() == rule.New("s2", "").Key() {
		t.Errorf("%+v", u)
	}
}
