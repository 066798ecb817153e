package listen

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

type judgeCase struct {
	name   string
	facts  Facts
	expect []Expect
	sshd   Sshd
	want   []string
	// says is part of the first summary.
	says string
}

// Machines that look odd and have nothing wrong.
func healthyCases() []judgeCase {
	return []judgeCase{
		{"Debian as it comes", box(sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)), std, up, nil, ""},
		{"AddressFamily inet", box(sock("0.0.0.0:22", mainSshd)), want("0.0.0.0:22"), up, nil, ""},
		{"AddressFamily inet6", box(sock("[::]:22", mainSshd)), want("[::]:22"), up, nil, ""},
		{"a kernel without IPv6", but(box(sock("0.0.0.0:22", mainSshd)), func(f *Facts) {
			f.IPv6, f.Addresses = false, f.Addresses[:1]
		}), std, up, nil, ""},
		{"IPv6 switched off on every interface", but(box(sock("0.0.0.0:22", mainSshd)), func(f *Facts) {
			f.Addresses = f.Addresses[:1]
		}), std, up, nil, ""},
		{"an idle socket unit", box(sock("dual [::]:22", systemd)), std, idle, nil, ""},
		{"a socket unit that has started sshd", box(sock("dual [::]:22", systemd, mainSshd)), std,
			with(up, func(s *Sshd) { s.SocketActive = true }), nil, ""},
		{"the same, seen in /proc", but(box(sock("dual [::]:22", systemd, mainSshd)), func(f *Facts) {
			f.Source, f.Sockets[0].V6OnlyKnown = FromProc, false
		}), std, with(up, func(s *Sshd) { s.SocketActive = true }), nil, ""},
		{"one address of several cards", box(sock("192.0.2.7:22", mainSshd)), want("192.0.2.7:22"), up, nil, ""},
		{"an address for a failover, bound without being here", but(box(sock("203.0.113.9:22", mainSshd)), func(f *Facts) {
			f.NonLocal4 = true
		}), want("203.0.113.9:22"), up, nil, ""},
		{"sshd without units, in a container", box(sock("0.0.0.0:22", handSshd), sock("[::]:22", handSshd)), std, Sshd{}, nil, ""},
		{"an sshd in a service of its own", box(sock("0.0.0.0:22", otherSshd), sock("[::]:22", otherSshd)), std, stopped, nil, ""},
		{"22 typed where the configuration says IPv4 only", box(sock("0.0.0.0:22", mainSshd)),
			want("0.0.0.0:22", "0.0.0.0:22="+FromPort, "[::]:22="+FromPort), up, nil, ""},
		{"sshd's program was replaced by an upgrade", box(sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)), std,
			with(up, func(s *Sshd) { s.Binary = "/usr/local/sbin/sshd" }), nil, ""},
		{"nothing runs, which the service check says", box(), std, stopped, nil, ""},
		{"nothing is expected", box(), nil, up, nil, ""},
	}
}

func noticeCases() []judgeCase {
	return []judgeCase{
		{"another port", box(sock("0.0.0.0:2222", mainSshd), sock("[::]:2222", mainSshd)), port(2222), up,
			[]string{"notice port-moved-by-config | port 2222"}, "port 2222, not on 22"},
		{"another port than was typed", box(sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)),
			append(want("0.0.0.0:2222="+FromPort, "[::]:2222="+FromPort), std...), up,
			[]string{"broken port-moved-by-config manual | port 22"}, "port 22, not on 2222"},
		{"a trap on 22, sshd elsewhere", box(sock("0.0.0.0:22", liar), sock("0.0.0.0:2222", mainSshd)),
			want("0.0.0.0:2222", "0.0.0.0:22="+FromPort), up,
			[]string{"broken port-moved-by-config manual | port 2222"}, ""},
		{"loopback only", box(sock("127.0.0.1:22", mainSshd), sock("[::1]:22", mainSshd)), want("127.0.0.1:22", "[::1]:22"), up,
			[]string{"notice bound-loopback-only | 127.0.0.1:22, [::1]:22"}, ""},
		{"loopback by configuration, everything by the socket unit", box(sock("dual [::]:22", systemd)), want("127.0.0.1:22"), idle, nil, ""},
	}
}

