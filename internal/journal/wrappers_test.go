package journal

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParseHosts(t *testing.T) {
	const text = `# /etc/hosts.deny: list of hosts that are _not_ allowed
# ALL: PARANOID
ALL: 203.0.113.
sshd, in.ftpd: \
  198.51.100.7, [2001:db8::]/32 \
  : spawn (/bin/echo %h)
smtpd: ALL
ALL EXCEPT sshd: 192.0.2.1
sshd: ALL EXCEPT 10.0.0.0/255.0.0.0 : ALLOW
nonsense
sshd@192.0.2.9: bob@192.0.2.8
 # sshd: LOCAL
`
	rules := parseHosts(hostsDeny, text)
	want := []HostsRule{
		{File: hostsDeny, First: 3, Last: 3, Text: "ALL: 203.0.113.", Clients: []string{"203.0.113."}, Deny: true},
		{File: hostsDeny, First: 4, Last: 6, Text: "sshd, in.ftpd:   198.51.100.7, [2001:db8::]/32   : spawn (/bin/echo %h)",
			Clients: []string{"198.51.100.7", "[2001:db8::]/32"}, Deny: true},
		{File: hostsDeny, First: 9, Last: 9, Text: "sshd: ALL EXCEPT 10.0.0.0/255.0.0.0 : ALLOW",
			Clients: []string{"ALL", "EXCEPT", "10.0.0.0/255.0.0.0"}},
		{File: hostsDeny, First: 11, Last: 11, Text: "sshd@192.0.2.9: bob@192.0.2.8", Clients: []string{"bob@192.0.2.8"}, Deny: true},
		// A blank before it, and it is no comment: hosts_access.c looks at the
		// first character only.
		{File: hostsDeny, First: 12, Last: 12, Text: "# sshd: LOCAL", Clients: []string{"LOCAL"}, Deny: true},
	}
	if len(rules) != len(want) {
		t.Fatalf("%d rules: %+v", len(rules), rules)
	}
	for i, r := range rules {
		w := want[i]
		if r.File != w.File || r.First != w.First || r.Last != w.Last || r.Text != w.Text || r.Deny != w.Deny ||
			!slices.Equal(r.Clients, w.Clients) {
			t.Errorf("rule %d:\n is   %+v\n want %+v", i, r, w)
		}
	}
}

func TestClients(t *testing.T) {
	for _, tt := range []struct {
		clients, ip string
		want        answer
	}{
		{"ALL", "127.0.0.1", yes},
		{"127.", "127.5.6.7", yes},
		{"127.", "12.7.0.1", no},
		{"192.0.2.1", "192.0.2.1", yes},
		{"192.0.2.1", "192.0.2.10", no},
		{"127.0.0.0/8", "127.5.6.7", yes},
		{"10.0.0.0/255.255.0.0", "10.0.9.9", yes},
		{"10.0.0.0/255.255.0.0", "10.1.9.9", no},
		{"10.0.0.0/255.0.255.0", "10.1.9.9", unsure},
		{"[::1]", "::1", yes},
		{"[::1]/128", "::1", yes},
		{"[2001:db8::]/32", "::1", no},
		{"localhost", "::1", yes},
		{"localhost", "192.0.2.1", no},
		{"bob@192.0.2.1", "192.0.2.1", yes},
		{"ALL EXCEPT 127.0.0.1", "127.0.0.1", no},
		{"ALL EXCEPT 127.0.0.1", "127.0.0.2", yes},
		{"ALL EXCEPT LOCAL", "127.0.0.2", unsure},
		{"ALL EXCEPT 127. EXCEPT 127.0.0.1", "127.0.0.1", yes},
		{".example.org", "127.0.0.1", unsure},
		{"@group", "127.0.0.1", unsure},
		{"/etc/banned", "127.0.0.1", unsure},
		{"KNOWN", "127.0.0.1", unsure},
		{"127.*", "127.0.0.1", unsure},
		{"", "127.0.0.1", no},
	} {
		r := HostsRule{Clients: words(tt.clients)}
		if got := r.matches(netip.MustParseAddr(tt.ip)); got != tt.want {
			t.Errorf("%q for %s: %v, want %v", tt.clients, tt.ip, got, tt.want)
		}
	}
}

