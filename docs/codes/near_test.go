package codes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/docs/codes"
)

func TestNear(t *testing.T) {
	for typed, want := range map[string]string{
		"hostkey-mising":        "hostkey-missing",
		"hostkey-misssing":      "hostkey-missing",
		"hostkeys-missing":      "hostkey-missing",
		"missing-hostkey":       "hostkey-missing",
		"hostkeymissing":        "hostkey-missing",
		"HOSTKEY-EMPTY":         "hostkey-empty",
		"masked":                "unit-masked",
		"maskd":                 "unit-masked",
		"port":                  "port-taken",
		"start-limit":           "start-limit-hit",
		"config-unknown-opton":  "config-unknown-option",
		"match":                 "config-append-into-match",
		"not-to-be-run":         "sshd-not-to-be-run",
		"firewal":               "firewall-drops-port",
		"passphrase":            "hostkey-passphrase",
		"handshake-127.0.0.1":   "handshake-127.0.0.1-only",
		"persource-penalties":   "persource-penalty",
		"negotiation-no-hostky": "negotiation-no-hostkey-alg",
	} {
		if got := codes.Near(typed); !slices.Contains(got, want) {
			t.Errorf("Near(%q) = %q, want %q among them", typed, got, want)
		}
	}
}

func TestNearNeverGuessesWildly(t *testing.T) {
	for _, typed := range []string{
		"", "x", "no", "a-b-c", "weather", "0", "\x00\xff", "hello-world", strings.Repeat("hostkey-", 1000),
	} {
		if got := codes.Near(typed); len(got) > 0 {
			t.Errorf("Near(%.20q) = %q, want nothing", typed, got)
		}
	}
	for _, name := range codes.All() {
		got := codes.Near(name)
		if len(got) == 0 || got[0] != name {
			t.Errorf("Near(%q) = %q, want itself first", name, got)
		}
		if len(got) > 3 {
			t.Errorf("Near(%q) names %d, which is more than anybody reads", name, len(got))
		}
	}
}
