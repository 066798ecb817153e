package listen

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func units(f Facts, u ...HolderUnit) Facts {
	f.Units = u
	return f
}

// Somebody else holds the port.
func takenCases() []judgeCase {
	return []judgeCase{
		{"a service on both families", units(box(sock("dual [::]:22", gitea)), giteaUnit), std, failed,
			[]string{"broken port-taken asks | 0.0.0.0:22, [::]:22"}, "gitea (pid 700, gitea.service) holds port 22, which sshd needs"},
		{"a service on IPv4, sshd on IPv6", units(box(sock("0.0.0.0:22", gitea), sock("[::]:22", mainSshd)), giteaUnit), std, up,
			[]string{"broken port-taken asks | 0.0.0.0:22"}, "holds port 22 (IPv4), which sshd needs"},
		{"only on 127.0.0.1", units(box(sock("127.0.0.1:22", gitea), sock("[::]:22", mainSshd)), giteaUnit), std, up,
			[]string{"broken port-taken asks | 0.0.0.0:22"}, "holds 127.0.0.1:22: sshd cannot use port 22 (IPv4)"},
		{"everything, where sshd wants one address", units(box(sock("0.0.0.0:22", gitea)), giteaUnit), want("192.0.2.7:22"), failed,
			[]string{"broken port-taken asks | 192.0.2.7:22"}, ""},
		{"another address than sshd wants", units(box(sock("127.0.0.1:22", gitea), sock("192.0.2.7:22", mainSshd)), giteaUnit),
			want("192.0.2.7:22"), up, nil, ""},
		{"seen in /proc: [::] beside IPv4 cannot be for both", but(units(box(sock("0.0.0.0:22", gitea), sock("[::]:22", mainSshd)), giteaUnit),
			func(f *Facts) { f.Sockets[1].V6Only, f.Sockets[1].V6OnlyKnown = false, false }), std, up,
			[]string{"broken port-taken asks | 0.0.0.0:22"}, ""},
		{"seen in /proc: sshd's own [::] is never for both", but(box(sock("[::]:22", mainSshd)), func(f *Facts) {
			f.Sockets[0].V6Only, f.Sockets[0].V6OnlyKnown = false, false
		}), std, up, []string{"broken not-listening symptom asks | 0.0.0.0:22"}, ""},
		{"two of them", units(box(sock("0.0.0.0:22", gitea), sock("[::]:22", netcat)), giteaUnit), std, failed,
			[]string{"broken port-taken asks | 0.0.0.0:22", "broken port-taken manual | [::]:22"}, ""},
		{"not the main process of its unit", units(box(sock("0.0.0.0:22", gitea)), HolderUnit{Name: "gitea.service", MainPID: 5}),
			want("0.0.0.0:22"), failed, []string{"broken port-taken manual | 0.0.0.0:22"}, ""},
		{"a unit that systemd would not tell about", units(box(sock("0.0.0.0:22", gitea)), HolderUnit{Name: "gitea.service", Err: "timeout"}),
			want("0.0.0.0:22"), failed, []string{"broken port-taken manual | 0.0.0.0:22"}, ""},
		{"started by hand", box(sock("0.0.0.0:22", netcat)), want("0.0.0.0:22"), failed,
			[]string{"broken port-taken manual | 0.0.0.0:22"}, ""},
		{"a published container port", units(box(sock("0.0.0.0:22", dockerProxy)), HolderUnit{Name: "docker.service", MainPID: 600}),
			want("0.0.0.0:22"), failed, []string{"broken port-taken manual | 0.0.0.0:22"}, ""},
		{"a program of sshd's own session without a scope", box(sock("0.0.0.0:22", inUnit(netcat, "ssh.service"))),
			want("0.0.0.0:22"), failed, []string{"broken port-taken manual | 0.0.0.0:22"}, ""},
		{"a program that calls itself sshd", units(box(sock("0.0.0.0:22", liar)), HolderUnit{Name: "trap.service", MainPID: 703}),
			want("0.0.0.0:22"), failed, []string{"broken port-taken asks | 0.0.0.0:22"}, "sshd (pid 703, trap.service) holds"},
		{"another socket unit", box(sock("dual [::]:22", systemd)), std, failed,
			[]string{"broken port-taken manual | 0.0.0.0:22, [::]:22"}, "systemd (pid 1, init.scope) holds port 22"},
		{"nobody to be seen, and all were looked into", box(sock("0.0.0.0:22")), want("0.0.0.0:22"), failed,
			[]string{"broken port-taken manual | 0.0.0.0:22"}, "a program that cannot be seen from here"},
		{"no systemd", box(sock("0.0.0.0:22", netcat)), want("0.0.0.0:22"), Sshd{},
			[]string{"broken port-taken manual | 0.0.0.0:22"}, ""},

		{"an sshd by hand, the unit stopped", box(sock("0.0.0.0:22", handSshd), sock("[::]:22", handSshd)), std, stopped,
			[]string{"broken sshd-outside-unit asks | 0.0.0.0:22, [::]:22"}, "an sshd started by hand (pid 900) holds port 22"},
		{"an sshd by hand, the unit failed", box(sock("0.0.0.0:22", handSshd), sock("[::]:22", handSshd)), std, failed,
			[]string{"broken sshd-outside-unit asks | 0.0.0.0:22, [::]:22"}, ""},
		{"an sshd by hand beside the unit's", box(sock("0.0.0.0:22", handSshd), sock("[::]:22", mainSshd)), std, up,
			[]string{"warning sshd-outside-unit asks | 0.0.0.0:22"}, ""},
		{"an sshd of another service, the unit failed", box(sock("0.0.0.0:22", otherSshd), sock("[::]:22", otherSshd)), std, failed,
			[]string{"broken sshd-outside-unit asks | 0.0.0.0:22, [::]:22"}, "the sshd of own-sshd.service (pid 901) holds port 22"},
		{"an old listener of the unit that failed", box(sock("0.0.0.0:22", mainSshd)), want("0.0.0.0:22"), failed,
			[]string{"broken sshd-outside-unit asks | 0.0.0.0:22"}, ""},
	}
}

