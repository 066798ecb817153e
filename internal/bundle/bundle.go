// Package bundle gathers what somebody who is to help from afar would ask for,
// in one file: the report, the configuration, the units, the logs, the state of
// the machine.
//
// What goes into it is looked through twice: by where it comes from (private
// keys and password files are never opened, values of environment variables are
// left out) and by what it looks like (clean). The first entry says what is
// inside, what was cut off and what is missing, and why. Nothing of the box is
// changed, each step has a deadline, and one that hangs is left behind.
package bundle

import "time"

// Entry is one file of the bundle.
type Entry struct {
	// Name is its path in the archive.
	Name string
	// Source is the file or the command that it comes from.
	Source string
	Data   []byte
	// Cut says what is missing of it, empty when it is whole.
	Cut string
	// Missing says why there is no such file in the bundle.
	Missing string
	// Kind says how secrets may be written in it.
	Kind Kind
	// Newest: where it is too long, its end counts, not its beginning.
	Newest bool
	// size is what it was before anything was cut off, in bytes.
	size int
}

// Kind is what an entry is written in.
type Kind int

// The kinds of entry.
const (
	// Text is anything: output of commands, a report.
	Text Kind = iota
	// Log is what programs wrote down; names stand anywhere in it.
	Log
	// JSON is one value, cleaned string by string.
	JSON
	// SshdConfig is written in the language of sshd_config(5).
	SshdConfig
	// UnitFile is written in that of systemd.syntax(7).
	UnitFile
	// EnvFile is one of EnvironmentFile=, systemd.exec(5).
	EnvFile
)

// The bounds of a bundle, in bytes.
const (
	// readLimit: a file that is larger is not read, entryLimit is what is kept of
	// one, logLimit of a log.
	readLimit  = 256 << 10
	entryLimit = 64 << 10
	logLimit   = 256 << 10
	// packedLimit is how large the whole may become.
	packedLimit = 512 << 10
)

// About is what the manifest says of the bundle as a whole.
type About struct {
	// Version is that of this program.
	Version string
	// Time is when the bundle was begun.
	Time time.Time
	// Verdict is that of the report.
	Verdict string
	// Cause is its code, or empty.
	Cause string
	// UID is who collected; not everybody may read everything.
	UID int
	// Masked: names and addresses were replaced.
	Masked bool
}

// Bundle is the finished file, and what to say about it.
type Bundle struct {
	// Packed is the archive, tar in gzip.
	Packed []byte
	// Entries are those inside and those that are missing, in order, without
	// their data; the manifest is the first.
	Entries []Entry
	// Sizes are the bytes of each entry.
	Sizes []int
	// Removed is how many things were taken out that look like secrets.
	Removed int
}
