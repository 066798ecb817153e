package boot

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// sound is a machine on which all is well.
func sound() Facts {
	return Facts{
		From: From{
			Systemd: true, Unit: "ssh.service", Startable: true, Up: true, MainPID: 812, Result: "success",
			Listen: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:22"), netip.MustParseAddrPort("[::]:22")},
		},
		Resources: Resources{
			MemTotal: 1 << 30, MemAvailable: 700 << 20, OOMKills: 0, UnitOOMKills: 0, Tasks: 120, TasksMax: 32768,
			Limits: []TaskLimit{{Group: "/system.slice/ssh.service", Current: 1, Max: 4915}},
		},
		Proven: true,
	}
}

func with(change ...func(*Facts)) Facts {
	f := sound()
	for _, c := range change {
		c(&f)
	}
	return f
}

func down(f *Facts) { f.From.Up, f.Proven = false, false }

func emergency(f *Facts) {
	down(f)
	f.Stop = Stop{Mode: Emergency, Mounts: []Mount{{
		Unit: "data.mount", Where: "/data", What: "nowhere", Result: "exit-code",
		Line: 3, Text: "nowhere /data nosuchfs defaults 0 2",
		Said: []string{"mount: /data: special device nowhere does not exist."},
	}}}
}

// in shows a finding in a line: severity, code, status where it is not "found",
// consent, subject.
func in(f diag.Finding) string {
	words := []string{f.Severity.String(), f.Code}
	if f.Status != diag.Found {
		words = append(words, string(f.Status))
	}
	if f.Remedy != nil {
		words = append(words, f.Remedy.Consent.String())
	}
	return strings.Join(words, " ") + " | " + f.Subject
}

func TestJudge(t *testing.T) {
	named := func(ssh, sshd string) func(*Facts) {
		return func(f *Facts) {
			f.Names = []Name{{"ssh.service", "ssh.service", ssh}, {"sshd.service", "sshd.service", sshd}}
		}
	}
	for _, c := range []struct {
		name  string
		facts Facts
		want  []string
		says  string
	}{
		{"all is well", sound(), nil, ""},
		{"nothing could be read", Facts{Resources: Resources{-1, -1, -1, -1, -1, -1, nil, nil}}, nil, ""},
		{"sshd is down and the machine is well", with(down), nil, ""},

		{"the initial ramdisk", with(down, func(f *Facts) { f.Initrd = "/ is the kernel's rootfs" }),
			[]string{"broken rescue-initrd-sshd manual | /"}, "initial ramdisk"},
		{"an sshd that answers in the initial ramdisk", with(func(f *Facts) { f.Initrd = "x" }),
			[]string{"warning rescue-initrd-sshd manual | /"}, ""},

		{"emergency mode", with(emergency), []string{"broken boot-stopped-in-emergency-mode asks | emergency.target"},
			"the machine is in emergency mode: /data cannot be mounted"},
		{"emergency mode, and somebody disabled sshd", with(emergency, func(f *Facts) { f.From.Startable = false }),
			[]string{"broken boot-stopped-in-emergency-mode manual | emergency.target"}, ""},
		{"emergency mode, and sshd was started", with(emergency, func(f *Facts) { f.From.Up, f.Proven = true, true }),
			[]string{"warning boot-stopped-in-emergency-mode manual | boot"}, "sshd runs, and the machine is in emergency mode"},
		{"a disk that never came", with(emergency, func(f *Facts) {
			f.Stop.Mounts[0].What, f.Stop.Mounts[0].Gone = "/dev/disk/by-uuid/3c9f", true
		}), []string{"broken boot-stopped-in-emergency-mode asks | emergency.target"}, "emergency mode: /data has no disk"},
		{"a file system check", with(down, func(f *Facts) {
			f.Stop = Stop{Mode: Emergency, Failed: []string{"systemd-fsck@dev-vdb1.service"}}
		}), []string{"broken boot-stopped-in-emergency-mode asks | emergency.target"}, "systemd-fsck@dev-vdb1.service failed"},
		{"rescue mode by the boot menu", with(down, func(f *Facts) { f.Stop = Stop{Mode: Rescue, Asked: "single"} }),
			[]string{"broken boot-stopped-in-emergency-mode asks | rescue.target"}, "rescue mode, started with single"},
		{"systemd would not say", with(down, func(f *Facts) { f.Stop.Err = "cannot ask" }),
			[]string{"notice boot-stopped-in-emergency-mode unknown | boot"}, ""},

		{"both names", with(down, named("loaded", "loaded")), nil, ""},
		{"no name", with(down, named("not-found", "not-found")), nil, ""},
		{"Debian, disabled", with(down, named("loaded", "not-found")), []string{"notice unit-name-mismatch | ssh.service"},
			"the unit is called ssh.service here; there is no sshd.service"},
		{"Fedora", with(down, named("not-found", "loaded")), []string{"notice unit-name-mismatch | sshd.service"}, ""},
		{"masked", with(down, named("masked", "not-found")), []string{"notice unit-name-mismatch | ssh.service"}, ""},
		{"the name is of no matter while it is up", with(named("loaded", "not-found")), nil, ""},

		{"killed for want of memory", with(down, func(f *Facts) { f.From.Result = "oom-kill" }),
			[]string{"notice resources-exhausted | ssh.service"}, "ended ssh.service for want of memory"},
		{"killed before it was up, as systemd 252 puts it", with(down, func(f *Facts) {
			f.From.Result, f.Resources.OOMKills = "signal", 9
		}), []string{"notice resources-exhausted | memory"}, "ended 9 processes"},
		{"children were killed", with(func(f *Facts) { f.Proven, f.Resources.UnitOOMKills = false, 2 }),
			[]string{"notice resources-exhausted | ssh.service"}, "ended processes of ssh.service"},
		{"hardly any memory left", with(down, func(f *Facts) { f.Resources.OOMKills, f.Resources.MemAvailable = 4, 3<<20 }),
			[]string{"notice resources-exhausted | memory"}, "only 3 MiB"},
		{"others were killed long ago", with(down, func(f *Facts) { f.Resources.OOMKills = 4 }), nil, ""},
		{"a fork was refused", with(func(f *Facts) { f.Proven, f.Resources.Limits[0].Refused = false, 7 }),
			[]string{"notice resources-exhausted | ssh.service"}, "1 of 4915 tasks"},
		{"at the limit", with(func(f *Facts) {
			f.Proven, f.Resources.Limits = false, []TaskLimit{{"/system.slice", 40, 40, -1}}
		}), []string{"notice resources-exhausted | system.slice"}, "40 of 40 tasks"},
		{"no process number is left", with(down, func(f *Facts) { f.Resources.Tasks = 32700 }),
			[]string{"notice resources-exhausted | tasks"}, "32700 of 32768"},
		{"/run is full", with(down, func(f *Facts) { f.Resources.Full = []Full{{"/run", false}, {"/var", true}} }),
			[]string{"notice resources-exhausted | /run", "notice resources-exhausted | /var"}, "/run is full: no room left"},
		{"nobody is harmed by it", with(func(f *Facts) {
			f.Resources.UnitOOMKills, f.Resources.Full = 1, []Full{{"/tmp", false}}
		}), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.facts)
			var lines []string
			for _, f := range got {
				lines = append(lines, in(f))
			}
			if !slices.Equal(lines, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(c.want, "\n"))
			}
			if c.says != "" && (len(got) == 0 || !strings.Contains(got[0].Summary, c.says)) {
				t.Errorf("%+v does not say %q", got, c.says)
			}
		})
	}
}

