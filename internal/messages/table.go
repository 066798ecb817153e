// Package messages knows what SSH clients, sshd and systemd say when nobody gets
// in: it finds a message in what somebody typed off a screen, reads the lists and
// fingerprints in it, and says what it means on this server.
//
// On a healthy server most messages are about something else: another machine or
// port, a firewall, a client that is too old, or a time that is over.
//
// The table is messages.txt, which a reader can check; what is embedded is the
// same without comments and sources, compressed (messages.bin).
package messages

import (
	"bytes"
	"compress/flate"
	_ "embed"
)

//go:embed messages.bin
var packed []byte

// Kind says what of a server answers a message.
type Kind string

// The kinds of messages. Their meaning stands at the head of messages.txt.
const (
	Reach    Kind = "reach"
	Offering Kind = "offer"
	Identity Kind = "identity"
	Log      Kind = "log"
	Auth     Kind = "auth"
	Client   Kind = "client"
	Wrapper  Kind = "wrapper"
)

// Message is one thing that a program says.
type Message struct {
	// By is the program, with its versions where they are known.
	By string
	// Text has <words> in the place of what differs each time.
	Text string
}

// Entry is one meaning, and the messages that have it.
type Entry struct {
	Name string
	Look Kind
	// Codes are the findings that are the fault of which this speaks.
	Codes []string
	// Consequence: where a text holds another message too, that is the one.
	Consequence bool
	// Twin is an entry that has nearly the same words. Where not all of the message
	// is there, and no sign of a log, that one is meant.
	Twin  string
	Means string
	// Client and Here are what to type at the client and on the server to see
	// more; Mend changes something.
	Client, Here, Mend []string
	Messages           []Message
}

// Table returns what is known. The error is a fault of the program.
func Table() ([]Entry, error) {
	return parseTable(flate.NewReader(bytes.NewReader(packed)))
}
