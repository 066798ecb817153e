package boot

import (
	"context"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// tree is a host with these files and nothing else.
func tree(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	return &host.Host{Files: hosttest.Tree(t, 0o755, files)}
}

// The files of a Debian 12 machine of 1 GB, as far as they are read.
func machine() map[string]string {
	return map[string]string{
		"/proc/meminfo":                                         "MemTotal:        1012932 kB\nMemFree:          101844 kB\nMemAvailable:     701844 kB\n",
		"/proc/vmstat":                                          "nr_free_pages 25461\noom_kill 3\n",
		"/proc/loadavg":                                         "0.08 0.03 0.01 1/123 8123\n",
		"/proc/sys/kernel/pid_max":                              "4194304\n",
		"/proc/sys/kernel/threads-max":                          "7829\n",
		"/proc/812/status":                                      "Name:\tsshd\nPPid:\t1\nUid:\t0\t0\t0\t0\n",
		"/proc/812/cgroup":                                      "0::/system.slice/ssh.service\n",
		"/sys/fs/cgroup/system.slice/x":                         "",
		"/sys/fs/cgroup/system.slice/pids.max":                  "max\n",
		"/sys/fs/cgroup/system.slice/ssh.service/pids.max":      "1121\n",
		"/sys/fs/cgroup/system.slice/ssh.service/pids.current":  "1\n",
		"/sys/fs/cgroup/system.slice/ssh.service/pids.events":   "max 0\n",
		"/sys/fs/cgroup/system.slice/ssh.service/memory.events": "low 0\nhigh 0\nmax 0\noom 1\noom_kill 1\n",
	}
}

func TestResources(t *testing.T) {
	r := resources(tree(t, machine()), 812)
	want := Resources{
		MemTotal: 1012932 << 10, MemAvailable: 701844 << 10, OOMKills: 3, UnitOOMKills: 1, Tasks: 123, TasksMax: 7829,
	}
	if len(r.Limits) != 1 || r.Limits[0] != (TaskLimit{"/system.slice/ssh.service", 1, 1121, 0}) {
		t.Errorf("limits %+v", r.Limits)
	}
	r.Limits, r.Full = nil, nil
	if got := [6]int64{r.MemTotal, r.MemAvailable, r.OOMKills, r.UnitOOMKills, r.Tasks, r.TasksMax}; got !=
		[6]int64{want.MemTotal, want.MemAvailable, want.OOMKills, want.UnitOOMKills, want.Tasks, want.TasksMax} {
		t.Errorf("got %+v", r)
	}
}

// What cannot be read is unknown, not zero.
func TestResourcesUnknown(t *testing.T) {
	r := resources(tree(t, nil), 812)
	for _, n := range []int64{r.MemTotal, r.MemAvailable, r.OOMKills, r.UnitOOMKills, r.Tasks, r.TasksMax} {
		if n != unknown {
			t.Errorf("%+v", r)
		}
	}
}

func TestInitrd(t *testing.T) {
	if got := initrd(tree(t, machine())); got != "" {
		t.Errorf("an ordinary machine: %q", got)
	}
	if got := initrd(tree(t, map[string]string{initrdMark: "NAME=dracut\n"})); got != initrdMark+" exists" {
		t.Errorf("dracut: %q", got)
	}
}

func TestShellRuns(t *testing.T) {
	if shellRuns(tree(t, machine())) {
		t.Error("an ordinary machine")
	}
	for _, group := range []string{
		"/sys/fs/cgroup/system.slice/emergency.service/cgroup.procs",
		"/sys/fs/cgroup/systemd/system.slice/rescue.service/cgroup.procs",
	} {
		if !shellRuns(tree(t, map[string]string{group: ""})) {
			t.Errorf("%s is not seen", group)
		}
	}
}

func TestLocate(t *testing.T) {
	m := Mount{Where: "/data", What: "/dev/disk/by-uuid/3c9f"}
	m.locate([]host.FstabLine{{Number: 2, Text: "UUID=1 / ext4", Where: "/"}, {Number: 7, Text: "UUID=3c9f /data ext4 defaults", Where: "/data"}})
	m.gone(tree(t, nil))
	if m.Line != 7 || m.Text != "UUID=3c9f /data ext4 defaults" || !m.Gone {
		t.Errorf("%+v", m)
	}
	m = Mount{What: "nowhere"}
	if m.gone(tree(t, nil)); m.Gone {
		t.Error("what is no device cannot be missing")
	}
}

// Where sshd is up, systemd is not asked: there is none here to answer.
func TestCollectUp(t *testing.T) {
	h := tree(t, machine())
	f := Collect(context.Background(), h, From{Systemd: true, Up: true, MainPID: 812})
	if f.Stop.Mode != "" || f.Stop.Err != "" || f.Names != nil || f.Resources.UnitOOMKills != 1 {
		t.Errorf("%+v", f)
	}
}

// Without systemd nothing about it is asked, whatever runs.
func TestCollectWithoutSystemd(t *testing.T) {
	f := Collect(context.Background(), tree(t, nil), From{})
	if f.Stop.Mode != "" || f.Stop.Err != "" || f.Names != nil {
		t.Errorf("%+v", f)
	}
}

// A program that cannot be found is a reason not to know, not a reason to say
// that there are no rules.
func TestFirewallWithoutPrograms(t *testing.T) {
	var f Firewall
	h := tree(t, nil)
	f.nft(context.Background(), h)
	if f.Err == "" || f.Chains != nil {
		t.Errorf("%+v", f)
	}
}

// What iptables-save shows takes the place of what nft could not understand, and
// only of that.
func TestWithout(t *testing.T) {
	all := recorded(t, "nft-1.1.3-iptables.json")
	all = append(all, Chain{Family: "ip", Table: "mine", Name: "in"})
	kept := without(all, "ip")
	if len(kept) != 2 || kept[0].Family != "ip6" || kept[1].Table != "mine" || len(all) < 5 {
		t.Errorf("%+v", kept)
	}
}
