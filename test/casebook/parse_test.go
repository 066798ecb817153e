package casebook

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

const sample = `# a remark
title: no keys
origin: hostkeys-all-missing
suites: bookworm trixie

prepare:
    if true; then
        echo deep
    fi

break:
    rm -f /etc/ssh/ssh_host_*

client: refused or reset
client [trixie]: ok
endpoint: ::1 2222
verdict: broken
cause: hostkey-missing
findings: service-failed
says:
    one thing
    another: "quoted"
heal: exit 1, client refused, changes nothing
consent: --allow hostkey-missing, exit 0, client ok, repairs hostkey-missing unit-stopped
session: none
`

func TestParse(t *testing.T) {
	c, err := Parse("sample", strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Suites) != 2 || len(c.Plans) != 2 {
		t.Errorf("suites %v", c.Suites)
	}
	p := c.Plans[box.Bookworm]
	if p.Prepare != "if true; then\n    echo deep\nfi\n\n" || p.Addr != "::1" || p.Port != 2222 || p.Session {
		t.Errorf("%+v", p)
	}
	if p.Client.String() != "refused or reset" || c.Plans[box.Trixie].Client.String() != "ok" {
		t.Errorf("client %s and %s", p.Client, c.Plans[box.Trixie].Client)
	}
	if !slices.Equal(p.Says, []string{"one thing", `another: "quoted"`}) {
		t.Errorf("says %q", p.Says)
	}
	if !p.Heal.Untouched || p.Heal.Exit != 1 || p.Heal.Client.String() != "refused" {
		t.Errorf("heal %+v", p.Heal)
	}
	if s := p.Consent; !slices.Equal(s.Args, []string{"--allow", "hostkey-missing"}) || len(s.Repairs) != 2 {
		t.Errorf("consent %+v", s)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ change, to, want string }{
		{"session: none", "colour: red", `line 25: unknown field "colour": "colour: red"`},
		{"session: none", "no field at all", `line 25: not of the form`},
		{"session: none", "session: maybe", `line 25: none of [alive none]: "maybe"`},
		{"session: none", "client: ok", `"client" is already on line 14`},
		{"client [trixie]", "client [sarge]", `cannot use suite "sarge"`},
		{"break:\n", "break: rm\n", "begins on the next line"},
		{"title: no keys", "", `no "title"`},
		{"cause: hostkey-missing", "", "a verdict has a cause"},
		{"exit 1, client refused", "client refused", "which exit code"},
		{"changes nothing", "is nice", `cannot understand "is nice"`},
		{"--allow hostkey-missing, ", "", "consent does not say to what"},
		{"::1 2222", "localhost 22", "an address and a port"},
		{"client: refused or", "client: sad or", "none of [ok"},
	} {
		text := strings.Replace(sample, c.change, c.to, 1)
		if _, err := Parse("sample", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want %q in it", c.to, c.change, err, c.want)
		}
	}
}

func TestEveryCaseReads(t *testing.T) {
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if strings.ContainsAny(c.Name, "_ ") {
			t.Errorf("case %q: names are words joined by '-'", c.Name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("fuzz", strings.NewReader(text))
		if err == nil && (c.Title == "" || len(c.Plans) != len(c.Suites)) {
			t.Errorf("a half-read case passed: %+v", c)
		}
	})
}