func TestRemediesForATakenPort(t *testing.T) {
	find := func(name string) diag.Remedy {
		for _, tt := range takenCases() {
			if tt.name == name {
				return *Judge(tt.facts, tt.expect, tt.sshd)[0].Remedy
			}
		}
		t.Fatalf("no case %q", name)
		return diag.Remedy{}
	}
	start := "systemctl reset-failed ssh.service; systemctl restart ssh.service"
	for name, want := range map[string][]string{
		"a service on both families":                  {"systemctl stop gitea.service", start},
		"started by hand":                             {"kill 701", "systemctl reset-failed ssh.service", "systemctl restart ssh.service"},
		"a published container port":                  {"docker ps --filter publish=22", "docker stop NAME", "systemctl reset-failed ssh.service", "systemctl restart ssh.service"},
		"no systemd":                                  {"kill 701"},
		"an sshd by hand, the unit failed":            {"kill 900", start},
		"an sshd of another service, the unit failed": {"systemctl stop own-sshd.service", start},
	} {
		if got := find(name).Commands(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r := find("a service on both families"); !strings.Contains(r.Reason, "next boot") {
		t.Errorf("that the holder is enabled is not said: %q", r.Reason)
	}
}

// Where a socket unit is what should listen, it is started and not the service.
func TestTheSocketUnitIsStartedWhereItListens(t *testing.T) {
	s := with(stopped, func(s *Sshd) { s.SocketFailed = true })
	found := Judge(units(box(sock("0.0.0.0:22", gitea)), giteaUnit), std, s)
	if len(found) == 0 || !slices.Contains(found[0].Remedy.Commands(), "systemctl reset-failed ssh.socket; systemctl restart ssh.socket") {
		t.Errorf("got %+v", found)
	}
}

// Promise: what sshd said is shown as evidence.
func TestTheLogIsEvidence(t *testing.T) {
	line := "error: Bind to port 22 on :: failed: Address already in use."
	s := with(failed, func(s *Sshd) { s.Log = []string{"something else", line} })
	found := Judge(units(box(sock("dual [::]:22", gitea)), giteaUnit), std, s)
	if !slices.ContainsFunc(found[0].Evidence, func(e diag.Evidence) bool { return e.Text == line }) {
		t.Errorf("got %+v", found[0].Evidence)
	}
}
