package report

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// rule frames the fingerprints, as cloud-init's write-ssh-key-fingerprints does.
const rule = "#############################################################\n"

// Console is what cloud-init writes to a machine's console when its host keys
// are new, and what tools search console logs for: the fingerprints as
// "ssh-keygen -l" prints them, then the keys, each between marks of its own. It
// has only keys that the server proved to hold, and is empty where there is none.
// The comments of .pub files are left out: anybody may have written them.
func Console(keys []diag.HostKey) string {
	var prints, whole strings.Builder
	for _, k := range proven(keys) {
		prints.WriteString(harmless(fmt.Sprintf("%d %s no comment (%s)", k.Bits, k.SHA256, shortType(k.Type))) + "\n")
		whole.WriteString(harmless(k.Type+" "+k.Public) + "\n")
	}
	if prints.Len() == 0 {
		return ""
	}
	return rule +
		"-----BEGIN SSH HOST KEY FINGERPRINTS-----\n" + prints.String() + "-----END SSH HOST KEY FINGERPRINTS-----\n" +
		rule +
		"-----BEGIN SSH HOST KEY KEYS-----\n" + whole.String() + "-----END SSH HOST KEY KEYS-----\n"
}

// Issue is what agetty(8) shows above the login prompt, from a file in
// /run/issue.d; empty where no key is proven.
func Issue(keys []diag.HostKey) string {
	var out strings.Builder
	for _, k := range proven(keys) {
		out.WriteString(harmless(fmt.Sprintf("  %-8s %s", shortType(k.Type), k.SHA256)) + "\n")
	}
	if out.Len() == 0 {
		return ""
	}
	return "This server's SSH host keys, to compare with what a client shows:\n" + out.String() + "\n"
}

// proven are the keys that the server showed to hold, and that are whole.
func proven(keys []diag.HostKey) []diag.HostKey {
	var out []diag.HostKey
	for _, k := range keys {
		if k.Served && k.Type != "" && k.SHA256 != "" && k.Public != "" {
			out = append(out, k)
		}
	}
	return out
}

// harmless lets nothing through that a console could take as a command: control
// characters, and the backslash, which agetty(8) reads.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '\\' {
			return '?'
		}
		return r
	}, s)
}
