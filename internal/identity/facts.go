// Package identity looks at what tells clients that this machine is the one they
// know: where its host keys came from, whether they stay, and whether the
// certificates for them fit.
//
// On a healthy machine the host keys were made on the machine itself, at its
// first boot or when sshd was installed, lie on a disk, and have not changed
// since. Where there are host certificates, each belongs to one of the keys, is
// for a host, and is valid now. None of this is ever repaired: which identity is
// the right one is known to people only.
package identity

import (
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// From is what other checks already know.
type From struct {
	// Keys are the host key files on disk that sshd's configuration names.
	Keys []Key
	// Agent: HostKeyAgent is set, so there may be keys that are on no disk.
	Agent bool
	// Certificates are the values of HostCertificate in sshd's configuration.
	Certificates []string
	// Args is sshd's command line as its unit gives it, variables expanded.
	Args []string
	// Files are those that can set it: environment files, drop-ins and unit
	// files, in the order in which a person should look into them.
	Files []string
}

// Facts is what was seen of the machine's identity.
type Facts struct {
	// Now is what the clock of the machine says.
	Now time.Time
	// Keys are the host keys, with when and where they were made.
	Keys []Key
	// Agent as in From.
	Agent bool
	// Container is the kind of container that this is; empty when it is none.
	Container string
	// Overlay: the root is an overlay of others.
	Overlay   bool
	MachineID Stamp
	// RootBirth is when the file system of / was made; zero when it does not say.
	RootBirth time.Time
	// Installed is when the program sshd was put in place.
	Installed time.Time
	Cloud     Cloud
	Agents    []Agent
	Certs     []Cert
	Options   []Option
	// Policy is the system-wide crypto policy of Red Hat's family, which sshd's
	// unit or a file of sshd_config.d brings in; empty where there is none.
	Policy string
	Names  Names
	Ledger ledger.File
	// History is the ledger with what this look saw, and Ports are those of sshd;
	// like Unmatched they are set by the caller, who has the other checks' facts.
	History ledger.Ledger
	Ports   []int
	// Unmatched: sshd and today's clients have some algorithm list without a name
	// in common. Collect does not know; its caller, who has the findings of the
	// handshake, sets it.
	Unmatched bool
}

// Key is one private host key.
type Key struct {
	Path string
	// SHA256 is the fingerprint, as "SHA256:..."; empty when the file could not be
	// read.
	SHA256 string
	// Made is when its contents were last written; zero when that is not known.
	Made time.Time
	// Volatile says why the file does not outlive a reboot; empty when it does,
	// or when that could not be told.
	Volatile string
}

// Stamp is a file whose age says something.
type Stamp struct {
	Path string
	// Made is when it was last written; zero when it is not there or could not be
	// looked at.
	Made time.Time
}

// Cloud is what cloud-init remembers of the instances that it has seen.
type Cloud struct {
	// Current is the name of the instance that this is now.
	Current   string
	Instances []Instance
}

// Instance is one directory in /var/lib/cloud/instances.
type Instance struct {
	ID string
	// SSH is when its module ssh last ran, which deletes and makes host keys;
	// zero when it has not.
	SSH time.Time
}

// Agent is a program of the provider that may replace host keys.
type Agent struct {
	// Name is how people know it, Program its file.
	Name, Program string
	// Unpacked is when the program was put in place.
	Unpacked time.Time
	// Record is the file that it writes when it sets the machine up.
	Record Stamp
	// Off: its configuration says that it leaves host keys alone.
	Off bool
}

// CertState says what a file that should hold a host certificate holds.
type CertState string

// What can be at the path of a host certificate.
const (
	CertRead   CertState = "read"
	CertAbsent CertState = "absent"
	// CertUnread: it could not be looked at, or holds what this program does not
	// know.
	CertUnread CertState = "unread"
	// NotACert: it holds no certificate, a bare public key for example.
	NotACert CertState = "no certificate"
)

// Cert is one host certificate that sshd's configuration names (PROTOCOL.certkeys
// in the source of OpenSSH).
type Cert struct {
	Path   string
	State  CertState
	Detail string
	// User: it is for a user, not for a host.
	User bool
	// SHA256 is the fingerprint of the key that it certifies, CA of the one that
	// signed it.
	SHA256, CA string
	// KeyID is what the signer called it.
	KeyID string
	// Names are those that it is for; none: all.
	Names []string
	// Signed is the algorithm of its signature.
	Signed string
	// After and Before bound its validity; zero without a bound.
	After, Before time.Time
	// Written is when the file was last written.
	Written time.Time
}

// Option is an algorithm list that is set on sshd's command line, where it
// overrides what sshd_config says.
type Option struct {
	Keyword, Value string
	// File is where it comes from; empty when that was not found.
	File string
}
