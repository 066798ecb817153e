// Package casebook breaks real boxes and watches what sshd-doctor makes of
// them.
//
// A case is a text file in cases/ that says how a server is broken, what the
// user of a real SSH client then sees, what sshd-doctor has to say about it and
// what it has to do. The file is the whole case: to add one, add a file. Read
// cases/README.md for its fields.
//
// The runner gives each case a fresh box per suite and watches more than the
// case says, the same for every case: that looking leaves no trace, that good
// host keys stay byte for byte, that nothing vanishes which is not kept aside,
// that an open session survives, that a second run changes nothing.
package casebook
