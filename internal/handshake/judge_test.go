package handshake

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

func codesOf(found []diag.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Code)
	}
	return out
}

// at is a target with these connections.
func at(addr string, tries ...Try) Target {
	return Target{Addr: netip.MustParseAddrPort(addr), Tries: tries}
}

// from sets where a connection came from; the default is a fresh source.
func (y Try) from(addr string) Try {
	y.Source = netip.Addr{}
	if addr != "" {
		y.Source = netip.MustParseAddr(addr)
	}
	return y
}

func fresh() netip.Addr { return netip.AddrFrom4([4]byte{127, 9, 8, 7}) }

const openSSHBanner = "SSH-2.0-OpenSSH_10.0p2 Debian-7"

// offering returns an offer with these host key algorithms.
func offering(algorithms ...string) *Offer {
	o := usual()
	o.HostKey = algorithms
	return &o
}

func everything() *Offer {
	return offering("rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519")
}

// proved is a connection on which the server proved a key.
func proved(kind, sha256 string, o *Offer) Try {
	return Try{
		Source: fresh(), Wanted: kind, Reached: HostKey, End: EndProven, Banner: openSSHBanner,
		Offer: o, Proof: &Proof{Type: kind, SHA256: "SHA256:" + sha256},
	}
}

// ended is a connection on which nothing was proven.
func ended(reached Reach, end End, before string) Try {
	y := Try{Source: fresh(), Wanted: typeEd25519, Reached: reached, End: end, Before: before, Error: "as it ended"}
	if reached >= Banner {
		y.Banner = openSSHBanner
	}
	if reached >= KexInit {
		y.Offer = everything()
	}
	return y
}

