package service

import (
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// A start that is not over is no finding while it goes on, and names what it
// waits for when it stands.
func TestStartsThatHang(t *testing.T) {
	pre := Exec{Line: "ExecStartPre", Path: "/bin/sleep", Argv: []string{"/bin/sleep", "99"}, PID: 7}
	for _, c := range []struct {
		name string
		unit Unit
		wait Wait
		says string
	}{
		{
			"waits for another unit", Unit{ActiveState: "inactive", Job: true, JobID: 9},
			Wait{Unit: unit("hang.service", "loaded", "activating"), Job: "start", For: 75 * time.Second},
			"it waits for hang.service, at work for 1m15s",
		},
		{
			"a program of the unit", Unit{ActiveState: "activating", SubState: "start-pre", Control: pre},
			Wait{For: 9 * time.Second}, "systemd waits for 9s for sleep to end",
		},
		{
			"a sign that does not come", Unit{ActiveState: "activating", SubState: "start", Type: "forking"},
			Wait{}, "Type=forking waits for sshd to go into the background",
		},
		{"a job that waits for nobody knows what", Unit{ActiveState: "inactive", Job: true}, Wait{}, ""},
		{"fails and is started again", Unit{ActiveState: "activating", SubState: "start-pre", NRestarts: 2, Control: pre}, Wait{}, ""},
		{"up", Unit{ActiveState: "active", SubState: "running"}, Wait{}, ""},
		{"being reloaded", Unit{ActiveState: "reloading", Job: true}, Wait{}, ""},
	} {
		c.unit.Name, c.unit.ID, c.unit.LoadState = "ssh.service", "ssh.service", "loaded"
		f := Facts{Service: c.unit, Wait: c.wait}
		if found, ok := judgeStarting(f); ok {
			t.Errorf("%s, seen once: %+v", c.name, found)
		}
		f.Lasting = true
		found, ok := judgeStarting(f)
		if ok != (c.says != "") || !strings.Contains(found.Summary, c.says) {
			t.Errorf("%s: %v %q", c.name, ok, found.Summary)
		}
	}
}

func TestWhenAStartEnds(t *testing.T) {
	for limit, want := range map[time.Duration]string{90 * time.Second: "1m30s", 0: "next boot"} {
		if got := (Facts{Service: Unit{StartLimit: limit}}).StartEnds(); !strings.Contains(got, want) {
			t.Errorf("%s: %q", limit, got)
		}
	}
}

// What comes first: a job that runs, else one that waits for yet another.
func TestNextJob(t *testing.T) {
	u := Unit{ID: "ssh.service", After: []string{"network-online.target", "hang.service", "seen.service"}}
	waiting := host.Job{Unit: "network-online.target", Waiting: true}
	running := host.Job{Unit: "hang.service"}
	for _, c := range []struct {
		jobs []host.Job
		want int
	}{
		{[]host.Job{waiting, running}, 1},
		{[]host.Job{{Unit: "other.service"}, waiting}, 1},
		{[]host.Job{{Unit: "other.service"}, {Unit: "seen.service"}}, -1},
		{nil, -1},
	} {
		if got := nextJob(c.jobs, u, []string{"ssh.service", "seen.service"}); got != c.want {
			t.Errorf("%+v: %d", c.jobs, got)
		}
	}
}
