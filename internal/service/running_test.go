package service

import (
	"slices"
	"strings"
	"testing"
)

func TestListener(t *testing.T) {
	for cmdline, want := range map[string][]string{
		"sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups":                        {"/usr/sbin/sshd"},
		"sshd: /usr/sbin/sshd -D -p 2222 [listener] 1 of 10-100 startups\x00\x00\x00": {"/usr/sbin/sshd", "-D", "-p", "2222"},
		"sshd: /usr/sbin/sshd -o Port 2222 -e [listener] 0 of 10-100 startups":        {"/usr/sbin/sshd", "-o", "Port 2222", "-e"},
		"sshd: /usr/sbin/sshd -oPort=2 -f /a [listener] 0 of 10-100 startups":         {"/usr/sbin/sshd", "-oPort=2", "-f", "/a"},
		"/usr/sbin/sshd\x00-p\x0022\x00-o\x00X=a b\x00":                               {"/usr/sbin/sshd", "-p", "22", "-o", "X=a b"},
		"sshd: joe [priv]":               nil,
		"sshd: joe@pts/0":                nil,
		"sshd: /usr/sbin/sshd -D":        nil,
		"/usr/sbin/sshd\x00-D\x00-R\x00": nil,
		"sshd\x00-p\x0022":               nil,
		"":                               nil,
		"sshd:  [listener]":              nil,
		"python3\x00/usr/sbin/sshd\x00[listener] ": nil,
	} {
		if got := listener([]byte(cmdline)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", cmdline, got, want)
		}
	}
}

func FuzzListener(f *testing.F) {
	f.Add("sshd: /usr/sbin/sshd -D -p 2222 [listener] 1 of 10-100 startups\x00")
	f.Add("/usr/sbin/sshd\x00-p\x0022\x00")
	f.Fuzz(func(t *testing.T, line string) {
		for _, w := range listener([]byte(line)) {
			if strings.TrimSpace(w) != "" && !strings.Contains(line, strings.Fields(w)[0]) {
				t.Errorf("%q is not in %q", w, line)
			}
		}
	})
}

// Where systemd is not in charge, what runs says where it is.
func TestRunningSshd(t *testing.T) {
	const status = "Name:\tsshd\nUmask:\t0022\nState:\tS (sleeping)\nPid:\t30\nPPid:\t1\nUid:\t0\t0\t0\t0\n"
	h := disk(t, map[string]string{
		"/proc/9/comm": "bash\n", "/proc/9/cmdline": "/usr/sbin/sshd\x00-p\x001\x00", "/proc/9/status": status,
		"/proc/20/comm": "sshd\n", "/proc/20/cmdline": "/usr/sbin/sshd\x00-p\x002\x00", "/proc/20/status": strings.Replace(status, "Uid:\t0\t0", "Uid:\t7\t7", 1),
		"/proc/30/comm": "sshd\n", "/proc/30/cmdline": "sshd: /usr/sbin/sshd -p 2200 [listener] 0 of 10-100 startups", "/proc/30/status": status,
		"/proc/4/comm": "sshd\n", "/proc/4/cmdline": "sshd: root [priv]", "/proc/4/status": status,
	})
	var f Facts
	f.running(h, "")
	if f.Binary != "/usr/sbin/sshd" || !slices.Equal(f.Args, []string{"-p", "2200"}) {
		t.Errorf("%s %q", f.Binary, f.Args)
	}
}

// Whose sshd it is: that of a service, or a person's who had a service's shell or
// made one for it.
func TestWhoStartedIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		unit   string
		props  map[string]any
		served bool
	}{
		{"of its service", "sshd-alt.service", map[string]any{"MainPID": uint32(7)}, true},
		{"out of a shell", "emergency.service", map[string]any{"MainPID": uint32(3)}, false},
		{"of a service without a process of its own", "cron.service", map[string]any{"MainPID": uint32(0)}, false},
		{"by systemd-run", "run-r1.service", map[string]any{"MainPID": uint32(7), "Transient": true}, false},
		{"a rescue", "sshd-doctor-rescue.service", map[string]any{"MainPID": uint32(7), "Transient": true}, true},
	} {
		if got := (Listener{PID: 7, Unit: c.unit}).served(c.props); got != c.served {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
