package boot

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func behind(t *testing.T, source string, files ...string) func(*Facts) {
	return func(f *Facts) {
		for _, file := range files {
			f.Firewall.add(source, recorded(t, file))
		}
	}
}

func listen(addrs ...string) func(*Facts) {
	return func(f *Facts) {
		f.From.Listen = nil
		for _, a := range addrs {
			f.From.Listen = append(f.From.Listen, netip.MustParseAddrPort(a))
		}
	}
}

func silent(f *Facts) { f.Proven = false }

func TestJudgeFirewall(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts Facts
		want  string // of the only finding
		says  string
		open  []string
	}{
		{"port 22 is let in", with(behind(t, save4, "ufw22.txt")), "", "", nil},
		{"from one network only", with(behind(t, nftProgram, "nft-1.1.3.json")), "", "", nil},
		{"ufw without a rule for 22", with(behind(t, save4, "ufwno22.txt")), "notice firewall-drops-port manual | port 22",
			"the firewall lets nobody in on port 22 over IPv4", []string{"ufw allow 22/tcp"}},
		{"the port was moved and the rule was not", with(behind(t, save4, "ufw22.txt"), listen("0.0.0.0:2222")),
			"notice firewall-drops-port manual | port 2222", "the firewall lets nobody in on port 2222", []string{"ufw allow 2222/tcp"}},
		{"only the policy of ip6tables", with(behind(t, nftProgram, "nft-1.1.3-iptables.json")),
			"notice firewall-drops-port manual | port 22", "over IPv6", []string{"nft insert rule ip6 filter INPUT tcp dport 22 accept"}},
		{"firewalld", with(behind(t, nftProgram, "nft-0.9.8-firewalld.json")), "notice firewall-drops-port manual | port 22",
			"the firewall lets nobody in on port 22", []string{"firewall-cmd --permanent --add-port=22/tcp", "firewall-cmd --reload"}},
		{"ip_tables", with(behind(t, legacy4, "iptables-legacy-1.8.7.txt"), listen("192.0.2.7:22")),
			"notice firewall-drops-port manual | port 22", "", []string{"iptables-legacy -I INPUT -p tcp --dport 22 -j ACCEPT"}},
		{"sshd is for this machine only", with(behind(t, save4, "ufwno22.txt"), listen("127.0.0.1:22", "[::1]:22")), "", "", nil},
		{"sshd is down as well", with(behind(t, save4, "ufwno22.txt"), down), "notice firewall-drops-port manual | port 22", "", nil},
		{"loopback is dropped too", with(behind(t, nftProgram, "nft-1.1.3-iptables.json"), silent),
			"broken firewall-drops-port manual | port 22", "", nil},
		{"rules that could not be read, and nobody gets in", with(silent, func(f *Facts) { f.Firewall.Err = "cannot" }),
			"notice firewall-drops-port unknown | firewall", "", nil},
		{"rules that could not be read", with(func(f *Facts) { f.Firewall.Err = "cannot" }), "", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.facts)
			if c.want == "" {
				if len(got) != 0 {
					t.Errorf("got %+v", got)
				}
				return
			}
			if len(got) != 1 || in(got[0]) != c.want || (c.says != "" && !contains(got[0].Summary, c.says)) {
				t.Fatalf("got %+v", got)
			}
			if c.open != nil && !slices.Equal(got[0].Remedy.Commands(), c.open) {
				t.Errorf("%q", got[0].Remedy.Commands())
			}
		})
	}
}

func contains(s, end string) bool { return len(s) >= len(end) && s[len(s)-len(end):] == end }

// A firewall that drops connections over loopback is the cause of those that
// time out; that sshd's unit is stopped does not come from it.
func TestFirewallExplains(t *testing.T) {
	rule := func(code string, stage diag.Stage) diag.Finding {
		return diag.Rule{Code: code, Stage: stage, Severity: diag.Broken, Symptom: true}.New("x", "")
	}
	firewall := Judge(with(behind(t, nftProgram, "nft-1.1.3-iptables.json"), silent))
	for symptom, because := range map[string]string{
		"handshake-timeout": "firewall-drops-port", "handshake-refused": "firewall-drops-port", "unit-stopped": "",
	} {
		r := diag.Report{Findings: append(slices.Clone(firewall), rule(symptom, diag.Handshake))}
		r.Conclude()
		if r.Cause != "firewall-drops-port" || r.Findings[1].Because != because {
			t.Errorf("cause %s, %+v", r.Cause, r.Findings[1])
		}
	}
}
