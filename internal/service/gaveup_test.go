package service

import "testing"

// systemd may say that it gave up after the invocation that failed, and what it
// said of an earlier row of failures says nothing about this one.
func TestGaveUp(t *testing.T) {
	const starting, failed = "Starting ssh.service - OpenBSD Secure Shell server...", "ssh.service: Failed with result 'exit-code'."
	const quickly = "ssh.service: Start request repeated too quickly."
	const client = "Invalid user " + quickly + " from 192.0.2.1 port 40000"
	for what, c := range map[string]struct {
		facts Facts
		want  bool
	}{
		"it failed once":                   {Facts{LastWords: []string{starting, failed}}, false},
		"the result says so":               {Facts{Service: Unit{Result: "start-limit-hit"}}, true},
		"the invocation says so":           {Facts{Journal: []string{"no hostkeys available", quickly}}, true},
		"said after the last start":        {Facts{LastWords: []string{starting, failed, quickly, failed}}, true},
		"said before another start":        {Facts{LastWords: []string{starting, failed, quickly, failed, starting, failed}}, false},
		"a client said it":                 {Facts{Journal: []string{client}, LastWords: []string{starting, failed}}, false},
		"nothing is known of what it said": {Facts{}, false},
	} {
		c.facts.Service.ID = "ssh.service"
		if got := gaveUp(c.facts); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
