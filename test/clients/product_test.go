//go:build boxes

package clients

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/boxtest"
)

// surveyed is what "sshd-doctor clients --json" and "check --json" print, as far as
// it is looked at.
type surveyed struct {
	Verdict string
	Clients []struct {
		Name     string
		Versions []string
		GetsIn   string `json:"gets_in"`
		Fails    []string
		Server   struct{ HostKey string }
	}
	Refused []struct {
		From    []string
		CouldBe []string `json:"could_be"`
		Part    string
		Now     bool
	}
	Findings []finding
}

type finding struct {
	Code, Severity, Subject string
	Evidence                []struct{ Source, Text string }
}

// fares is what the survey says of one release.
func (s surveyed) fares(name, version string) (getsIn, key string, fails []string) {
	for _, c := range s.Clients {
		if c.Name == name && slices.Contains(c.Versions, version) {
			return c.GetsIn, c.Server.HostKey, c.Fails
		}
	}
	return "", "", nil
}

// outside is an address of the box that is not its loopback, as that of a client
// elsewhere.
const outside = "10.9.8.7"

// doctor boxes a suite with the program itself in it.
func doctor(t *testing.T, suite box.Suite) *site {
	t.Helper()
	b := boxtest.Start(t, suite, boxtest.Doctor(t))
	s := &site{box: b, roots: trees(t, clients(t))}
	s.shell(t, "ip addr add "+outside+"/32 dev lo")
	return s
}

// ask runs the program, which must end with that status.
func (s *site) ask(t *testing.T, status int, args ...string) surveyed {
	t.Helper()
	r, err := s.box.Exec(t.Context(), nil, "sshd-doctor", append(args, "--json")...)
	if err != nil || r.Exit != status {
		t.Fatalf("%v: status %d, want %d, %v\n%s%s", args, r.Exit, status, err, r.Stdout, r.Stderr)
	}
	var out surveyed
	if err := json.Unmarshal([]byte(r.Stdout), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// curl is libssh2 of a suite, at the box's usual sshd, from outside.
func (s *site) curl(t *testing.T, suite box.Suite) outcome {
	t.Helper()
	r, err := s.box.Beside(t.Context(), s.roots[suite],
		"curl -sS -k -m 20 --interface "+outside+" -u nobody:wrong sftp://"+outside+"/ 2>&1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := said(r.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A client of ten years ago is refused by sshd as Debian ships it. Nobody is to
// blame; who asks is told who it was.
func TestRefusedClientIsNamed(t *testing.T) {
	for _, suite := range []box.Suite{box.Bookworm, box.Trixie} {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			s := doctor(t, suite)
			if got := s.curl(t, box.Bullseye); got != "no" {
				t.Fatalf("curl: %s", got)
			}
			// sshd speaks after the client has gone, journald writes after that.
			s.shell(t, "for i in $(seq 300); do journalctl -q | grep 'Unable to negotiate' && break; sleep 0.1; done")
			survey := s.ask(t, 0, "clients")
			if in, _, _ := survey.fares("libssh2 with gcrypt", "1.9.0"); in != "no" || survey.Verdict != "healthy" {
				t.Errorf("gets in: %s, verdict %s", in, survey.Verdict)
			}
			if in, _, _ := survey.fares("OpenSSH", "10.0"); in != "yes" {
				t.Errorf("OpenSSH 10.0 gets in: %s", in)
			}
			if len(survey.Refused) != 1 || !slices.Equal(survey.Refused[0].From, []string{outside}) ||
				!slices.Contains(survey.Refused[0].CouldBe, "libssh2 with gcrypt 1.9.0") || !survey.Refused[0].Now {
				t.Errorf("refused: %+v", survey.Refused)
			}
			report := s.ask(t, 0, "check")
			if !slices.ContainsFunc(report.Findings, func(f finding) bool {
				return f.Code == "negotiation-client-refused" && f.Severity == "notice" && f.Subject == outside
			}) {
				t.Errorf("check: %+v", report.Findings)
			}
		})
	}
}

// Where only an RSA key is left, a client is refused that another key would let
// in: it is said, heal makes it, and the client is in.
func TestMissingKeyShutsClientsOut(t *testing.T) {
	s := doctor(t, box.Bookworm)
	s.shell(t, "rm /etc/ssh/ssh_host_ecdsa_key* /etc/ssh/ssh_host_ed25519_key*; systemctl restart ssh")
	if got := s.curl(t, box.Bookworm); got != "no" {
		t.Fatalf("curl: %s", got)
	}
	survey := s.ask(t, 1, "clients")
	in, key, fails := survey.fares("libssh2", "1.10.0")
	if in != "no" || key != "ecdsa" || !slices.Equal(fails, []string{"host key type"}) {
		t.Errorf("gets in %s, fails %v, a %s key would help", in, fails, key)
	}
	s.ask(t, 0, "heal")
	if got := s.curl(t, box.Bookworm); got != "in" {
		t.Errorf("after heal: curl: %s", got)
	}
	if survey = s.ask(t, 0, "clients"); len(survey.Refused) != 1 || survey.Refused[0].Now {
		t.Errorf("refused, and not any more: %+v", survey.Refused)
	}
}

// A list that nobody speaks any more: the server is broken, and the line is named.
func TestNarrowListIsFound(t *testing.T) {
	s := doctor(t, box.Trixie)
	for _, c := range []struct{ line, code string }{
		{"KexAlgorithms diffie-hellman-group1-sha1", "negotiation-no-kex-cipher-mac"},
		{"Ciphers 3des-cbc", "negotiation-no-kex-cipher-mac"},
		{"HostKeyAlgorithms ssh-rsa", "negotiation-no-hostkey-alg"},
		{"HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com", "negotiation-no-hostkey-alg"},
	} {
		s.shell(t, "systemctl reset-failed ssh; printf '# made\\n"+c.line+"\\n' >/etc/ssh/sshd_config.d/narrow.conf; systemctl restart ssh")
		report, found := s.ask(t, 1, "check"), false
		for _, f := range report.Findings {
			for _, e := range f.Evidence {
				found = found || f.Code == c.code && f.Severity == "broken" &&
					e.Source == "/etc/ssh/sshd_config.d/narrow.conf:2" && e.Text == c.line
			}
		}
		if !found || report.Verdict != "broken" {
			t.Errorf("%s: %s, %+v", c.line, report.Verdict, report.Findings)
		}
	}
	s.shell(t, "systemctl reset-failed ssh; rm /etc/ssh/sshd_config.d/narrow.conf; systemctl restart ssh")
	s.ask(t, 0, "check")
}
