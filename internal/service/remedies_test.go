package service

import (
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// What is shown is what a person could type.
func TestCommandsByHand(t *testing.T) {
	const u = "ssh.service"
	for _, c := range []struct {
		step host.Step
		want string
	}{
		{DaemonReload{}, "systemctl daemon-reload"},
		{Start{Unit: u}, "systemctl reset-failed ssh.service; systemctl start ssh.service"},
		{Start{Unit: "ssh.socket", Behind: u}, "systemctl reset-failed ssh.service ssh.socket; systemctl start ssh.socket"},
		{Restart{u}, "systemctl reset-failed ssh.service; systemctl restart ssh.service"},
		{Reload{u}, "systemctl reload ssh.service"},
		{Enable{u}, "systemctl enable ssh.service"},
		{Unmask{Unit: u}, "systemctl unmask ssh.service"},
		{Unmask{Unit: u, Runtime: true}, "systemctl unmask --runtime ssh.service"},
		{SetAside{Path: marker, Why: "off"}, "mv " + marker + " " + marker + ".off"},
	} {
		if got := c.step.Command(); got != c.want {
			t.Errorf("%T: %s, want %s", c.step, got, c.want)
		}
	}
}

func TestAMarkerIsSetAsideAndCanComeBack(t *testing.T) {
	h := tree(t, map[string]string{marker: "why\n"})
	h.Now = func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }
	change, err := SetAside{Path: marker, Why: "off"}.Apply(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if there, err := h.Files.Exists(marker); there || err != nil {
		t.Errorf("it is still there: %v, %v", there, err)
	}
	if change.Backup != marker+".off-20261122T100000Z" || !strings.Contains(change.Note, "sshd_not_to_be_run.off-") {
		t.Errorf("%+v", change)
	}
	if err := change.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data, err := h.Files.Read(marker, 100); err != nil || string(data) != "why\n" {
		t.Errorf("it came back as %q, %v", data, err)
	}
	if _, err := (SetAside{Path: "/etc/none", Why: "off"}).Apply(t.Context(), h); err == nil {
		t.Error("what is not there was set aside")
	}
}

func TestDropInThatSetsALine(t *testing.T) {
	const dir = "/etc/systemd/system/ssh.service.d/"
	h := tree(t, map[string]string{
		dir + "10-a.conf": "[Service]\nExecStart=\nExecStart=/opt/a\n",
		dir + "20-b.conf": "[Service]\n ExecStart = /opt/b \n",
		dir + "30-c.conf": "[Service]\nExecStartPre=/opt/c\nExecStart=\n#ExecStart=/opt/c\n",
	})
	all := []string{dir + "10-a.conf", dir + "20-b.conf", dir + "30-c.conf", dir + "40-gone.conf"}
	for line, want := range map[string]string{
		"ExecStart": all[1], "ExecStartPre": all[2], "ExecReload": "",
	} {
		if got := setBy(h, all, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestLinesOfTheJournal(t *testing.T) {
	got := lines("one\n\n  two\x1b[31m \ngr\u00fcn\n" + strings.Repeat("x", 1000))
	if len(got) != 4 || got[0] != "one" || got[1] != "two?[31m" || got[2] != "gr?n" || len(got[3]) != 400 {
		t.Errorf("%q", got)
	}
	for line, want := range map[string]bool{
		"ssh.service: Scheduled restart job, restart counter is at 4.":       true,
		"Starting ssh.service - OpenBSD Secure Shell server...":              true,
		"Failed to start OpenBSD Secure Shell server.":                       true,
		"ssh.service: Start request repeated too quickly.":                   true,
		"ssh.service: Control process exited, code=exited, status=1/FAILURE": true,
		"Connection closed by 203.0.113.4 port 40000 [preauth]":              true,
		"Server listening on 0.0.0.0 port 22.":                               true,
		"sshd: no hostkeys available -- exiting.":                            false,
		"error: Bind to port 22 on 0.0.0.0 failed: Address already in use.":  false,
		"ssh.service: Failed to load environment files: No such file":        false,
	} {
		if got := isNoise(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// The evidence is the last few different lines.
func TestTheLastLinesCount(t *testing.T) {
	f := Facts{
		Service: Unit{ID: "ssh.service", LoadState: "loaded", ActiveState: "failed"},
		Journal: []string{"one", "two", "Starting x", "three", "two", "four", "five", "Stopped x", "five"},
	}
	var got []string
	for _, e := range Judge(f)[0].Evidence[1:] {
		got = append(got, e.Text)
	}
	if strings.Join(got, " ") != "two three four five" {
		t.Errorf("%q", got)
	}
}
