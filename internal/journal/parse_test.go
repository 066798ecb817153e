package journal

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func export(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/export.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Lines as journalctl printed them on Debian 11, 12 and 13.
func TestParseExport(t *testing.T) {
	text := export(t)
	lines, err := parseExport(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(text, "\n"); len(lines) != want {
		t.Errorf("%d of %d entries were read", len(lines), want)
	}
	find := func(part string) Line {
		for _, l := range lines {
			if strings.Contains(l.Message, part) {
				return l
			}
		}
		t.Fatalf("no line with %q", part)
		return Line{}
	}
	l := find("sshd-session: error while loading")
	if l.From != FromProgram || l.Ident != "sshd" || l.PID != 73 || l.Invocation != "ea0d014db67148cdaf3381ad18f34c0a" ||
		!slices.Equal(l.Units, []string{"ssh.service"}) || l.Time.UnixMicro() != 1795342067527992 {
		t.Errorf("of sshd: %+v", l)
	}
	l = find("203.0.113.9:22")
	if l.From != FromSystemd || !slices.Contains(l.Units, "ssh.socket") {
		t.Errorf("of systemd: %+v", l)
	}
	l = find("deleted to break ordering cycle")
	if l.From != FromSystemd || !slices.Contains(l.Units, "ssh.service") || !slices.Contains(l.Units, "thirdparty.service") {
		t.Errorf("about two units: %+v", l)
	}
}

func TestParseEntry(t *testing.T) {
	const when = `"__REALTIME_TIMESTAMP":"1"`
	for _, tt := range []struct {
		name, entry, message string
		from                 From
	}{
		{"sshd as root", `{` + when + `,"_UID":"0","_COMM":"sshd","MESSAGE":"x"}`, "x", FromProgram},
		{"somebody's program of that name", `{` + when + `,"_UID":"1000","_COMM":"sshd","_SYSTEMD_UNIT":"session-3.scope","MESSAGE":"x"}`, "x", ""},
		{"a name is not a sender", `{` + when + `,"_UID":"1000","_COMM":"logger","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}`, "x", ""},
		{"sshd that ended with its word", `{` + when + `,"_UID":"0","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}`, "x", FromProgram},
		{"root's program that takes the name", `{` + when + `,"_UID":"0","_COMM":"logger","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}`, "x", ""},
		{"somebody's program that was gone", `{` + when + `,"_UID":"1000","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}`, "x", ""},
		{"a process of the unit", `{` + when + `,"_UID":"105","_COMM":"x","_SYSTEMD_UNIT":"sshd@7-1.2.3.4:22.service","MESSAGE":"x"}`, "x", FromProgram},
		{"process 1", `{` + when + `,"_PID":"1","_UID":"0","_COMM":"systemd","MESSAGE":"x"}`, "x", FromSystemd},
		{"before journald", `{` + when + `,"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"x"}`, "x", FromSystemd},
		{"kernel", `{` + when + `,"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"x"}`, "x", FromKernel},
		{"audit", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":"x"}`, "x", FromKernel},
		{"bytes", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":[65,27,200,66]}`, "A??B", FromKernel},
		{"several", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":["a","b"]}`, "a", FromKernel},
		{"too large", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":null}`, "", FromKernel},
		{"a terminal's command", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":"a\u001b[2Jb"}`, "a?[2Jb", FromKernel},
		{"long", `{` + when + `,"_TRANSPORT":"audit","MESSAGE":"` + strings.Repeat("y", 3000) + `"}`, strings.Repeat("y", 400), FromKernel},
	} {
		l, err := parseEntry(tt.entry, messageLimit)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if l.Message != tt.message || l.From != tt.from {
			t.Errorf("%s: %q of %q", tt.name, l.Message, l.From)
		}
	}
}

// A message of systemd belongs to the start that it is about, not to its own.
func TestInvocationOfSystemd(t *testing.T) {
	l, err := parseEntry(`{"__REALTIME_TIMESTAMP":"1","__MONOTONIC_TIMESTAMP":"2000000","_PID":"1","_SYSTEMD_INVOCATION_ID":"own","INVOCATION_ID":"aa","MESSAGE":"x"}`, messageLimit)
	if err != nil || l.Invocation != "aa" || l.Up != 2*time.Second {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestAuditIsBounded(t *testing.T) {
	line := "type=AVC msg=audit(1787754986.272:561): avc:  denied  { read } comm=\"sshd\"\n"
	if n := len(parseAudit(strings.Repeat(line, 2*mostLines))); n != mostLines {
		t.Errorf("%d lines were kept", n)
	}
}

func TestExportThatIsNone(t *testing.T) {
	good := `{"__REALTIME_TIMESTAMP":"1","_TRANSPORT":"audit","MESSAGE":"x"}` + "\n"
	for _, bad := range []string{
		"-- No entries --", "{", "null", "[]", `{"MESSAGE":"x"}`, `{"__REALTIME_TIMESTAMP":"-5","MESSAGE":"x"}`,
		`{"__REALTIME_TIMESTAMP":"soon"}`, strings.Repeat("x", lineLimit+1),
	} {
		lines, err := parseExport(strings.NewReader(good + bad + "\n" + good))
		if err == nil {
			t.Errorf("%.40q was taken", bad)
		} else if !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("error does not begin with cannot: %v", err)
		}
		if len(lines) != 1 {
			t.Errorf("%.40q: %d lines were kept, want the one before", bad, len(lines))
		}
	}
}

func FuzzParseExport(f *testing.F) {
	for l := range strings.Lines(export(f)) {
		f.Add(l)
	}
	f.Add(`{"__REALTIME_TIMESTAMP":"1","MESSAGE":[1,2,300]}`)
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parseExport(strings.NewReader(text))
		if err != nil && !strings.HasPrefix(err.Error(), "cannot read the journal") {
			t.Errorf("error without context: %v", err)
		}
		for _, l := range lines {
			if l.Message == "" || l.From == "" || len(l.Message) > messageLimit {
				t.Errorf("%+v", l)
			}
			for _, s := range append([]string{l.Message, l.Ident, l.Invocation}, l.Units...) {
				if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Errorf("not printable: %q", s)
				}
			}
		}
		Facts{Lines: lines, Need: Need{Unit: "ssh.service"}}.said()
	})
}

func TestParseAudit(t *testing.T) {
	text := `cut off in the middle of comm="sshd" exe="/usr/sbin/sshd"
type=AVC msg=audit(1787754986.272:561): avc:  denied  { name_bind } for  pid=907 comm="sshd" src=2849 tclass=tcp_socket permissive=0
type=USER_AUTH msg=audit(1787754986.300:562): pid=1 msg='op=PAM acct="root"'
type=SECCOMP msg=audit(1787754987.001:563): auid=1 comm="sshd" exe="/usr/sbin/sshd" sig=31 arch=c000003e syscall=230 code=0x0
type=AVC msg=audit(x): comm="sshd"
`
	lines := parseAudit(text)
	if len(lines) != 2 {
		t.Fatalf("%d lines: %+v", len(lines), lines)
	}
	l := lines[0]
	if !strings.HasPrefix(l.Message, `AVC avc:  denied  { name_bind } for  pid=907 comm="sshd" src=2849`) ||
		l.From != FromKernel || l.Time.UnixMilli() != 1787754986272 {
		t.Errorf("%+v", l)
	}
	f := Facts{Kernel: lines, Need: Need{Since: lines[1].Time}}
	if h := f.said(); len(h) != 2 || h[0].code != CodeSELinuxPort || h[0].word != "2849" || h[1].code != CodeSeccomp {
		t.Errorf("means %+v", h)
	}
}

func FuzzParseAudit(f *testing.F) {
	f.Add(`type=AVC msg=audit(1787754986.272:561): avc:  denied  { name_bind } for comm="sshd" src=2849` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range parseAudit(text) {
			if l.From != FromKernel || l.Message == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestParseLimits(t *testing.T) {
	const head = "Limit                     Soft Limit           Hard Limit           Units     \n"
	for text, want := range map[string]int{
		head + "Max open files            9                    9                    files     \n":     9,
		head + "Max open files            1024                 524288               files     \n":     1024,
		head + "Max open files            unlimited            unlimited            files     \n":     1<<63 - 1,
		head + "Max open files            -1                   9                    files     \n":     -1,
		head + "Max open files            x                    9                    files     \n":     -1,
		head + "Max processes             9                    9                    processes     \n": -1,
		"":                             -1,
		"Max open files            \n": -1,
	} {
		got, err := parseLimits(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestParseUnitFile(t *testing.T) {
	got := parseUnitFile("# a\n[Service]\nLimitNOFILE = 9\n; b\nExecStart=\nExecStart=/usr/sbin/sshd \\\n  -D\nnonsense\n=x\n")
	want := []Setting{{"LimitNOFILE", "9"}, {"ExecStart", ""}, {"ExecStart", "/usr/sbin/sshd    -D"}}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	d := DropIn{Settings: got}
	if d.only("LimitNOFILE") || !d.only("LimitNOFILE", "ExecStart") || (DropIn{}).only("LimitNOFILE") {
		t.Error("what a drop-in sets besides is not seen")
	}
}

func TestParsePreload(t *testing.T) {
	got := parsePreload("/a.so:/b.so /c.so\n# none\n\t/d.so # why\n")
	if !slices.Equal(got, []string{"/a.so", "/b.so", "/c.so", "/d.so"}) {
		t.Errorf("%q", got)
	}
}

func TestParseStage(t *testing.T) {
	for text, want := range map[string]string{
		`{"v1": {"stage": "init-network"}}`: "init-network",
		`{"v1": {"stage": null}}`:           "",
		`{}`:                                "",
		`no`:                                "",
	} {
		if got := parseStage([]byte(text)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestRemovesKeys(t *testing.T) {
	for line, want := range map[string]bool{
		`/bin/sh -c rm -f /etc/ssh/ssh_host_*`:                               true,
		`/usr/bin/find /etc/ssh -name ssh_host_* -delete`:                    true,
		`/bin/sh -c "test -e /x||rm /etc/ssh/ssh_host_rsa_key"`:              true,
		`/bin/shred -u /etc/ssh/ssh_host_rsa_key`:                            true,
		`shred -u /etc/ssh/ssh_host_rsa_key`:                                 true,
		`/usr/bin/ssh-keygen -A`:                                             false,
		`/bin/sh -c "cat /etc/ssh/ssh_host_rsa_key.pub >/dev/console"`:       false,
		`/bin/sh -c "rm -f /run/nologin; test -s /etc/ssh/ssh_host_rsa_key"`: false,
		`rm -rf /tmp/x`: false,
		`chmod 600 /etc/ssh/ssh_host_rsa_key # permissions firm`: false,
	} {
		if got := removesKeys(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestDecodeUnit(t *testing.T) {
	u := decodeUnit("ssh.service", map[string]any{
		"LoadState": "loaded", "ActiveState": "inactive", "UnitFileState": "enabled", "KillMode": "process",
		"LimitNOFILESoft": uint64(9), "TasksMax": uint64(1<<64 - 1), "TasksCurrent": uint64(3),
		"InactiveExitTimestampMonotonic": uint64(0), "ExecMainStartTimestamp": uint64(1795341708149723),
		"ExecMainStartTimestampMonotonic": uint64(7e6),
		"Wants":                           []string{"a.service"}, "Requires": []string{"b.slice"}, "CanReload": true,
	})
	if !u.NeverTried || u.OpenFiles != 9 || u.TasksMax != 0 || u.Tasks != 3 || !u.CanReload || u.Active() ||
		u.Started.UnixMicro() != 1795341708149723 || u.StartedUp != 7*time.Second || !slices.Equal(u.Pulls, []string{"a.service", "b.slice"}) {
		t.Errorf("%+v", u)
	}
	if u := decodeUnit("x", nil); u.NeverTried || !u.Started.IsZero() {
		t.Errorf("of nothing: %+v", u)
	}
}
