package sshdconf

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf/typos"
)

// tree writes files and gives a host that sees them as its root.
func tree(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	return &host.Host{Files: hosttest.Tree(t, 0o600, files), Now: time.Now}
}

func TestLinesAreFoundInTheOrderOfSshd(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/ssh/sshd_config": "# ListenAddress 1.1.1.1\nInclude /etc/ssh/d/*.conf extra.conf \"quoted.conf\"\n" +
			"Include /etc/ssh/none\nlistenaddress=6.6.6.6\r\n  LISTENADDRESS\t 7.7.7.7:22 rdomain x \nListenAddressX 8.8.8.8\nListenAddress",
		"/etc/ssh/d/10.conf":   "ListenAddress 2.2.2.2\n",
		"/etc/ssh/d/20.conf":   "Port 22\nListenAddress 3.3.3.3\nInclude /etc/ssh/sshd_config\n",
		"/etc/ssh/extra.conf":  "ListenAddress 4.4.4.4",
		"/etc/ssh/quoted.conf": "ListenAddress 5.5.5.5\n",
	})
	var got []string
	for _, p := range Locate(h, "/etc/ssh/sshd_config", "ListenAddress") {
		got = append(got, fmt.Sprintf("%s:%d %s", strings.TrimPrefix(p.File, "/etc/ssh/"), p.Line, p.Value))
		data, err := h.Files.Read(p.File, fileLimit)
		if err != nil || lineOf(data, p.Line) != p.Content {
			t.Errorf("%s:%d holds %q, not %q", p.File, p.Line, lineOf(data, p.Line), p.Content)
		}
	}
	want := "d/10.conf:1 2.2.2.2, d/20.conf:2 3.3.3.3, extra.conf:1 4.4.4.4, quoted.conf:1 5.5.5.5, " +
		"sshd_config:4 6.6.6.6, sshd_config:5 7.7.7.7:22 rdomain x, sshd_config:7 "
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("found\n%s\nwant\n%s", s, want)
	}
}

func TestLocateWithoutFiles(t *testing.T) {
	if got := Locate(tree(t, nil), "/etc/ssh/sshd_config", "Port"); len(got) > 0 {
		t.Errorf("found %+v", got)
	}
}

func FuzzSplitLine(f *testing.F) {
	for _, c := range typos.All(f) {
		f.Add(c.Line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		key, value := splitLine(line)
		if !strings.Contains(line, key) || !strings.Contains(line, value) || strings.ContainsAny(key, " \t=") {
			t.Errorf("%q: %q, %q", line, key, value)
		}
	})
}
