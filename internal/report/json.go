// Package report turns a finished report into bytes: text for people, JSON for
// programs. It decides nothing.
package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/quoted"
)

// Schema is the version of the JSON form. Fields are added, never renamed.
const Schema = 1

type jsonReport struct {
	Schema    int            `json:"schema"`
	Version   string         `json:"version"`
	Command   string         `json:"command"`
	Root      string         `json:"root,omitempty"`
	Verdict   diag.Verdict   `json:"verdict"`
	Changed   bool           `json:"changed"`
	Cause     string         `json:"cause"`
	CutOff    diag.CutOff    `json:"cut_off,omitempty"`
	LeftAlone string         `json:"left_alone,omitempty"`
	Findings  []jsonFinding  `json:"findings"`
	Repairs   []jsonRepair   `json:"repairs"`
	HostKeys  []jsonHostKey  `json:"hostkeys"`
	Endpoints []jsonEndpoint `json:"endpoints"`
	// Forget is there when the identity has changed.
	Forget []string `json:"forget,omitempty"`
}

type jsonFinding struct {
	Code     string         `json:"code"`
	Stage    string         `json:"stage"`
	Severity string         `json:"severity"`
	Status   diag.Status    `json:"status"`
	CauseOf  []string       `json:"cause_of,omitempty"`
	Because  string         `json:"because,omitempty"`
	Subject  string         `json:"subject"`
	Summary  string         `json:"summary"`
	Latent   string         `json:"latent,omitempty"`
	Evidence []jsonEvidence `json:"evidence"`
	Remedy   *jsonRemedy    `json:"remedy,omitempty"`
}

type jsonEvidence struct {
	Source string `json:"source"`
	Text   string `json:"text"`
}

type jsonRemedy struct {
	Summary  string   `json:"summary"`
	Consent  string   `json:"consent"`
	Reason   string   `json:"reason,omitempty"`
	Commands []string `json:"commands"`
}

type jsonRepair struct {
	Code    string   `json:"code"`
	Subject string   `json:"subject"`
	Summary string   `json:"summary"`
	Result  string   `json:"result"`
	Backup  string   `json:"backup"`
	Detail  string   `json:"detail,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

type jsonHostKey struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Bits   int    `json:"bits"`
	SHA256 string `json:"sha256"`
	Served bool   `json:"served"`
}

type jsonEndpoint struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Owner   string `json:"owner"`
	Reached string `json:"reached"`
	Banner  string `json:"banner"`
	Error   string `json:"error"`
}

// JSON writes the report as exactly one object.
func JSON(w io.Writer, r diag.Report) error {
	out := jsonReport{
		Schema: Schema, Version: r.Version, Command: r.Command, Root: r.Root, Verdict: r.Verdict,
		Changed: r.Changed, Cause: r.Cause, CutOff: r.CutOff, Forget: r.Forget, LeftAlone: r.LeftAlone,
		Findings: []jsonFinding{}, Repairs: []jsonRepair{}, HostKeys: []jsonHostKey{}, Endpoints: []jsonEndpoint{},
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, finding(f))
	}
	for _, p := range r.Repairs {
		out.Repairs = append(out.Repairs, jsonRepair(p))
	}
	for _, k := range r.HostKeys {
		out.HostKeys = append(out.HostKeys, jsonHostKey{k.Path, k.Type, k.Bits, k.SHA256, k.Served})
	}
	for _, e := range r.Endpoints {
		out.Endpoints = append(out.Endpoints, jsonEndpoint(e))
	}
	return write(w, out)
}

func finding(f diag.Finding) jsonFinding {
	j := jsonFinding{
		Code: f.Code, Stage: f.Stage.String(), Severity: f.Severity.String(), Status: f.Status,
		CauseOf: f.CauseOf, Because: f.Because, Subject: f.Subject, Summary: f.Summary,
		Latent: f.Latent, Evidence: []jsonEvidence{},
	}
	for _, e := range f.Evidence {
		j.Evidence = append(j.Evidence, jsonEvidence(e))
	}
	if f.Remedy != nil {
		j.Remedy = &jsonRemedy{
			Summary: f.Remedy.Summary, Consent: f.Remedy.Consent.String(), Reason: f.Remedy.Reason,
			Commands: append([]string{}, f.Remedy.Commands()...),
		}
	}
	return j
}

// JSONError writes the object that stands for a run that came to no report.
func JSONError(w io.Writer, version, command, message string, exit int) error {
	return write(w, struct {
		Schema  int    `json:"schema"`
		Version string `json:"version"`
		Command string `json:"command"`
		Verdict string `json:"verdict"`
		Changed bool   `json:"changed"`
		Cause   string `json:"cause"`
		Error   string `json:"error"`
		Exit    int    `json:"exit"`

		Findings  []jsonFinding  `json:"findings"`
		Repairs   []jsonRepair   `json:"repairs"`
		HostKeys  []jsonHostKey  `json:"hostkeys"`
		Endpoints []jsonEndpoint `json:"endpoints"`
	}{
		Schema: Schema, Version: version, Command: command, Verdict: string(diag.Unknown), Error: message, Exit: exit,
		Findings: []jsonFinding{}, Repairs: []jsonRepair{}, HostKeys: []jsonHostKey{}, Endpoints: []jsonEndpoint{},
	})
}

func write(w io.Writer, v any) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	text := out.String()
	if quoted.May(text) {
		text = quoted.New().JSON(text)
	}
	_, err := w.Write(discreet([]byte(text)))
	return err
}