// What a person at the console needs to know about a boot that stopped.
func TestStopEvidence(t *testing.T) {
	f := Judge(with(emergency))[0]
	said := fmt.Sprint(f.Evidence)
	for _, want := range []string{
		"data.mount", "special device nowhere does not exist", "/etc/fstab line 3", "nowhere /data nosuchfs defaults 0 2", "nofail",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
	if got := f.Remedy.Commands(); !slices.Equal(got, []string{
		"systemctl reset-failed ssh.service; systemctl --job-mode=ignore-dependencies start ssh.service",
	}) {
		t.Errorf("%q", got)
	}
	up := with(emergency, func(f *Facts) { f.From.Up, f.Stop.ReadOnly = true, true })
	if got := Judge(up)[0].Remedy.Commands(); !slices.Equal(got, []string{
		"mount -o remount,rw /", "nano +3 /etc/fstab", "systemctl daemon-reload", "systemctl default",
	}) {
		t.Errorf("%q", got)
	}
}

// A boot that stopped is the cause of a unit that was not started; one at which
// sshd was started by hand is the cause of nothing else.
func TestStopExplains(t *testing.T) {
	report := func(f Facts) diag.Report {
		stopped := diag.Rule{Code: "unit-stopped", Stage: diag.Service, Severity: diag.Broken, Symptom: true}
		memory := diag.Rule{Code: "hostkey-only-in-memory", Stage: diag.Identity, Severity: diag.Warning, Symptom: true}
		r := diag.Report{Findings: append(Judge(f), stopped.New("ssh.service", ""), memory.New("key", ""))}
		r.Conclude()
		return r
	}
	r := report(with(emergency))
	if r.Cause != CodeStopped || r.Findings[1].Because != CodeStopped {
		t.Errorf("cause %s, %+v", r.Cause, r.Findings[1])
	}
	r = report(with(emergency, func(f *Facts) { f.From.Up = true }))
	if last := r.Findings[2]; last.Because == CodeStopped {
		t.Errorf("%+v", last)
	}
}

func TestWithhold(t *testing.T) {
	missing := diag.Rule{Code: "hostkey-missing", Stage: diag.HostKeys, Severity: diag.Broken}
	findings := func(f Facts) []diag.Finding {
		return append(Judge(f), missing.New("key", "").With(diag.Remedy{Steps: []diag.Step{StartAlone{"x"}}}))
	}
	f := with(down)
	list := findings(f)
	if Withhold(f, list) || list[0].Remedy == nil {
		t.Error("a remedy was withheld on an ordinary machine")
	}
	f.Initrd = "/etc/initrd-release exists"
	list = findings(f)
	if !Withhold(f, list) || list[1].Remedy != nil || list[0].Remedy == nil {
		t.Errorf("%+v", list)
	}
	r := diag.Report{Findings: list}
	r.Conclude()
	if r.Cause != CodeInitrd || len(r.Open()) != 1 {
		t.Errorf("cause %s, open %+v", r.Cause, r.Open())
	}
}

func TestFactsAreData(t *testing.T) {
	f := with(emergency)
	f.Firewall.Chains = recorded(t, "nft-1.1.3.json")
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Facts
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("%v\n%+v\n%+v", err, back, f)
	}
}

func TestRules(t *testing.T) {
	for _, r := range Rules() {
		if r.Code == "" || r.Title == "" {
			t.Errorf("%+v", r)
		}
	}
}
