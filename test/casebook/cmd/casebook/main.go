// Command casebook plays the cases of test/casebook and prints what became of
// them as a Markdown table.
//
// EXIT STATUS: 0 when everything was as the cases say, 1 when not or when it
// could not be found out, 2 for wrong usage.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

// settings are the command's flags.
type settings struct {
	run       string
	suite     string
	out       string
	boxes     int
	breakOnly bool
	keep      bool
	units     string
	show      bool
	baselines bool
}

func main() {
	var s settings
	flag.StringVar(&s.run, "run", "", "play only the cases whose name matches this `regexp`")
	flag.StringVar(&s.suite, "suite", "", "play only on this `suite`")
	flag.StringVar(&s.out, "o", "", "write the table to this `file` as well")
	flag.IntVar(&s.boxes, "boxes", 4, "how many boxes run at once")
	flag.BoolVar(&s.breakOnly, "breakonly", false, "only break the boxes, and see whether a client sees what the case says")
	flag.BoolVar(&s.keep, "keep", false, "keep the files that a failed box changed")
	flag.StringVar(&s.units, "units", "", "have heal and check run as the units in this `directory`, without consent")
	flag.BoolVar(&s.baselines, "baselines", false, "in further boxes, do what people do without a doctor, and compare")
	flag.BoolVar(&s.show, "show", false, "print what was seen, the doctor's screens among it, of good results as well")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := s.play(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "casebook:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// play runs the chosen cases and reports them.
func (s settings) play(ctx context.Context) (bool, error) {
	trials, err := s.choose()
	if err != nil {
		return false, err
	}
	opts := casebook.Options{BreakOnly: s.breakOnly, Keep: s.keep, Units: s.units, Baselines: s.baselines, Progress: os.Stderr}
	if !s.breakOnly {
		dir, err := os.MkdirTemp("", "casebook-")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		if opts.Binary, err = casebook.Binary(ctx, dir); err != nil {
			return false, err
		}
	}
	ok, began := true, time.Now()
	results := casebook.Each(ctx, trials, s.boxes, opts, func(r casebook.Result) {
		ok = ok && r.OK()
		s.tell(r)
	})
	fmt.Fprintf(os.Stderr, "%d boxes in %.0f s\n", len(results), time.Since(began).Seconds())
	if s.breakOnly {
		return ok, nil
	}
	return ok, s.write(results)
}

// tell prints one result as it comes in.
func (s settings) tell(r casebook.Result) {
	what := fmt.Sprintf("named %-5v healed %-16s", r.Named, r.Healed)
	if s.breakOnly {
		what = map[bool]string{true: "breaks as it says", false: "BREAKS OTHERWISE"}[r.OK()]
	}
	fmt.Fprintf(os.Stderr, "%-32s %-9s %s %.1f s\n", r.Case, r.Suite, what, r.Took.Seconds())
	for _, b := range r.Baselines {
		fmt.Fprintf(os.Stderr, "  %s: in %v, harmed %q, error %v\n", b.Name, b.In, b.Harmed, b.Err)
	}
	fmt.Fprint(os.Stderr, r.Explain())
	if s.show && r.OK() {
		fmt.Fprint(os.Stderr, r.Log)
	}
}

// choose lists the trials that the flags ask for; none is an error.
func (s settings) choose() ([]casebook.Trial, error) {
	cases, err := casebook.Load()
	if err != nil {
		return nil, err
	}
	name, err := regexp.Compile(s.run)
	if err != nil {
		return nil, fmt.Errorf("cannot use -run: %w", err)
	}
	if s.suite != "" {
		if _, err := box.ParseSuite(s.suite); err != nil {
			return nil, err
		}
	}
	var chosen []casebook.Trial
	for _, t := range casebook.Trials(cases) {
		if name.MatchString(t.Case.Name) && (s.suite == "" || string(t.Suite) == s.suite) {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("cannot find a case that matches %q", s.run)
	}
	return chosen, nil
}

// write prints the table, and puts it into a file where that was asked for.
func (s settings) write(results []casebook.Result) error {
	if err := casebook.WriteTable(os.Stdout, results); err != nil || s.out == "" {
		return err
	}
	f, err := os.Create(s.out)
	if err != nil {
		return err
	}
	if err := casebook.WriteTable(io.Writer(f), results); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