func faultCases() []judgeCase {
	return []judgeCase{
		{"lo is down", but(box(sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)), func(f *Facts) { f.LoopbackDown = true }), std, up,
			[]string{"warning loopback-down manual | lo"}, ""},
		{"no list of sockets", but(box(), func(f *Facts) { f.Err = "refused" }), std, up,
			[]string{"broken not-listening unknown symptom | listening sockets"}, ""},
		{"may not look into processes", but(box(sock("0.0.0.0:22"), sock("[::]:22")), func(f *Facts) {
			f.HoldersErr = "80 processes may not be looked into"
		}), std, up, []string{"warning port-taken unknown | 0.0.0.0:22, [::]:22"}, "cannot be told whether it is sshd"},
		{"an address that is not here, alone", box(), want("203.0.113.9:22"), failed,
			[]string{"broken listen-address-not-on-box | 203.0.113.9:22"}, "203.0.113.9, which this machine does not have"},
		{"an address that is not here, beside one that is", box(sock("192.0.2.7:22", mainSshd)), want("203.0.113.9:22", "192.0.2.7:22"), up,
			[]string{"warning listen-address-not-on-box | 203.0.113.9:22"}, ""},
		{"bind(2) knows better than the list", but(box(), func(f *Facts) {
			f.Bindable = []Bindable{{Addr: netip.MustParseAddr("192.0.2.7")}}
		}), want("192.0.2.7:22"), failed, []string{"broken listen-address-not-on-box | 192.0.2.7:22"}, ""},
		{"an IPv6 address without IPv6 in the kernel", but(box(sock("0.0.0.0:22", mainSshd)), func(f *Facts) {
			f.IPv6, f.Addresses = false, f.Addresses[:1]
		}), want("[2001:db8::7]:22", "0.0.0.0:22"), up, []string{"warning listen-address-not-on-box | [2001:db8::7]:22"}, ""},
		{"the address came late, as sshd said", box(), want("192.0.2.7:22"), with(failed, func(s *Sshd) {
			s.Log = []string{"error: Bind to port 22 on 192.0.2.7 failed: Cannot assign requested address."}
		}), []string{"broken listen-address-not-up-at-boot none | 192.0.2.7:22"}, "sshd started before 192.0.2.7:22 was there"},
		{"the address may have come late", box(), want("192.0.2.7:22"), failed,
			[]string{"broken listen-address-not-up-at-boot symptom none | 192.0.2.7:22"}, ""},
		{"failed for another reason: wildcards need no address", box(), std, failed, nil, ""},
		{"IPv4 is not served", box(sock("[::]:22", mainSshd)), std, up,
			[]string{"broken not-listening symptom asks | 0.0.0.0:22"}, "ssh.service is active but does not listen on port 22 (IPv4)"},
		{"IPv4 is not served, and sshd said why", box(sock("[::]:22", mainSshd)), std, with(up, func(s *Sshd) {
			s.Log = []string{"error: Bind to port 22 on 0.0.0.0 failed: Address already in use."}
		}), []string{"broken not-listening symptom none | 0.0.0.0:22"}, ""},
		{"nothing is served", box(), std, up, []string{"broken not-listening symptom none | 0.0.0.0:22, [::]:22"}, "port 22"},
		{"a changed port waits for a restart", but(box(), func(f *Facts) {
			f.Elsewhere = []Socket{sock("0.0.0.0:22", mainSshd), sock("[::]:22", mainSshd)}
		}), port(2222), up, []string{"warning not-listening asks | 0.0.0.0:2222, [::]:2222"},
			"sshd still listens on port 22; its configuration now says port 2222"},
		{"a changed address waits for a restart", box(sock("127.0.0.1:22", mainSshd)), std, up,
			[]string{"warning not-listening asks | 0.0.0.0:22, [::]:22"}, "still listens on 127.0.0.1:22"},
		{"an active socket unit without a socket", box(), want("[::]:22=ssh.socket"), idle,
			[]string{"broken not-listening symptom none | [::]:22"}, "ssh.socket is active but does not listen"},
	}
}

