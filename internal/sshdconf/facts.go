// Package sshdconf learns from sshd itself what its configuration is, and where
// it is wrong. It never interprets sshd_config to decide anything.
//
// On a healthy machine sshd, asked with the arguments that its unit gives it,
// prints its effective configuration and loads at least one host key.
package sshdconf

import (
	"net/netip"
	"slices"
	"strings"
)

// Facts is what sshd said about itself.
type Facts struct {
	// Asked is the command line that answered, or the one that failed.
	Asked string
	// Known: the effective configuration could be had.
	Known bool
	// Err says why sshd could not be asked at all: it is not there, it did not
	// run, it did not end.
	Err string
	// Mute: the program ended well and printed no configuration, so it is not
	// sshd.
	Mute bool
	// Stuck is a FIFO at which sshd waits when it reads its configuration or keys;
	// empty where there is none, or where sshd answered.
	Stuck string
	// Version is sshd's own version, as in "OpenSSH_9.2"; empty when not told.
	Version string
	// ByHand: sshd could not be run, and HostKeys are from the HostKey lines of its
	// files, as far as they can be read without it.
	ByHand bool
	// Settings is the effective configuration in sshd's order, keywords in
	// lower case (OpenSSH prints CamelCase from 10.6).
	Settings []Setting
	// HostKeys are the private host keys that sshd would load.
	HostKeys []HostKey
	// Loaded tells which keys sshd loaded when it tried.
	Loaded Loaded
	// Problems is what sshd complained about, in its order; empty when it
	// accepted everything.
	Problems []Problem
	// MainFile is the configuration file that sshd reads first.
	MainFile string
	// Binary and Args are what was asked, for later questions.
	Binary string
	Args   []string
	// spec is what else sshd has to be told before it prints anything.
	spec []string
}

// Setting is one line of the effective configuration.
type Setting struct{ Key, Value string }

// HostKey is one private host key that sshd's configuration names.
type HostKey struct {
	Path string
	// Explicit: a HostKey line names it, as far as that could be told.
	Explicit bool
}

// Loaded is what sshd said when it tried to load its host keys.
type Loaded struct {
	Known        bool
	Fingerprints []string
	Unloadable   []string
}

// Problem is one complaint of sshd.
type Problem struct {
	Kind Kind
	// File and Line say where; Line is 0 when sshd did not say.
	File string
	Line int
	// Text is sshd's own sentence.
	Text string
	// Word is the keyword, path or name that the complaint is about.
	Word string
	// Prelude is a line before it that explains it.
	Prelude string
	// Content is the line itself, where it could be read.
	Content string
	// Before is the nearest line before it that sshd accepts and that says
	// something.
	Before string
	// Below are the keywords below it, in small letters with blanks between, up to
	// the next Match line or the end of the file.
	Below string
	// InMatch: a Match line stands above it in its file.
	InMatch bool
	// At is a line that has to do with it, where sshd names none.
	At Place
	// NotText says what the file is where it is not plain text.
	NotText string
	// Private: the file is none of sshd's, and nothing of it may be shown.
	Private bool
}

// Get returns the values of a keyword, which may stand several times.
func (f Facts) Get(key string) []string {
	var out []string
	for _, s := range f.Settings {
		if s.Key == strings.ToLower(key) {
			out = append(out, s.Value)
		}
	}
	return out
}

// Listen returns the addresses on which sshd would listen. A wildcard is the
// unspecified address of its family.
func (f Facts) Listen() []netip.AddrPort {
	var out []netip.AddrPort
	for _, v := range f.Get("listenaddress") {
		// "ADDRESS:PORT" may be followed by "rdomain NAME".
		v, _, _ = strings.Cut(v, " ")
		if a, err := netip.ParseAddrPort(v); err == nil && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Has tells whether sshd complained in this way.
func (f Facts) Has(k Kind) bool {
	return slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Kind == k })
}
