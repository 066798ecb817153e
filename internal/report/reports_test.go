package report

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// world is what reports are made of at random.
type world struct {
	// keys are private keys in the form that stands in files, made anew.
	keys []string
	// texts are what programs, files and peers may have written.
	texts []string
}

func newWorld(t testing.TB) world {
	t.Helper()
	var w world
	for range 2 {
		_, ed, err := ed25519.GenerateKey(crand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		ec, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []any{ed, ec} {
			der, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			// Much longer, as RSA keys are.
			der = append(der, make([]byte, 300)...)
			w.keys = append(w.keys, string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: der})))
		}
	}
	w.texts = hostile(w.keys)
	return w
}

func hostile(keys []string) []string {
	lines := strings.Split(keys[0], "\n")
	return []string{
		"", "plain", "two words", "\x1b[31mred\x1b[0m\x1b]0;title\x07", "line\nbreak\r\nand another", "\t\v\f\b\a\x00\x7f",
		strings.Repeat("very long ", 50), strings.Repeat("x", 5000), "gr\u00fcn \u4e2d\u6587 \u202eright to left", "\xff\xfe\xc3",
		"%s%n%d%!x(MISSING)", `quotes "and" \back\slash`, "</script><!--", "  leading and trailing  ", "DEGRADED: SSH works now",
		"Next:  rm -rf /", keys[0], "it holds " + keys[1], strings.ReplaceAll(keys[2], "\n", "\r\n"), strings.ReplaceAll(keys[3], "\n", " "),
		"no argument after keyword \"" + lines[1] + "\"", lines[2], "/etc/ssh/ssh_host_ed25519_key: line 2: Bad configuration option: " + lines[3],
	}
}

// maker makes one report.
type maker struct {
	r     *rand.Rand
	texts []string
}

// report makes a report, the same one for the same seed.
func (w world) report(seed uint64) diag.Report {
	return maker{rand.New(rand.NewPCG(seed, 1)), w.texts}.report()
}

func (m maker) text() string { return m.texts[m.r.IntN(len(m.texts))] }

func (m maker) list(most int) []string {
	var out []string
	for range m.r.IntN(most + 1) {
		out = append(out, m.text())
	}
	return out
}

type typed string

func (c typed) Command() string { return string(c) }

func (m maker) finding() diag.Finding {
	codes := []string{"hostkey-missing", "config-unknown-option", "service-failed", "config-authmethods-unsatisfiable", "port-taken"}
	f := diag.Finding{
		Code: codes[m.r.IntN(len(codes))], Stage: diag.Stages()[m.r.IntN(len(diag.Stages()))],
		Severity: diag.Severity(m.r.IntN(3)), Symptom: m.r.IntN(2) == 0, Title: m.text(),
		Subject: m.text(), Summary: m.text(), Latent: m.text(),
		Status: []diag.Status{diag.Found, diag.Repaired, diag.NeedsConsent, diag.Failed, diag.CouldNotTell}[m.r.IntN(5)],
	}
	for range m.r.IntN(5) {
		f.Evidence = append(f.Evidence, diag.Evidence{Source: m.text(), Text: m.text()})
	}
	if m.r.IntN(4) > 0 {
		f.Remedy = &diag.Remedy{
			Summary: m.text(), Reason: m.text(), Consent: diag.Consent(m.r.IntN(3)), Manual: m.list(8),
		}
		for _, c := range m.list(3) {
			f.Remedy.Steps = append(f.Remedy.Steps, typed(c))
		}
	}
	return f
}

func (m maker) report() diag.Report {
	r := diag.Report{Version: m.text(), Command: "check", Changed: m.r.IntN(2) == 0}
	for range m.r.IntN(12) {
		r.Findings = append(r.Findings, m.finding())
	}
	results := []string{"done", "failed", "undone", "planned"}
	for range m.r.IntN(6) {
		r.Repairs = append(r.Repairs, diag.Repair{
			Code: "x", Subject: m.text(), Summary: m.text(), Result: results[m.r.IntN(4)],
			Backup: m.text(), Detail: m.text(), Notes: m.list(2),
		})
	}
	for range m.r.IntN(6) {
		r.Forget = append(r.Forget, m.text())
		r.HostKeys = append(r.HostKeys, diag.HostKey{Path: m.text(), Type: m.text(), SHA256: m.text(), New: m.r.IntN(2) == 0})
	}
	for range m.r.IntN(6) {
		r.Endpoints = append(r.Endpoints, diag.Endpoint{
			Address: m.text(), Port: 22, Owner: m.text(), Banner: m.text(), Error: m.text(),
			Reached: []string{"refused", "hostkey"}[m.r.IntN(2)],
		})
	}
	for _, s := range diag.Stages() {
		if m.r.IntN(3) > 0 {
			r.Passed = append(r.Passed, diag.Passed{Stage: s, Text: m.text(), Not: m.r.IntN(3) == 0})
		}
	}
	r.Conclude()
	return r
}

// leaks tells which line of a private key stands in a text.
func (w world) leaks(text string) string {
	for _, key := range w.keys {
		for line := range strings.Lines(key) {
			line = strings.TrimSpace(line)
			// The end of the last line may be short; half a line is enough to be
			// alarmed, and nothing else is so long.
			if len(line) >= 60 && (strings.Contains(text, line[:50]) || strings.Contains(text, line[10:60])) {
				return line
			}
		}
	}
	return ""
}
