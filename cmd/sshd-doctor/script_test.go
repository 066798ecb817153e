package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary stand in for the program, so that scripts run
// the real one.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sshd-doctor": func() {
			p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}
			os.Exit(p.run(context.Background(), os.Args))
		},
	})
}

// TestScripts runs the command line as its users do: exit status, standard
// output and standard error.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"fits":   fits,
		},
	})
}

// status CODE COMMAND...: the command must end with exactly that exit status.
func status(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ProcessState.String()
		code = strings.TrimPrefix(code, "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s ended with %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// fits FILE: what was printed fits a console of 80x25 with a prompt below.
func fits(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimRight(ts.ReadFile(args[0]), "\n"), "\n")
	if len(lines) > 24 {
		ts.Fatalf("%d lines do not fit", len(lines))
	}
	for _, l := range lines {
		if len(l) > 79 {
			ts.Fatalf("too wide for a console: %q", l)
		}
	}
}