func socketCases() []judgeCase {
	return []judgeCase{
		{"the socket unit has another port", box(sock("dual [::]:22", systemd)), port(2222),
			with(idle, func(s *Sshd) { s.SocketListen = []netip.AddrPort{netip.MustParseAddrPort("[::]:22")} }),
			[]string{"broken socket-port-ignored asks | ssh.socket"}, "ssh.socket listens on port 22, sshd's configuration says port 2222"},
		{"the same, its addresses not known", box(), port(2222), idle,
			[]string{"broken socket-port-ignored asks | ssh.socket"}, "does not listen on port 2222"},
		{"the same, both expected", box(sock("dual [::]:22", systemd)), append(port(2222), want("[::]:22=ssh.socket")...), idle,
			[]string{"broken socket-port-ignored asks | ssh.socket"}, ""},
		{"where Ubuntu's generator is", but(box(), func(f *Facts) { f.Generator = generator }), port(2222), idle,
			[]string{"broken socket-port-ignored none | ssh.socket"}, ""},
		{"where the generator has done its part in vain", but(box(), func(f *Facts) {
			f.Generator = generator
			f.Generated = "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\n"
		}), port(2222), idle, []string{"broken socket-port-ignored asks | ssh.socket"}, ""},
		{"the socket unit has other addresses", box(sock("127.0.0.1:22", systemd)), want("192.0.2.7:22"), idle,
			[]string{"broken socket-port-ignored asks | ssh.socket"}, ""},
		{"the socket unit was edited and not restarted", box(sock("dual [::]:22", systemd)), port(2222),
			with(idle, func(s *Sshd) {
				s.SocketListen = []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:2222"), netip.MustParseAddrPort("[::]:2222")}
			}), []string{"broken not-listening symptom none | 0.0.0.0:2222, [::]:2222"}, ""},
		{"BindIPv6Only=ipv6-only", box(sock("[::]:22", systemd)), std, idle,
			[]string{"broken socket-family-mismatch asks | ssh.socket"}, "ssh.socket does not listen on port 22 (IPv4)"},
		{"ListenStream=0.0.0.0:22", box(sock("0.0.0.0:22", systemd)), std, idle,
			[]string{"broken socket-family-mismatch asks | ssh.socket"}, "(IPv6)"},
	}
}

func TestJudge(t *testing.T) {
	for _, tt := range slices.Concat(healthyCases(), noticeCases(), faultCases(), socketCases(), takenCases()) {
		t.Run(tt.name, func(t *testing.T) {
			found := Judge(tt.facts, tt.expect, tt.sshd)
			var got []string
			for _, f := range found {
				got = append(got, brief(f))
			}
			if !slices.Equal(got, tt.want) {
				t.Fatalf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
			}
			if len(found) > 0 && !strings.Contains(found[0].Summary, tt.says) {
				t.Errorf("it says %q, want %q in it", found[0].Summary, tt.says)
			}
			for _, f := range found {
				readable(t, f)
			}
		})
	}
}

// readable: what a person at a console of 80 columns can make sense of.
func readable(t *testing.T, f diag.Finding) {
	t.Helper()
	if len(f.Summary) > 78 {
		t.Errorf("%d characters: %s", len(f.Summary), f.Summary)
	}
	if len(f.Evidence) == 0 {
		t.Errorf("%s: no evidence", f.Code)
	}
	for _, e := range f.Evidence {
		if e.Source == "" || e.Text == "" {
			t.Errorf("%s: empty evidence %+v", f.Code, e)
		}
	}
	r := f.Remedy
	if r == nil {
		return
	}
	if len(r.Commands()) == 0 || r.Summary == "" || (r.Consent == diag.Asks) != (r.Reason != "") ||
		(r.Consent == diag.Manual) != (len(r.Steps) == 0) {
		t.Errorf("%s: incomplete remedy %+v", f.Code, *r)
	}
}

// Every rule must be reached by one of the tables, in its own severity.
func TestEveryRuleIsReached(t *testing.T) {
	reached := map[string]bool{}
	for _, tt := range slices.Concat(noticeCases(), faultCases(), socketCases(), takenCases()) {
		for _, f := range Judge(tt.facts, tt.expect, tt.sshd) {
			reached[f.Code+f.Severity.String()] = true
		}
	}
	codes := map[string]bool{}
	for _, r := range Rules() {
		if !reached[r.Code+r.Severity.String()] {
			t.Errorf("%s is never found as %s", r.Code, r.Severity)
		}
		if codes[r.Code] || r.Title == "" || r.Stage != diag.Listen {
			t.Errorf("rule %+v", r)
		}
		codes[r.Code] = true
	}
}

// The same holders judged twice give the same findings, and the facts stay as
// they are.
func TestJudgeChangesNothing(t *testing.T) {
	for _, tt := range slices.Concat(faultCases(), socketCases(), takenCases()) {
		before := slices.Clone(tt.facts.Sockets)
		a, b := Judge(tt.facts, tt.expect, tt.sshd), Judge(tt.facts, tt.expect, tt.sshd)
		if len(a) != len(b) || len(a) > 0 && a[0].Summary != b[0].Summary {
			t.Errorf("%s: %v, then %v", tt.name, a, b)
		}
		for i := range before {
			if before[i].Addr != tt.facts.Sockets[i].Addr {
				t.Errorf("%s: the sockets changed", tt.name)
			}
		}
	}
}
