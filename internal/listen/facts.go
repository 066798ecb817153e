// Package listen looks at who holds the ports on which sshd should answer, and
// on which addresses.
//
// On a healthy machine every address that sshd's configuration names, or that
// its socket unit names, is bound: by sshd itself, or by systemd (process 1)
// for an active socket unit, or by both at once. One [::] socket that is not
// restricted to IPv6 serves IPv4 as well. Other ports than 22, loopback only,
// one family only and an idle socket unit are all healthy.
package listen

import (
	"net/netip"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Expect is one address at which sshd should be listening.
type Expect struct {
	// Addr; the unspecified address stands for every address of its family.
	Addr netip.AddrPort
	// From says who expects it: FromConfig, FromSocket or FromPort.
	From string
}

// Who expects an address.
const (
	FromConfig = "sshd's configuration"
	FromSocket = "ssh.socket"
	FromPort   = "--port"
)

// Sshd is what the service check knows.
type Sshd struct {
	// MainPID is the main process of the service unit, 0 when it has none.
	MainPID int
	// Unit is the service unit, such as ssh.service; empty without systemd.
	Unit string
	// SocketUnit is the unit that can listen in its place; empty when there is
	// none.
	SocketUnit    string
	SocketActive  bool
	SocketFailed  bool
	ServiceActive bool
	ServiceFailed bool
	// Binary is the program file of sshd.
	Binary string
	// SocketListen is what an active socket unit says that it listens on; empty
	// when that is not known.
	SocketListen []netip.AddrPort
	// Log holds the last lines of sshd or of its unit, when they were read.
	Log []string
}

// Sources of the list of sockets.
const (
	FromSockDiag = "sock_diag"
	FromProc     = "/proc/net/tcp"
)

// Facts is who listens where.
type Facts struct {
	// Ports are the ports that were asked about.
	Ports []int
	// Source is where the list comes from; SourceWhy why not from sock_diag.
	Source    string
	SourceWhy string
	// Err says why there is no list at all, empty when there is one.
	Err string
	// Sockets are the listening sockets on those ports.
	Sockets []Socket
	// Elsewhere are the listening sockets on other ports that the main process
	// of sshd holds.
	Elsewhere []Socket
	// LookedInto is how many processes were searched for the sockets; LookedAll
	// says that it was all of them. HoldersErr says why some could not be.
	LookedInto int
	LookedAll  bool
	HoldersErr string
	// Units are the service units of programs that may be in sshd's way.
	Units []HolderUnit

	// Addresses of this machine; AddressesErr says why they are not known.
	Addresses    []host.Address
	AddressesErr string
	// Bindable says of single addresses whether a socket can be bound to them.
	Bindable []Bindable
	// IPv6: the kernel knows it. NonLocal4 and NonLocal6: any address can be
	// bound to, whether this machine has it or not (ip_nonlocal_bind).
	IPv6                 bool
	NonLocal4, NonLocal6 bool
	// LoopbackDown: the interface lo is there and not up.
	LoopbackDown bool
	// Generator is the path of sshd-socket-generator, with which Ubuntu makes
	// the socket unit follow sshd's configuration; empty where it is not.
	// Generated is what it wrote when systemd last read its unit files.
	Generator string
	Generated string
}

// Socket is one listening socket with those who hold it.
type Socket struct {
	host.Listener
	// DeviceName is the network interface to which it is tied, if any.
	DeviceName string
	// Owners are the processes that have it open, ascending by pid. Empty: none
	// was found, see Facts.HoldersErr.
	Owners []host.Process
}

// HolderUnit is what systemd says about the unit of a program that holds a port.
type HolderUnit struct {
	Name    string
	MainPID int
	// FileState is UnitFileState: "enabled" means that it is back at boot.
	FileState string
	// Err says why systemd could not be asked.
	Err string
}

// Bindable is whether a socket can be bound to an address.
type Bindable struct {
	Addr netip.Addr
	OK   bool
	// Err says why that could not be tried.
	Err string
}
