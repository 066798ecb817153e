// Package identity holds the tests of what the doctor says about a server's
// identity, in boxes with real clients: its fingerprints, records and pictures
// against those of each suite's own ssh-keygen, the record over the life of a
// server, and the way of a client from the warning back in.
package identity