func TestJudgeAddresses(t *testing.T) {
	const four, six = "127.0.0.1:22", "[::1]:22"
	good := proved(typeEd25519, "e", everything())
	closed, silent := ended(Connected, EndClosed, ""), ended(Connected, EndTimeout, "")
	full := ended(Connected, EndClosed, "Exceeded MaxStartups")
	notNow := ended(Connected, EndClosed, "Not allowed at this time")
	broke := ended(KexInit, EndClosed, "")
	rsaBroke := broke
	rsaBroke.Wanted = typeRSA
	rsaClosed, rsaSilent := closed, silent
	rsaClosed.Wanted, rsaSilent.Wanted = typeRSA, typeRSA
	tests := []struct {
		name    string
		targets []Target
		// want lists severity, status, code and subject.
		want []string
	}{
		{"nothing to look at", nil, nil},
		{"healthy", []Target{at(four, good), at(six, good.from(""))}, nil},
		{"refused", []Target{at(four, ended(Refused, EndRefused, ""))}, []string{"broken found handshake-refused " + four}},
		{"refused over IPv6 only", []Target{at(four, good), at(six, ended(Refused, EndRefused, "").from(""))}, []string{"broken found handshake-refused " + six}},
		{"closed", []Target{at(four, closed, closed.from("127.0.0.1"))}, []string{"broken found handshake-closed " + four}},
		{"silent", []Target{at(four, silent)}, []string{"broken found handshake-timeout " + four}},
		{"no TCP answer", []Target{at(four, ended(Refused, EndTimeout, ""))}, []string{"broken found handshake-timeout " + four}},
		{"silent after the banner", []Target{at(four, ended(Banner, EndTimeout, ""))}, []string{"broken found handshake-timeout " + four}},
		{"breaks off after the banner", []Target{at(four, ended(Banner, EndClosed, ""))}, []string{"broken found handshake-failed " + four}},
		{"breaks off after its offer", []Target{at(four, broke)}, []string{"broken found handshake-failed " + four}},
		{"wrong signature", []Target{at(four, ended(KexInit, EndError, ""))}, []string{"broken found handshake-failed " + four}},
		{"a web server", []Target{at(four, ended(Connected, EndClosed, "HTTP/1.1 400"))}, []string{"broken found not-ssh " + four}},
		{"own complaint", []Target{at(four, ended(Connected, EndClosed, "Missing privilege separation directory: /run/sshd"))}, []string{"broken found handshake-closed " + four}},
		{"half a banner", []Target{at(four, ended(Connected, EndTimeout, "SSH-2.0-Op"))}, []string{"broken found handshake-timeout " + four}},
		{"no way there", []Target{at(four, ended(Refused, EndUnreachable, ""))}, []string{"warning unknown handshake-not-tried " + four}},
		{"not ours", []Target{{Addr: netip.MustParseAddrPort(four), Untried: UntriedForeign}}, []string{"warning unknown handshake-not-tried " + four}},
		{"too many", []Target{{Addr: netip.MustParseAddrPort(four), Untried: UntriedBudget}}, []string{"notice unknown handshake-not-tried " + four}},

		{"full before 9.8", []Target{at(four, full)}, []string{"warning found maxstartups-exhausted " + four}},
		{"full before 9.8, over IPv6", []Target{at(six, full.from(""))}, []string{"warning found maxstartups-exhausted " + six}},
		{"full now and then", []Target{at(four, full, good)}, []string{"warning found maxstartups-exhausted " + four}},
		{"full, then closed", []Target{at(four, full, closed)}, []string{"warning found maxstartups-exhausted " + four}},
		{"full from 9.8 on", []Target{at(four, notNow), at(six, notNow.from(""))},
			[]string{"warning found maxstartups-exhausted " + four, "warning found maxstartups-exhausted " + six}},
		{"penalty on ::1", []Target{at(four, good), at(six, notNow.from(""))}, []string{"notice found persource-penalty " + six}},
		{"penalty on all that there is", []Target{at(six, notNow.from(""))}, []string{"warning unknown persource-penalty " + six}},
		{"penalty on 127.0.0.1", []Target{at(four, closed, notNow.from("127.0.0.1"))}, []string{"warning unknown persource-penalty " + four}},

		{"127.0.0.1 only", []Target{at(four, closed, good.from("127.0.0.1"))}, []string{"notice found handshake-127.0.0.1-only " + four}},
		{"127.0.0.1 only, not ::1", []Target{at(four, silent, good.from("127.0.0.1")), at(six, silent.from(""))},
			[]string{"notice found handshake-127.0.0.1-only " + four, "notice found handshake-127.0.0.1-only " + six}},
		{"one type breaks off", []Target{at(four, good, rsaBroke, rsaBroke)}, []string{"broken found handshake-failed " + four}},
		{"one type closed", []Target{at(four, good, rsaClosed, rsaClosed)}, []string{"warning found handshake-closed " + four}},
		{"one type too slow", []Target{at(four, good, rsaSilent)}, []string{"notice found handshake-timeout " + four}},
		{"closed once", []Target{at(four, closed, good)}, nil},
		{"one type closed here, proven there", []Target{at(four, good, rsaClosed), at(six, proved(typeRSA, "r", everything()).from(""))}, nil},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range Judge(Facts{Targets: tt.targets}, nil, false) {
			got = append(got, strings.Join([]string{f.Severity.String(), string(f.Status), f.Code, f.Subject}, " "))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestJudgeEvidence(t *testing.T) {
	y := ended(Connected, EndClosed, "/usr/sbin/sshd: error while loading shared libraries: x")
	f := Judge(Facts{Targets: []Target{at("127.0.0.1:22", y)}}, nil, false)[0]
	want := diag.Evidence{
		Source: "connection to 127.0.0.1:22 from 127.9.8.7",
		Text:   "/usr/sbin/sshd: error while loading shared libraries: x; as it ended",
	}
	if len(f.Evidence) != 1 || f.Evidence[0] != want || f.Summary != "127.0.0.1:22 ends each connection with an error" {
		t.Errorf("%+v", f)
	}
}

// Every rule has its texts, stands where it can hang under earlier stages, and
// no two share a code.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if r.Code == "" || r.Title == "" || seen[r.Code] {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
		if r.Stage < diag.Handshake {
			t.Errorf("%s stands at stage %s", r.Code, r.Stage)
		}
	}
	for _, code := range []string{CodeRefused, CodeClosed, CodeTimeout, CodeFailed, CodeNotServed, CodeNotLoaded, CodeOnlyInMemory, CodeNoKex, CodeNoHostKey} {
		if !seen[code] {
			t.Errorf("%s is not among the rules", code)
		}
	}
}
