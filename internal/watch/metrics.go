package watch

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
)

// Run is one run as the metrics see it.
type Run struct {
	Report diag.Report
	Exit   int
	Ended  time.Time
	Took   time.Duration
	// Before is the file that the run before wrote, if there is one: the counter
	// of repairs goes on from there.
	Before []byte
}

// Metrics writes the text format of Prometheus, for the textfile collector of
// node_exporter. The names are for ever.
func Metrics(w io.Writer, r Run) error {
	m := &metrics{}
	m.gauge("exit_status", "Exit status of the last run: 0 healthy or healed, 1 a problem remains, 2 could not tell.")
	m.sample("exit_status", "", r.Exit)
	m.gauge("last_run_timestamp_seconds", "When the last run ended, in Unix time.")
	m.sample("last_run_timestamp_seconds", "", r.Ended.Unix())
	m.gauge("last_run_duration_seconds", "How long the last run took.")
	m.sample("last_run_duration_seconds", "", fmt.Sprintf("%.3f", r.Took.Seconds()))
	m.verdict(r.Report.Verdict)
	m.findings(r.Report)
	m.head("repairs_total", "counter", "Repairs since the file was first written, by result.")
	for _, result := range []string{"done", "failed", "undone"} {
		n := count(r.Report.Repairs, func(p diag.Repair) bool { return p.Result == result })
		m.sample("repairs_total", label("result", result), before(r.Before, "repairs_total", label("result", result))+n)
	}
	m.gauge("left_alone", "1 for why the last run left something alone: decided (sshd is switched off), flapping (repaired too often), retry-later (the repair failed).")
	for _, why := range []string{history.Decided, history.Flapping, history.Retry} {
		one := 0
		if r.Report.LeftAlone == why {
			one = 1
		}
		m.sample("left_alone", label("reason", why), one)
	}
	m.gauge("hostkeys", "Host keys on disk, by whether the server proved over loopback that it holds them.")
	for _, served := range []bool{true, false} {
		m.sample("hostkeys", label("served", fmt.Sprint(served)), count(r.Report.HostKeys, func(k diag.HostKey) bool { return k.Served == served }))
	}
	m.gauge("info", "The version of sshd-doctor.")
	m.sample("info", label("version", r.Report.Version), 1)
	_, err := io.WriteString(w, m.text.String())
	return err
}

type metrics struct{ text strings.Builder }

func (m *metrics) gauge(name, help string) { m.head(name, "gauge", help) }

func (m *metrics) head(name, kind, help string) {
	fmt.Fprintf(&m.text, "# HELP sshd_doctor_%s %s\n# TYPE sshd_doctor_%s %s\n", name, help, name, kind)
}

// before finds the value of a counter in a file of an earlier run; 0 where it is
// not there or is no count.
func before(file []byte, name, labels string) int {
	for line := range strings.Lines(string(file)) {
		value, ok := strings.CutPrefix(line, "sshd_doctor_"+name+"{"+labels+"} ")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); ok && err == nil && n >= 0 {
			return n
		}
	}
	return 0
}

func (m *metrics) sample(name, labels string, value any) {
	if labels != "" {
		labels = "{" + labels + "}"
	}
	fmt.Fprintf(&m.text, "sshd_doctor_%s%s %v\n", name, labels, value)
}

func (m *metrics) verdict(is diag.Verdict) {
	if is == "" {
		is = diag.Unknown // the run came to no report
	}
	m.gauge("verdict", "1 for the verdict of the last run, 0 for the others.")
	for _, v := range []diag.Verdict{diag.Healthy, diag.Degraded, diag.Down, diag.Unknown} {
		one := 0
		if v == is {
			one = 1
		}
		m.sample("verdict", label("verdict", string(v)), one)
	}
}

// findings counts what is there at the end of the run, once for each code.
func (m *metrics) findings(r diag.Report) {
	m.gauge("findings", "What is wrong after the last run, by code.")
	counts := map[string]int{}
	var order []string
	for _, f := range r.Findings {
		if f.Status == diag.Repaired {
			continue
		}
		key := strings.Join([]string{
			label("code", f.Code), label("stage", f.Stage.String()),
			label("severity", f.Severity.String()), label("status", string(f.Status)),
		}, ",")
		if counts[key]++; counts[key] == 1 {
			order = append(order, key)
		}
	}
	for _, key := range order {
		m.sample("findings", key, counts[key])
	}
}

func label(name, value string) string {
	return fmt.Sprintf(`%s="%s"`, name, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value))
}

func count[T any](list []T, match func(T) bool) int {
	n := 0
	for _, v := range list {
		if match(v) {
			n++
		}
	}
	return n
}
