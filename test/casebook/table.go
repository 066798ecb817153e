package casebook

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// WriteTable writes results as a Markdown page: one row per case, one group of
// columns per suite, sums at the end.
func WriteTable(w io.Writer, results []Result) error {
	suites, rows := arrange(results)
	var s strings.Builder
	s.WriteString("# Broken boxes, and what became of them\n\n")
	s.WriteString("Each case is a fresh box with a real systemd, broken as its file in\n" +
		"`test/casebook/cases` says. *named*: `check` gave the verdict and the cause.\n" +
		"*healed*: how the box ended, judged by a real SSH client. *harmed*: broken\n" +
		"promises, seen from outside. `!` marks what is not as the case says.\n\n")
	more := baselineNames(results)
	if len(more) > 0 {
		s.WriteString(baselineWords)
	}
	s.WriteString("| case |")
	for _, suite := range suites {
		fmt.Fprintf(&s, " %s: named | healed | harmed | s |", suite)
		for _, name := range more {
			fmt.Fprintf(&s, " %s |", name)
		}
	}
	s.WriteString("\n|---|" + strings.Repeat("---|---|---|---|"+strings.Repeat("---|", len(more)), len(suites)) + "\n")
	for _, row := range rows {
		fmt.Fprintf(&s, "| %s<br>%s |", row.name, row.title)
		for _, suite := range suites {
			s.WriteString(cells(row.results[suite]) + baselineCells(row.results[suite], more))
		}
		s.WriteString("\n")
	}
	s.WriteString("\n" + sums(suites, results))
	if len(more) > 0 {
		s.WriteString("\n" + compared(suites, results, more))
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// row is a case with its results by suite.
type row struct {
	name, title string
	results     map[box.Suite]*Result
}

func arrange(results []Result) ([]box.Suite, []*row) {
	var suites []box.Suite
	var rows []*row
	for i, r := range results {
		if !slices.Contains(suites, r.Suite) {
			suites = append(suites, r.Suite)
		}
		at := slices.IndexFunc(rows, func(x *row) bool { return x.name == r.Case })
		if at < 0 {
			at = len(rows)
			rows = append(rows, &row{r.Case, r.Title, map[box.Suite]*Result{}})
		}
		rows[at].results[r.Suite] = &results[i]
	}
	slices.SortFunc(suites, func(a, b box.Suite) int {
		return slices.Index(box.Suites(), a) - slices.Index(box.Suites(), b)
	})
	return suites, rows
}

// cells are the four columns of one result.
func cells(r *Result) string {
	if r == nil {
		return " | | | |"
	}
	mark := ""
	if r.Err != nil || len(r.Wrong) > 0 {
		mark = " !"
	}
	named := "**no**"
	if r.Named {
		named = "yes"
	}
	harmed := "-"
	if len(r.Harmed) > 0 {
		harmed = fmt.Sprintf("**%d**", len(r.Harmed))
	}
	return fmt.Sprintf(" %s | %s%s | %s | %.1f |", named, r.Healed, mark, harmed, r.Took.Seconds())
}

// sums counts the outcomes by suite.
func sums(suites []box.Suite, results []Result) string {
	var s strings.Builder
	s.WriteString("| suite | cases | named | healed | with consent | left to a person | healthy, untouched | not as it should be | harmed | box seconds |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, suite := range suites {
		count := map[Healing]int{}
		var cases, named, wrong, harmed int
		var took time.Duration
		for _, r := range results {
			if r.Suite != suite {
				continue
			}
			cases++
			took += r.Took
			count[r.Healed]++
			named += one(r.Named)
			wrong += one(r.Err != nil || len(r.Wrong) > 0)
			harmed += one(len(r.Harmed) > 0)
		}
		fmt.Fprintf(&s, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %.0f |\n", suite, cases, named,
			count[Healed], count[WithConsent], count[LeftToPerson], count[NothingToDo], wrong, harmed, took.Seconds())
	}
	return s.String()
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
