package checkup

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// failed is a box whose unit failed, with a drop-in and nothing else wrong.
func failed() Facts {
	return Facts{
		Service: service.Facts{
			Service:  service.Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "failed", RuntimeDir: []string{"sshd"}},
			ArgsFrom: []string{"/etc/default/ssh"}, Args: []string{"-D", "-o", "UseDNS=no"},
		},
		Conf: sshdconf.Facts{Known: true, Problems: []sshdconf.Problem{{Kind: sshdconf.PrivsepDir, Word: "/run/sshd"}}},
		Journal: journal.Facts{Unit: journal.Unit{DropIns: []journal.DropIn{{
			Path:     "/etc/systemd/system/ssh.service.d/x.conf",
			Settings: []journal.Setting{{Key: "Environment", Value: "TOKEN=secret LD_LIBRARY_PATH=/opt"}, {Key: "User", Value: "nobody"}},
		}}}},
		Expect: []listen.Expect{{Addr: netip.MustParseAddrPort("0.0.0.0:22")}},
	}
}

// quoted is what the last finding says after quote.
func quoted(f Facts, all ...diag.Finding) []string {
	quote(f, all)
	var out []string
	for _, e := range all[len(all)-1].Evidence {
		out = append(out, e.Source+": "+e.Text)
	}
	return out
}

func TestUnexplainedFailureSaysWhatIsKnown(t *testing.T) {
	down := func() diag.Finding { return found(diag.Service, "service-failed", "failed", true) }
	for name, c := range map[string]struct {
		facts Facts
		all   []diag.Finding
		want  []string
	}{
		"a unit that failed": {failed(), []diag.Finding{down()}, []string{
			"x: failed",
			"/etc/systemd/system/ssh.service.d/x.conf: Environment=TOKEN=... LD_LIBRARY_PATH=...; User=nobody",
			"/etc/default/ssh: gives sshd -D -o UseDNS=no",
			"not the cause: configuration, the port: looked at outside the unit, and well",
		}},
		"beside a cause": {failed(), []diag.Finding{found(diag.HostKeys, "hostkey-missing", "gone", false), down()}, []string{"x: failed"}},
	} {
		if got := quoted(c.facts, c.all...); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, c.want)
		}
	}
}

// What was found wrong, or could not be looked at, is not ruled out.
func TestNotRuledOut(t *testing.T) {
	for name, change := range map[string]func(*Facts){
		"a configuration that sshd rejects": func(f *Facts) { f.Conf.Problems = []sshdconf.Problem{{Kind: sshdconf.BadValue}} },
		"a configuration that is not known": func(f *Facts) { f.Conf.Known = false },
		"a directory that nobody makes":     func(f *Facts) { f.Service.Service.RuntimeDir = nil },
	} {
		f := failed()
		change(&f)
		if got := ruledOut(f); got != "the port: looked at outside the unit, and well" {
			t.Errorf("%s: %q", name, got)
		}
	}
	f := failed()
	f.Listen.HoldersErr = "may not look"
	if got := ruledOut(f); got != "configuration: looked at outside the unit, and well" {
		t.Errorf("a port that could not be looked at: %q", got)
	}
}

func TestAComplaintAboutTheCommandLine(t *testing.T) {
	at := func(text string) diag.Finding {
		c := found(diag.Config, "config-unknown-option", text, false)
		attachOptions(failed(), &c)
		return c
	}
	if c := at("command-line: line 0: Bad configuration option: X"); c.Subject != "/etc/default/ssh" ||
		c.Remedy == nil || !slices.Equal(c.Remedy.Manual, []string{"nano /etc/default/ssh", "sshd-doctor"}) {
		t.Errorf("%+v", c)
	}
	if c := at("/etc/ssh/sshd_config: line 3: Bad configuration option: X"); c.Remedy != nil {
		t.Errorf("%+v", c)
	}
}
