package journal

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
)

// checkWords holds what every finding owes a reader.
func checkWords(t *testing.T, name string, f diag.Finding) {
	t.Helper()
	switch {
	case len(f.Summary) > 80 && f.Code != install.CodeLibrary:
		t.Errorf("%s: %d characters: %s", name, len(f.Summary), f.Summary)
	case f.Subject == "" || f.Summary == "":
		t.Errorf("%s: no subject or summary: %+v", name, f)
	case strings.HasSuffix(f.Summary, "."), strings.Contains(f.Summary, "\n"):
		t.Errorf("%s: not one line: %q", name, f.Summary)
	}
	if r := f.Remedy; r != nil {
		if r.Summary == "" || len(r.Commands()) == 0 || (r.Consent == diag.Manual) != (len(r.Steps) == 0) {
			t.Errorf("%s: remedy %+v", name, r)
		}
		if (r.Consent == diag.Asks) != (r.Reason != "") {
			t.Errorf("%s: asks and says why, or neither: %+v", name, r)
		}
		if slices.Contains(r.Commands(), "") {
			t.Errorf("%s: an empty command: %q", name, r.Commands())
		}
	}
}

// Nothing restarts a sshd that works without being told to, and what replaces it
// is tested first.
func TestLatentRestartTestsFirst(t *testing.T) {
	for _, f := range []Facts{
		healthy(func(f *Facts) { f.Program = Program{Path: "/usr/sbin/sshd", Replaced: true} }),
		broken(func(f *Facts) { f.Program.Replaced = true }),
	} {
		r := Judge(f)[0].Remedy
		if _, ok := r.Steps[0].(Test); !ok {
			t.Errorf("the first step is %q", r.Steps[0].Command())
		}
		if f.Need.Proven && r.Consent != diag.Asks {
			t.Error("a working sshd would be restarted without a question")
		}
	}
}

func TestHostsRemedyNamesTheLine(t *testing.T) {
	f := broken(func(f *Facts) {
		f.Need.Probed = []netip.Addr{netip.MustParseAddr("127.7.7.7")}
		f.Lines = said(FromProgram, "refused connect from 127.7.7.7 (127.7.7.7)")
		f.Wrappers = Wrappers{Rules: parseHosts(hostsDeny, "sshd: 203.0.113.7\nsshd: ALL\n"), Linked: true}
	})
	found := Judge(f)[0]
	if want := (SetRuleAside{File: hostsDeny, First: 2, Last: 2, Text: "sshd: ALL"}); found.Remedy.Steps[0] != want {
		t.Errorf("%+v", found.Remedy.Steps[0])
	}
	if e := found.Evidence[len(found.Evidence)-1]; e.Source != "/etc/hosts.deny, line 2" || e.Text != "sshd: ALL" {
		t.Errorf("evidence %+v", e)
	}
}

func TestRemedyCommands(t *testing.T) {
	const drop = "/etc/systemd/system/ssh.service.d/x.conf"
	start := "systemctl reset-failed ssh.service; systemctl start ssh.service"
	restart := "systemctl reset-failed ssh.service; systemctl restart ssh.service"
	label := func(f *Facts) {
		f.Enforcing = true
		f.Kernel = said(FromKernel, `AVC avc:  denied  { read } for  pid=1 comm="sshd" name="hosts.deny" dev="dm-0"`)
	}
	for _, tt := range []struct {
		name string
		f    Facts
		want []string
	}{
		{"drop-in", broken(func(f *Facts) {
			f.Limits.OpenFiles, f.Unit.DropIns = 9, []DropIn{limitDropIn(Setting{"LimitNOFILE", "9"})}
		}), []string{"mv " + drop + " " + drop + ".off", "systemctl daemon-reload", restart}},
		{"label while it runs", broken(label), []string{"restorecon -R /etc/hosts.deny /etc/ssh"}},
		{"label while it is down", down(label), []string{"restorecon -R /etc/hosts.deny /etc/ssh", start}},
		{"upgraded", broken(func(f *Facts) { f.Program.Replaced = true }), []string{"/usr/sbin/sshd -t", restart}},
		{"upgraded, and it works", healthy(func(f *Facts) {
			f.Program, f.Unit = Program{Path: "/usr/sbin/sshd", Replaced: true}, Unit{CanReload: true}
		}), []string{"/usr/sbin/sshd -t", "systemctl reload ssh.service"}},
		{"instances", down(func(f *Facts) {
			f.Lines = said(FromSystemd, "sshd.socket: Failed to queue service startup job (Maybe ...): Argument list too long")
		}), []string{"systemctl reset-failed 'sshd@*.service'", "systemctl reset-failed sshd.socket; systemctl start sshd.socket"}},
	} {
		if got := Judge(tt.f)[0].Remedy.Commands(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestQuotes(t *testing.T) {
	f := broken(func(f *Facts) {
		f.Lines = append(old(said(FromProgram, "fatal: yesterday")), said(FromProgram,
			"Connection closed by 127.0.0.1 port 5 [preauth]", "fatal: nobody knows this", "fatal: nobody knows this",
			"Server listening on 0.0.0.0 port 22.")...)
		f.Kernel = said(FromKernel, "sshd[7]: segfault at 0")
	})
	want := []diag.Evidence{
		{Source: "journal, sshd[7]", Text: "fatal: nobody knows this"}, {Source: "kernel log", Text: "sshd[7]: segfault at 0"},
	}
	if got := Quotes(f); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Code] || r.Title == "" {
			t.Errorf("rule %+v", r)
		}
		seen[r.Code] = true
	}
	for _, s := range sentences() {
		borrowed := slices.ContainsFunc(install.Rules(), func(r diag.Rule) bool { return r.Code == s.code })
		if !seen[s.code] && !borrowed && s.code != codeTooMany {
			t.Errorf("a sentence for %s, which is no rule", s.code)
		}
	}
}
