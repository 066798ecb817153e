package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// object reads exactly one JSON object and nothing behind it.
func object(t *testing.T, data []byte) map[string]any {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(data))
	var o map[string]any
	if err := in.Decode(&o); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	var more any
	if err := in.Decode(&more); !errors.Is(err, io.EOF) {
		t.Fatalf("there is more than one object: %v", more)
	}
	return o
}

// has checks that an object has fields, none of them null.
func has(t *testing.T, what string, v any, fields ...string) {
	t.Helper()
	o, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s is no object: %v", what, v)
		return
	}
	for _, f := range fields {
		if value, there := o[f]; !there || value == nil {
			t.Errorf("%s has no %s: %v", what, f, value)
		}
	}
}

// Other programs are written against this: schema 1, nothing renamed.
func checkSchema(t *testing.T, o map[string]any) {
	t.Helper()
	has(t, "the report", o, "schema", "version", "command", "verdict", "changed", "cause", "findings", "repairs", "hostkeys", "endpoints")
	if o["schema"] != 1.0 {
		t.Errorf("schema %v", o["schema"])
	}
	if v, _ := o["verdict"].(string); !slices.Contains([]string{"healthy", "degraded", "broken", "unknown"}, v) {
		t.Errorf("verdict %v", o["verdict"])
	}
	items := func(name string) []any {
		list, ok := o[name].([]any)
		if !ok {
			t.Errorf("%s is no list: %v", name, o[name])
		}
		return list
	}
	for _, f := range items("findings") {
		has(t, "a finding", f, "code", "stage", "severity", "status", "subject", "summary", "evidence")
		f := f.(map[string]any)
		if _, ok := f["evidence"].([]any); !ok {
			t.Errorf("evidence is no list: %v", f["evidence"])
		}
		for _, e := range f["evidence"].([]any) {
			has(t, "evidence", e, "source", "text")
		}
		if r, there := f["remedy"]; there {
			has(t, "a remedy", r, "summary", "consent", "commands")
			if c := r.(map[string]any)["consent"]; c != "none" && c != "asks" && c != "manual" {
				t.Errorf("consent %v", c)
			}
		}
		if !slices.Contains([]any{"broken", "warning", "notice"}, f["severity"]) {
			t.Errorf("severity %v", f["severity"])
		}
		if !slices.Contains([]any{"found", "repaired", "needs-consent", "failed", "unknown"}, f["status"]) {
			t.Errorf("status %v", f["status"])
		}
	}
	for _, r := range items("repairs") {
		has(t, "a repair", r, "code", "subject", "summary", "result", "backup")
	}
	for _, k := range items("hostkeys") {
		has(t, "a host key", k, "path", "type", "bits", "sha256", "served")
	}
	for _, e := range items("endpoints") {
		has(t, "an endpoint", e, "address", "port", "owner", "reached", "banner", "error")
	}
}

func TestEveryReportIsOneObject(t *testing.T) {
	w := newWorld(t)
	for seed := range uint64(manyReports) {
		r := w.report(seed)
		var out bytes.Buffer
		if err := JSON(&out, r); err != nil {
			t.Fatal(err)
		}
		o := object(t, out.Bytes())
		checkSchema(t, o)
		if o["verdict"] != string(r.Verdict) || o["cause"] != r.Cause || len(o["findings"].([]any)) != len(r.Findings) {
			t.Errorf("report %d: verdict %v, cause %v", seed, o["verdict"], o["cause"])
		}
		if secret := w.leaks(out.String()); secret != "" || strings.Contains(out.String(), "PRIVATE KEY") {
			t.Errorf("report %d shows a private key: %s", seed, secret)
		}
		if t.Failed() {
			return
		}
	}
}

// Nothing but a key is left out: a fingerprint, a path, a line of configuration
// come through as they are.
func TestTextsComeThrough(t *testing.T) {
	for _, s := range []string{
		"SHA256:kkIqH23eFcD4mahVtH21FXPOtqzq7uNpL264cMt7+2U", `quotes "and" \ back`, "gr\u00fcn", "<&>", "a\nb",
		"/etc/ssh/sshd_config.d/50-cloud-init-and-a-very-long-name-that-goes-on-and-on-and-on.conf",
		"KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384",
	} {
		r := diag.Report{Findings: []diag.Finding{{Code: "x", Summary: s, Subject: s, Evidence: []diag.Evidence{{Source: s, Text: s}}}}}
		var out bytes.Buffer
		if err := JSON(&out, r); err != nil {
			t.Fatal(err)
		}
		f := object(t, out.Bytes())["findings"].([]any)[0].(map[string]any)
		e := f["evidence"].([]any)[0].(map[string]any)
		if f["summary"] != s || f["subject"] != s || e["source"] != s || e["text"] != s {
			t.Errorf("%q came out as %v", s, f)
		}
	}
}

func TestAnEmptyReportHasEmptyLists(t *testing.T) {
	var out bytes.Buffer
	r := diag.Report{}
	r.Conclude()
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	checkSchema(t, object(t, out.Bytes()))
	if strings.Contains(out.String(), "null") {
		t.Errorf("there is a null in\n%s", out.String())
	}
}

func TestCausesAndConsequencesInJSON(t *testing.T) {
	cause := diag.Rule{Code: "hostkey-missing", Stage: diag.HostKeys, Severity: diag.Broken}.New("/k", "missing")
	symptom := diag.Rule{Code: "service-failed", Stage: diag.Service, Severity: diag.Broken, Symptom: true}.New("ssh", "failed")
	r := diag.Report{Findings: []diag.Finding{symptom, cause}}
	r.Conclude()
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	o := object(t, out.Bytes())
	first, second := o["findings"].([]any)[0].(map[string]any), o["findings"].([]any)[1].(map[string]any)
	if o["cause"] != "hostkey-missing" || first["code"] != "hostkey-missing" || second["because"] != "hostkey-missing" {
		t.Errorf("%s", out.String())
	}
	if list, _ := first["cause_of"].([]any); len(list) != 1 || list[0] != "service-failed" {
		t.Errorf("cause_of %v", first["cause_of"])
	}
}

func TestErrorsAreOneObjectToo(t *testing.T) {
	w := newWorld(t)
	for _, message := range w.texts {
		var out bytes.Buffer
		if err := JSONError(&out, "1.0", "heal", message, 75); err != nil {
			t.Fatal(err)
		}
		o := object(t, out.Bytes())
		has(t, "the error", o, "schema", "version", "command", "verdict", "changed", "error", "exit")
		if o["verdict"] != "unknown" || o["exit"] != 75.0 || o["changed"] != false || w.leaks(out.String()) != "" {
			t.Errorf("%v", o)
		}
	}
}

func FuzzReports(f *testing.F) {
	f.Add(uint64(1), "text")
	f.Add(uint64(2), "\x1b[2J")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, seed uint64, s string) {
		w := w
		w.texts = append(slices.Clone(w.texts), s, s, s, s, s, s, s, s)
		r := w.report(seed)
		checkScreen(t, w, "report", text(t, r, Options{Next: "sshd-doctor heal"}), r.Verdict)
		var out bytes.Buffer
		if err := JSON(&out, r); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, object(t, out.Bytes()))
	})
}
