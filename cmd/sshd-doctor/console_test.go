package main

import (
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

func TestColoured(t *testing.T) {
	for term, want := range map[string]bool{
		"linux": true, "xterm-256color": true, "screen": true, "rxvt": true,
		"": false, "dumb": false, "unknown": false, "vt100": false, "vt220": false, "vt320": false, "linux-m": false, "xterm-mono": false,
	} {
		if got := coloured(term); got != want {
			t.Errorf("TERM=%s: %v", term, got)
		}
	}
}

// Who is asked has longer than a run takes, unless they said how long it may.
func TestAPersonHasTime(t *testing.T) {
	for _, c := range []struct {
		args []string
		most time.Duration
	}{{nil, answerTime}, {[]string{"--timeout", "3m"}, 3 * time.Minute}} {
		left := time.Duration(0)
		p := &program{env: func(string) string { return "" }}
		app := cli.App{Flags: commonFlags(), Action: func(c *cli.Context) error {
			s, err := p.session(c, "check")
			if err != nil {
				return err
			}
			defer s.end()
			if err := s.patient(c); err != nil {
				return err
			}
			end, _ := s.ctx.Deadline()
			left = time.Until(end)
			return s.ctx.Err()
		}}
		if err := app.Run(append([]string{"sshd-doctor"}, c.args...)); err != nil {
			t.Fatal(err)
		}
		if left > c.most || left < c.most/2 {
			t.Errorf("%q: %s are left", c.args, left)
		}
	}
}
