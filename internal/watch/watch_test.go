package watch_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/watch"
)

func finding(code string, s diag.Severity, status diag.Status) diag.Finding {
	return diag.Finding{Code: code, Severity: s, Status: status, Subject: "ssh.service", Summary: "ssh.service is \x1b[31mmasked\nfor ever"}
}

// What the journal gets of a run: which entries, how loud.
func TestEntries(t *testing.T) {
	done := diag.Repair{Code: "hostkey-missing", Subject: "/etc/ssh/k", Summary: "make a new RSA key", Result: "done"}
	failed := diag.Repair{Code: "hostkey-missing", Subject: "/etc/ssh/k", Summary: "make a new RSA key", Result: "failed", Detail: "no space left"}
	masked := finding("unit-masked", diag.Broken, diag.NeedsConsent)
	masked.Remedy = &diag.Remedy{Consent: diag.Asks}
	for name, c := range map[string]struct {
		report diag.Report
		want   []string // id and priority
	}{
		"healthy: nothing":                 {diag.Report{Verdict: diag.Healthy}, nil},
		"only planned: nothing was done":   {diag.Report{Verdict: diag.Healthy, Repairs: []diag.Repair{{Result: "planned"}}}, nil},
		"healed: the repair is told":       {diag.Report{Verdict: diag.Healthy, Repairs: []diag.Repair{done}}, []string{watch.IDRepaired + " 5", watch.IDHealthy + " 5"}},
		"a new key is told with its print": {diag.Report{Verdict: diag.Healthy, HostKeys: []diag.HostKey{{New: true}, {}}}, []string{watch.IDNewHostKey + " 5", watch.IDHealthy + " 5"}},
		"a repair failed":                  {diag.Report{Verdict: diag.Down, Cause: "unit-masked", Findings: []diag.Finding{masked}, Repairs: []diag.Repair{failed}}, []string{watch.IDRepairFailed + " 3", watch.IDProblem + " 3"}},
		"degraded is a warning": {
			diag.Report{Verdict: diag.Degraded, Cause: "x", Findings: []diag.Finding{finding("x", diag.Warning, diag.Found)}},
			[]string{watch.IDProblem + " 4"},
		},
		"interrupted, as at a shutdown": {diag.Unfinished("1", "heal", diag.Interrupted), []string{watch.IDNoRun + " 5"}},
		"out of time":                   {diag.Unfinished("1", "heal", diag.OutOfTime), []string{watch.IDNoRun + " 4"}},
		"could not tell": {
			diag.Report{Verdict: diag.Unknown, Findings: []diag.Finding{finding("y", diag.Warning, diag.CouldNotTell)}},
			[]string{watch.IDUnknown + " 4"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range watch.Entries(c.report, 1, history.Telling{State: true}) {
				got = append(got, e.ID+" "+string(rune('0'+e.Priority)))
				for _, r := range e.Message {
					if r < ' ' || r > '~' {
						t.Errorf("%q is no single line of ASCII", e.Message)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The one entry about a problem says what it is and what to type.
func TestProblemNamesTheNextStep(t *testing.T) {
	masked := finding("unit-masked", diag.Broken, diag.NeedsConsent)
	e := watch.Entries(diag.Report{Verdict: diag.Down, Cause: "unit-masked", Findings: []diag.Finding{masked}}, 1, history.Telling{State: true})[0]
	if !strings.Contains(e.Message, "sshd-doctor heal --allow unit-masked") {
		t.Errorf("%q does not say what to type", e.Message)
	}
	fields := map[string]string{}
	name := regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	for _, f := range e.Fields {
		if !name.MatchString(f.Name) {
			t.Errorf("%q is no name that the journal takes", f.Name)
		}
		fields[f.Name] = f.Value
	}
	for name, want := range map[string]string{
		"SSHD_DOCTOR_CODE": "unit-masked", "SSHD_DOCTOR_VERDICT": "broken", "SSHD_DOCTOR_EXIT": "1", "SSHD_DOCTOR_STATUS": "needs-consent",
	} {
		if fields[name] != want {
			t.Errorf("%s is %q, want %q", name, fields[name], want)
		}
	}
}

// "journalctl -x" knows every message id, and no other; each is one of its own.
func TestCatalogueHasEveryID(t *testing.T) {
	text, err := os.ReadFile("../../packaging/sshd-doctor.catalog")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^-- ([0-9a-f]{32})$`).FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, m[1])
	}
	ids := watch.IDs()
	slices.Sort(listed)
	slices.Sort(ids)
	if len(ids) == 0 || !slices.Equal(listed, ids) || len(slices.Compact(ids)) != len(listed) {
		t.Errorf("the catalogue has %q, the program %q", listed, ids)
	}
}

// Fields that the catalogue quotes are fields that entries have.
func TestCatalogueQuotesRealFields(t *testing.T) {
	text, err := os.ReadFile("../../packaging/sshd-doctor.catalog")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string][]string{}
	r := diag.Report{
		Verdict: diag.Down, Cause: "x", Findings: []diag.Finding{finding("x", diag.Broken, diag.Found)},
		Repairs: []diag.Repair{{Result: "done"}, {Result: "failed"}}, HostKeys: []diag.HostKey{{New: true}},
	}
	flapping := diag.Report{Verdict: diag.Degraded, Cause: history.CodeFlapping, Findings: []diag.Finding{finding(history.CodeFlapping, diag.Warning, diag.Found)}}
	decided := diag.Report{Verdict: diag.Down, Cause: "x", LeftAlone: history.Decided, Findings: []diag.Finding{finding("x", diag.Broken, diag.NeedsConsent)}}
	all := []watch.Entry{watch.Failure("heal", "1", "no", 70)}
	for _, r := range []diag.Report{r, flapping, decided} {
		all = append(all, watch.Entries(r, 1, history.Telling{State: true})...)
	}
	for _, e := range all {
		for _, f := range e.Fields {
			have[e.ID] = append(have[e.ID], f.Name)
		}
	}
	quoted := 0
	for part := range strings.SplitSeq(string(text), "\n-- ") {
		for _, m := range regexp.MustCompile(`@([A-Z0-9_]+)@`).FindAllStringSubmatch(part, -1) {
			quoted++
			if !slices.Contains(have[part[:32]], m[1]) {
				t.Errorf("entries with the id %s have no field %s", part[:32], m[1])
			}
		}
	}
	if quoted == 0 {
		t.Error("the catalogue quotes no field: is it still what it was?")
	}
}

func metrics(t *testing.T, r watch.Run) string {
	t.Helper()
	var b strings.Builder
	if err := watch.Metrics(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each family is announced once, before its samples.
func TestMetricsAreWellFormed(t *testing.T) {
	text := metrics(t, watch.Run{
		Ended: time.Unix(1000, 0), Took: 1500 * time.Millisecond, Exit: 1,
		Report: diag.Report{Version: `a"b\c`, Verdict: diag.Down, Findings: []diag.Finding{
			finding("x", diag.Broken, diag.Found), finding("x", diag.Broken, diag.Found), finding("gone", diag.Broken, diag.Repaired),
		}},
	})
	sample := regexp.MustCompile(`^(sshd_doctor_[a-z_]+)(\{([a-z]+="(\\.|[^"\\])*",?)+\})? -?[0-9.]+$`)
	announced, seen := "", map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			announced, _, _ = strings.Cut(rest, " ")
			if seen[announced] {
				t.Errorf("%s is announced twice", announced)
			}
			seen[announced] = true
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil || m[1] != announced {
			t.Errorf("%q is no sample of %s", line, announced)
		}
	}
	for _, want := range []string{
		"sshd_doctor_exit_status 1\n", "sshd_doctor_last_run_duration_seconds 1.500\n", "sshd_doctor_last_run_timestamp_seconds 1000\n",
		`sshd_doctor_verdict{verdict="broken"} 1`, `sshd_doctor_verdict{verdict="healthy"} 0`,
		`sshd_doctor_findings{code="x",stage="install",severity="broken",status="found"} 2`, `sshd_doctor_info{version="a\"b\\c"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from\n%s", want, text)
		}
	}
	if strings.Contains(text, "gone") {
		t.Error("what was repaired is still counted")
	}
}

// The counter of repairs goes on from the file that is there, whatever is in it.
func TestRepairsAreCountedOn(t *testing.T) {
	run := watch.Run{Ended: time.Unix(1000, 0), Report: diag.Report{Repairs: []diag.Repair{{Result: "done"}, {Result: "done"}, {Result: "failed"}}}}
	for name, c := range map[string]struct{ before, want string }{
		"no file":      {"", `{result="done"} 2`},
		"an old one":   {metrics(t, run), `{result="done"} 4`},
		"nonsense":     {"sshd_doctor_repairs_total{result=\"done\"} many\n\x00\n", `{result="done"} 2`},
		"below zero":   {"sshd_doctor_repairs_total{result=\"done\"} -7\n", `{result="done"} 2`},
		"another kind": {"sshd_doctor_repairs_total{result=\"failed\"} 9\n", `{result="done"} 2`},
	} {
		run.Before = []byte(c.before)
		if text := metrics(t, run); !strings.Contains(text, "sshd_doctor_repairs_total"+c.want+"\n") {
			t.Errorf("%s: want %s in\n%s", name, c.want, text)
		}
	}
}

// What was told before is not told again, and what is over is told.
func TestOnlyNewsIsTold(t *testing.T) {
	failed := diag.Repair{Code: "port-taken", Result: "failed"}
	fault := finding("port-taken", diag.Broken, diag.Failed)
	down := diag.Report{Verdict: diag.Down, Cause: "port-taken", Findings: []diag.Finding{fault}, Repairs: []diag.Repair{failed}}
	again := down
	again.Repairs = []diag.Repair{failed, {Code: "hostkey-missing", Result: "done"}}
	flapping := down
	flapping.Findings = []diag.Finding{fault, finding(history.CodeFlapping, diag.Warning, diag.Found)}
	decided := diag.Report{Verdict: diag.Down, Cause: "unit-masked", LeftAlone: history.Decided, Findings: []diag.Finding{finding("unit-masked", diag.Broken, diag.NeedsConsent)}}
	known := []string{"port-taken"}
	for name, c := range map[string]struct {
		report diag.Report
		told   history.Telling
		want   []string
	}{
		"the first time":                   {down, history.Telling{State: true}, []string{watch.IDRepairFailed + " 3", watch.IDProblem + " 3"}},
		"tried again in vain":              {down, history.Telling{Known: known}, nil},
		"and after a day":                  {down, history.Telling{State: true, Known: known}, []string{watch.IDRepairFailed + " 3", watch.IDProblem + " 3"}},
		"another repair is news":           {again, history.Telling{Known: known}, []string{watch.IDRepaired + " 5"}},
		"over, by somebody else":           {diag.Report{Verdict: diag.Healthy}, history.Telling{State: true, Over: true}, []string{watch.IDHealthy + " 5"}},
		"over, by a repair":                {diag.Report{Verdict: diag.Healthy, Repairs: []diag.Repair{{Result: "done"}}}, history.Telling{State: true, Over: true}, []string{watch.IDRepaired + " 5", watch.IDHealthy + " 5"}},
		"repaired too often, broken again": {flapping, history.Telling{State: true, Known: known}, []string{watch.IDRepairFailed + " 3", watch.IDProblem + " 3", watch.IDFlapping + " 3"}},
		"somebody's decision is no alarm":  {decided, history.Telling{State: true}, []string{watch.IDDecided + " 5"}},
		"and is told once":                 {decided, history.Telling{}, nil},
	} {
		var got []string
		for _, e := range watch.Entries(c.report, 1, c.told) {
			got = append(got, e.ID+" "+string(rune('0'+e.Priority)))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
