package console

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	s, err := Parse(strings.NewReader("# a scene\nwhat: it works\n\nbreak: a\nbreak: b: c\nrun: sshd-doctor\n" +
		"see: Repair? \npress: y<enter>\nsee: HEALED\nstatus: 1\nenv: NO_COLOR=1\nafter: true\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Break != "a\nb: c\n" || len(s.Talk) != 2 || s.Talk[0] != (Turn{"Repair?", "y\r"}) || s.Talk[1].Press != "" ||
		s.Status != 1 || strings.Join(s.Env, " ") != "TERM=linux NO_COLOR=1" {
		t.Errorf("%+v", s)
	}
	for _, bad := range []string{
		"", "what: x\nrun: y\n", "what: x\nrun: y\nsee: z\nstatus: many\n", "what: x\nrun: y\npress: y\nsee: z\n",
		"what: x\nrun: y\nsee: z\npress: y\npress: n\n", "what: x\nrun: y\nsee: z\nsee it\n", "what: x\nrun: y\nsee: z\nwhere: here\n",
	} {
		if s, err := Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: %+v", bad, s)
		}
	}
}
