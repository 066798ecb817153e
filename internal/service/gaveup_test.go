package service

import "testing"

// systemd may say that it gave up after the invocation that failed, and what it
// said of an earlier row of failures says nothing about this one.
func TestGaveUp(t *testing.T) {
	const starting, failed = "Starting ssh.service - OpenBSD Secure Shell server...", "ssh.service: Failed with result 'exit-code'."
	const quickly = "ssh.service: Start request repeated too quickly."
	for what, c := range map[string]struct {
		facts Facts
		want  bool
	}{
		"it failed once":                   {Facts{LastWords: []string{starting, failed}}, false},
		"the result says so":               {Facts{Service: Unit{Result: "start-limit-hit"}}, true},
		"the invocation says so":           {Facts{Journal: []string{"no hostkeys available", quickly}}, true},
		"said after the last start":        {Facts{LastWords: []string{starting, failed, quickly, failed}}, true},
		"said before another start":        {Facts{LastWords: []string{starting, failed, quickly, failed, starting, failed}}, false},
		"nothing is known of what it said": {Facts{}, false},
	} {
		if got := gaveUp(c.facts); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