func TestVerdictOfRules(t *testing.T) {
	for _, tt := range []struct {
		name, allow, deny string
		here, elsewhere   answer
		opens             bool
	}{
		{"nothing", "", "", no, no, false},
		{"all out", "", "ALL: ALL", yes, yes, false},
		{"all out but one net", "sshd: 10.0.0.0/8", "ALL: ALL", yes, yes, true},
		{"all out but this machine", "sshd: 127.0.0.1", "ALL: ALL", no, yes, false},
		{"this machine out", "", "sshd: 127.", yes, no, false},
		{"everybody in", "sshd: ALL", "ALL: ALL", no, no, true},
		{"out by hosts.allow", "sshd: ALL: deny", "", yes, yes, false},
		{"by name", "", "sshd: .example.org", unsure, unsure, false},
	} {
		w := Wrappers{Rules: append(parseHosts(hostsAllow, tt.allow), parseHosts(hostsDeny, tt.deny)...)}
		here, _ := w.verdict(netip.MustParseAddr("127.0.0.1"))
		elsewhere, _ := w.verdict(netip.MustParseAddr("192.0.2.1"))
		if here != tt.here || elsewhere != tt.elsewhere || w.opensFor() != tt.opens {
			t.Errorf("%s: here %v, elsewhere %v, opens %v", tt.name, here, elsewhere, w.opensFor())
		}
	}
}

// Whoever is let in from elsewhere, or may be, keeps the door from being shut.
func TestShut(t *testing.T) {
	const denyAll = "sshd: ALL"
	for _, tt := range []struct {
		name, allow, deny string
		want              bool
	}{
		{"nothing", "", "", false},
		{"all out", "", denyAll, true},
		{"loopback let in", "sshd: 127.0.0.1 [::1] 127.0.0.0/8", denyAll, true},
		{"all out but loopback", "", "sshd: ALL EXCEPT 127.0.0.0/255.0.0.0 [::1]", true},
		{"loopback by name", "ALL: localhost 127.", "ALL: ALL", true},
		{"a part of loopback", "sshd: 127.0.0.", denyAll, true},
		{"a user from here", "sshd: root@127.0.0.1", denyAll, true},
		{"a net let in", "sshd: 10.0.0.0/8", denyAll, false},
		{"a net let in below", "sshd: 127.0.0.1\nsshd: 10.", denyAll, false},
		{"more than loopback", "sshd: 126.0.0.0/7", denyAll, false},
		{"more than the loopback of IPv4", "sshd: 127.0.0.0/7", denyAll, false},
		{"all of IPv6", "sshd: [::]/0", denyAll, false},
		{"by name", "sshd: .example.org", denyAll, false},
		{"names without a dot", "sshd: LOCAL", denyAll, false},
		{"by a file of patterns", "sshd: /etc/friends", denyAll, false},
		{"a wild card", "sshd: 127.*", denyAll, false},
		{"all out but a net", "", "sshd: ALL EXCEPT 10.", false},
		{"all out but a group", "", "sshd: ALL EXCEPT @friends", false},
		{"some out", "", "sshd: 203.0.113.", false},
		{"another daemon's", "", "smtpd: ALL", false},
		{"all let in, then all out", "ALL: ALL", denyAll, false},
		{"all let in but loopback", "ALL: ALL EXCEPT 127.0.0.1", denyAll, false},
		{"out by hosts.allow", "sshd: 127.0.0.1\nsshd: ALL: deny", "", true},
		{"in by hosts.deny", "", "sshd: ALL: allow", false},
	} {
		w := Wrappers{Rules: append(parseHosts(hostsAllow, tt.allow), parseHosts(hostsDeny, tt.deny)...)}
		if lines, shut := w.shut(); shut != tt.want || shut && len(lines) == 0 {
			t.Errorf("%s: shut %v by %+v, want %v", tt.name, shut, lines, tt.want)
		}
	}
}

func FuzzParseHosts(f *testing.F) {
	f.Add("sshd: ALL\n")
	f.Add("ALL EXCEPT a: [::1]/128 \\\n : deny\n")
	f.Fuzz(func(t *testing.T, text string) {
		total := strings.Count(text, "\n") + 1
		w := Wrappers{Rules: parseHosts(hostsDeny, text)}
		for _, r := range w.Rules {
			if r.First < 1 || r.Last < r.First || r.Last > total {
				t.Errorf("lines %d to %d of %d", r.First, r.Last, total)
			}
			s := SetRuleAside{File: hostsDeny, First: r.First, Last: r.Last, Text: r.Text}
			edited, err := s.edit(text)
			if err != nil {
				t.Fatalf("cannot set a rule aside that was just read: %v", err)
			}
			for _, left := range parseHosts(hostsDeny, edited) {
				if left.First >= r.First && left.First <= r.Last {
					t.Errorf("line %d still counts: %q", left.First, edited)
				}
			}
		}
		w.shut()
		w.verdict(netip.MustParseAddr("127.0.0.1"))
	})
}
