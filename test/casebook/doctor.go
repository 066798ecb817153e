package casebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// report is what the casebook reads of the doctor's JSON, schema 1.
type report struct {
	Schema   int    `json:"schema"`
	Command  string `json:"command"`
	Verdict  string `json:"verdict"`
	Changed  bool   `json:"changed"`
	Cause    string `json:"cause"`
	Findings []struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Status   string `json:"status"`
		Summary  string `json:"summary"`
		Evidence []struct {
			Source string `json:"source"`
			Text   string `json:"text"`
		} `json:"evidence"`
		Remedy struct {
			Summary  string   `json:"summary"`
			Commands []string `json:"commands"`
		} `json:"remedy"`
	} `json:"findings"`
	Repairs []struct {
		Code   string `json:"code"`
		Result string `json:"result"`
	} `json:"repairs"`
}

// visit is one run of the doctor.
type visit struct {
	args   string
	result box.Result
	report report
	bad    error // why the output is not a report
}

// see runs the doctor in the box with --json.
func see(ctx context.Context, b *box.Box, args ...string) (visit, error) {
	args = append(args, "--json")
	v := visit{args: "sshd-doctor " + strings.Join(args, " ")}
	var err error
	if v.result, err = b.Exec(ctx, nil, "sshd-doctor", args...); err != nil {
		return v, err
	}
	v.report, v.bad = parseReport(strings.NewReader(v.result.Stdout))
	return v, nil
}

// strays lists the doctor's processes that are still there in a box.
func strays(b *box.Box) []string {
	var found []string
	home, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", b.Init()))
	if err != nil {
		return nil
	}
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		text, _ := os.ReadFile(name)
		if string(text) != "sshd-doctor\n" {
			continue
		}
		dir := filepath.Dir(name)
		if ns, err := os.Readlink(filepath.Join(dir, "ns/pid")); err == nil && ns == home {
			found = append(found, "sshd-doctor, process "+filepath.Base(dir))
		}
	}
	return found
}

// parseReport wants exactly one JSON object and nothing else.
func parseReport(r io.Reader) (report, error) {
	var out report
	d := json.NewDecoder(r)
	if err := d.Decode(&out); err != nil {
		return out, fmt.Errorf("cannot read the report: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return out, errors.New("cannot read the report: there is more than one object")
	}
	if out.Schema != 1 {
		return out, fmt.Errorf("cannot read a report of schema %d", out.Schema)
	}
	return out, nil
}

// has tells whether a finding of that code is in the list.
func (r report) has(code string) bool {
	for _, f := range r.Findings {
		if f.Code == code {
			return true
		}
	}
	return false
}

// says tells whether a finding has a text in its summary, its evidence or its
// remedy.
func (r report) says(text string) bool {
	for _, f := range r.Findings {
		all := append([]string{f.Summary, f.Remedy.Summary}, f.Remedy.Commands...)
		for _, e := range f.Evidence {
			all = append(all, e.Source+": "+e.Text)
		}
		if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, text) }) {
			return true
		}
	}
	return false
}

// done lists the codes of the repairs that were done.
func (r report) done() []string {
	var codes []string
	for _, repair := range r.Repairs {
		if repair.Result == "done" && !slices.Contains(codes, repair.Code) {
			codes = append(codes, repair.Code)
		}
	}
	return codes
}

// exitOf is the exit code that belongs to a verdict.
func exitOf(verdict string) int {
	switch verdict {
	case "healthy":
		return 0
	case "unknown":
		return 2
	}
	return 1
}
