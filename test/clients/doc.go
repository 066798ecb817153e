// Package clients proves the model in internal/clients: real clients of several
// generations, each with the files of its own Debian release, are sent to real
// servers with all kinds of configurations, and what happens has to be what was
// foretold, in every cell and with the part that was foretold.
//
// The tables are servers.txt and clients.txt. To add a client: a line there, and
// where it is a new program a script in programs/.
package clients
