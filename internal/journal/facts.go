// Package journal reads what sshd, systemd and the kernel said themselves, when
// a handshake did not pass, and recognises causes that no file and no property
// shows: a refusal by hosts.deny, a limit that was hit, a sandbox that kills, a
// half upgrade, a job that systemd dropped.
//
// On a healthy machine no log is read: every expected address has proven a host
// key, and that is the answer. Three looks remain, without starting a process: is
// the program that runs still the one on disk; do hosts.allow and hosts.deny let
// in anybody but this machine, of whom alone the proof speaks; and, where host
// keys are missing although sshd serves them, who may have taken them away.
//
// What is read is bounded: so many lines from the end of the journal, by indexed
// fields, so that its size does not matter; and a line counts only where it can
// have to do with today's fault: since the connections of this look, since the
// unit was last started, or since the machine was.
package journal

import (
	"net/netip"
	"time"
)

// Need is what other checks already know, and why the log is asked.
type Need struct {
	// Unit is the service unit of sshd, SocketUnit the one that may listen for
	// it; empty where there is none.
	Unit, SocketUnit string
	// InvocationID is that of the unit's last start.
	InvocationID string
	// UnitUp: systemd believes that sshd is there for the next client.
	UnitUp bool
	// MainPID is the main process of the unit, 0 when it has none.
	MainPID int
	// Binary and Args are sshd as its unit starts it, Programs all its programs.
	Binary   string
	Args     []string
	Programs []string
	// Whole are those of Programs that are there and look sound.
	Whole []string
	// Proven: every expected address proved a host key.
	Proven bool
	// CutOff: an address takes connections and ends them before the banner, or
	// never answers. BrokenOff: it sends its banner and ends them then.
	CutOff, BrokenOff bool
	// Local: sshd is to listen on loopback addresses only.
	Local bool
	// Probed are the addresses from which this look connected, by which its own
	// connections are told from those of others.
	Probed []netip.Addr
	// KeysMissing: sshd has fewer host keys on disk than it wants.
	KeysMissing bool
	// Complaints are sshd's own words when it was asked for its configuration.
	Complaints []string
	// Outside: somebody asks although all is well here; look for signs of
	// trouble on the way to this machine.
	Outside bool
	// Since is when this look began, SinceUp how long the machine was up then; 0
	// where that is not known.
	Since   time.Time
	SinceUp time.Duration
}

// From is who said something.
type From string

// The ones who are listened to. Who may write to the log in whose name is the
// kernel's word, by the trusted fields of journald (systemd.journal-fields(7)).
const (
	// FromProgram is a process of the unit, or one of sshd's that runs as root.
	FromProgram From = "sshd"
	FromSystemd From = "systemd"
	FromKernel  From = "kernel"
)

// Line is one message, in printable ASCII and cut to a length that can be shown.
type Line struct {
	Time time.Time
	// Up is how long the machine was up, by a clock that nobody sets; 0 where that
	// is not known.
	Up   time.Duration
	From From
	// Ident and PID are of the process that said it.
	Ident string
	PID   int
	// Units are those that it is about, or whose process said it.
	Units []string
	// Invocation is the start of the unit to which it belongs, "" if to none.
	Invocation string
	Message    string
}

// Facts is what was read. Where nothing called for it, it is empty.
type Facts struct {
	Need Need
	// Lines are those of sshd and of systemd about it, oldest first; Kernel are
	// those of the kernel about programs that it stopped.
	Lines, Kernel []Line
	// Err and KernelErr say why lines could not be read, or not all of them.
	Err, KernelErr string

	Program Program
	Limits  Limits
	// Stopped: the main process was stopped by a signal, or is being debugged.
	Stopped  bool
	Unit     Unit
	Socket   Unit
	Wrappers Wrappers
	Preload  Preload
	// Enforcing: SELinux is there and denies what its policy does not allow.
	Enforcing bool
	// FIPS: the kernel is in FIPS mode.
	FIPS bool
	// Entropy: the kernel's random number generator is not ready yet.
	NoEntropy bool
	// OpenSSL is what is known when sshd complains about its crypto library.
	OpenSSL OpenSSL
	// Keygen is the unit that makes host keys on a first boot.
	Keygen    Keygen
	CloudInit CloudInit
	// Removers are units that start before sshd and remove host keys.
	Removers []Remover
	// Cycle is what systemd-analyze says about the boot, where sshd's unit was
	// never tried and the log does not say why.
	Cycle []string
	// Bindable: the address of a socket unit can be bound to by now.
	Bindable map[string]bool
	// Installing: a package manager is at work; Installer is the lock that it
	// holds.
	Installing bool
	Installer  string
	// Reinstall is the command that installs the OpenSSH server again here.
	Reinstall string
}

// Unit is what systemd says about one of sshd's units, as far as it is wanted
// here.
type Unit struct {
	Name              string
	ActiveState, File string
	// NeverTried: it was not started since the machine was.
	NeverTried bool
	// Started is when its main process was started; zero when there is none.
	// StartedUp is how long the machine was up then.
	Started   time.Time
	StartedUp time.Duration
	KillMode  string
	// OpenFiles is the soft limit that the unit sets, Tasks and TasksMax how
	// many there are and may be; 0 when not known or without limit.
	OpenFiles, Tasks, TasksMax uint64
	DropIns                    []DropIn
	// Freezer is systemd's word for whether its processes are held: "running",
	// "frozen"; empty before systemd 246.
	Freezer string
	// PrivateNetwork: it has a network of its own, with loopback alone. NoIP: it
	// may open no socket of IPv4 and none of IPv6.
	PrivateNetwork, NoIP bool
	// Pulls are the units that are started with it.
	Pulls []string
	// CanReload: it has a way to reload.
	CanReload bool
}

// Active tells whether the unit is up.
func (u Unit) Active() bool { return u.ActiveState == "active" || u.ActiveState == "reloading" }

// DropIn is one drop-in file that an administrator or a tool put there.
type DropIn struct {
	Path     string
	Settings []Setting
	// Err says why it could not be read.
	Err string
}

// Setting is one line of a unit file.
type Setting struct{ Key, Value string }

// Program is the program that runs, compared with the file on disk.
type Program struct {
	// Path is where the program was started from.
	Path string
	// Replaced: another file, with other contents, stands there now.
	Replaced bool
	// Err says why that could not be told.
	Err string
}

// Limits are those of the main process of sshd.
type Limits struct {
	// OpenFiles is the soft limit, Open how many it has open now.
	OpenFiles, Open int
	Err             string
}

// Preload is /etc/ld.so.preload, ld.so(8).
type Preload struct {
	Names, Missing []string
	Err            string
}

// OpenSSL is what is known about the configuration of the crypto library.
type OpenSSL struct {
	// Config is the configuration file that was found.
	Config string
	// Without: sshd is content when it does not read that file.
	Without bool
	// Tried says that this was tried.
	Tried bool
}

// Keygen is sshd-keygen.service of Debian 13 and later.
type Keygen struct {
	Unit string
	// Gated: it did not run, because this is no first boot.
	Gated bool
}

// CloudInit is how far cloud-init is.
type CloudInit struct {
	// Running: it has begun and not finished. Stage is the one it is in.
	Running bool
	Stage   string
	// Began is when it last said so.
	Began time.Time
	// KeysDone: its ssh module has run for this instance.
	KeysDone bool
}

// Remover is a unit that removes host keys before sshd starts.
type Remover struct {
	Unit string
	// Line is the command, or the line of its script, that does it; Source is
	// where that stands.
	Line, Source string
}
