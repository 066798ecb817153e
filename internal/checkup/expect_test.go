package checkup

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// conf is a configuration as sshd prints it.
func conf(lines ...string) sshdconf.Facts {
	f := sshdconf.Facts{Known: true}
	for _, l := range lines {
		key, value, _ := strings.Cut(l, " ")
		f.Settings = append(f.Settings, sshdconf.Setting{Key: key, Value: value})
	}
	return f
}

func TestExpect(t *testing.T) {
	stock := conf("listenaddress [::]:22", "listenaddress 0.0.0.0:22")
	moved := conf("listenaddress [::]:2222", "listenaddress 0.0.0.0:2222")
	socket := func(listen ...string) service.Facts {
		return service.Facts{Socket: service.Unit{ID: "ssh.socket", ActiveState: "active", Listen: listen}}
	}
	for _, c := range []struct {
		box  string
		f    Facts
		port []int
		want string
	}{
		{"a stock server, IPv4 named first", Facts{Conf: stock}, nil, "0.0.0.0:22 [::]:22"},
		{"the caller names the port that sshd has", Facts{Conf: stock}, []int{22}, "0.0.0.0:22 [::]:22"},
		{
			"the caller names another one: it is expected too", Facts{Conf: stock}, []int{2222},
			"0.0.0.0:22 [::]:22 0.0.0.0:2222 [::]:2222",
		},
		{"ssh.socket and a configuration that says nothing of a port", Facts{Conf: stock, Service: socket("[::]:2022")}, nil, "[::]:2022"},
		{"ssh.socket and a configuration with a port of its own", Facts{Conf: moved, Service: socket("[::]:22")}, nil, "0.0.0.0:2222 [::]:22 [::]:2222"},
		{"ssh.socket on 22: both families count", Facts{Conf: stock, Service: socket("[::]:22")}, nil, "0.0.0.0:22 [::]:22 [::]:22"},
		{"sockets that are not TCP are none of sshd's business", Facts{Conf: stock, Service: socket("/run/ssh-unix-local/socket")}, nil, "0.0.0.0:22 [::]:22"},
		{"a configuration that sshd rejects", Facts{Conf: sshdconf.Facts{}}, nil, ""},
	} {
		t.Run(c.box, func(t *testing.T) {
			c.f.Sshd = sshd(c.f)
			var got []string
			for _, e := range expect(c.f, Options{Ports: c.port}) {
				got = append(got, e.Addr.String())
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("expects %q, want %q", s, c.want)
			}
		})
	}
}

func TestStartupsKeepsAwayFromTheLimit(t *testing.T) {
	for spec, want := range map[string]int{"10:30:100": 5, "1:100:1": 1, "3:50:10": 1, "nonsense": 0} {
		if got := startups(conf("maxstartups " + spec)); got != want {
			t.Errorf("MaxStartups %s: %d at a time, want %d", spec, got, want)
		}
	}
}

// The handshake is the judge: what it has shown to work is not broken today. It
// says nothing about clients that speak less than ours, nor about a port that
// nobody serves.
func TestLatent(t *testing.T) {
	broken := func(code string, s diag.Stage) diag.Finding {
		return diag.Finding{Code: code, Stage: s, Severity: diag.Broken, Status: diag.Found}
	}
	r := diag.Report{Findings: []diag.Finding{
		broken("config-unknown-option", diag.Config),
		broken(listen.CodePortMoved, diag.Listen),
		broken("negotiation-no-kex-cipher-mac", diag.Negotiation),
		{Code: "port-taken", Stage: diag.Listen, Severity: diag.Warning, Status: diag.CouldNotTell},
	}}
	latent(Facts{}, &r)
	want := map[string]diag.Severity{
		"config-unknown-option": diag.Warning, listen.CodePortMoved: diag.Broken,
		"negotiation-no-kex-cipher-mac": diag.Broken,
	}
	if len(r.Findings) != len(want) {
		t.Errorf("%d findings left, want %d", len(r.Findings), len(want))
	}
	for _, f := range r.Findings {
		if f.Severity != want[f.Code] {
			t.Errorf("%s is %s, want %s", f.Code, f.Severity, want[f.Code])
		}
	}
	if r.Findings[0].Latent == "" {
		t.Error("a latent outage does not say when it bites")
	}
}

func TestProvenNeedsEveryAddress(t *testing.T) {
	at := func(reached string) diag.Endpoint { return diag.Endpoint{Reached: reached} }
	for _, c := range []struct {
		box  string
		all  []diag.Endpoint
		want bool
	}{
		{"no address at all", nil, false},
		{"one of two", []diag.Endpoint{at("hostkey"), at("refused")}, false},
		{"both", []diag.Endpoint{at("hostkey"), at("hostkey")}, true},
	} {
		if got := proven(c.all); got != c.want {
			t.Errorf("%s: %v, want %v", c.box, got, c.want)
		}
	}
}

func TestNamesAddress(t *testing.T) {
	for _, c := range []struct {
		value, subject string
		want           bool
	}{
		{"203.0.113.9", "203.0.113.9:22", true},
		{"203.0.113.9:22", "203.0.113.9:22", true},
		{"203.0.113.9:2222", "203.0.113.9:22", false},
		{"[2001:db8::1]", "[2001:db8::1]:22", true},
		{"2001:db8::1 rdomain red", "[2001:db8::1]:22", true},
		{"myhost", "203.0.113.9:22", false},
	} {
		if got := namesAddress(c.value, c.subject); got != c.want {
			t.Errorf("ListenAddress %s names %s: %v, want %v", c.value, c.subject, got, c.want)
		}
	}
}
