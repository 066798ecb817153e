// Package boot looks at whether this machine is in the state in which sshd could
// be up and be reached at all: whether its boot came to its end, whether what
// runs is the server's own system, whether memory, tasks and disks suffice, and
// whether a firewall lets clients through to sshd's port.
//
// On a healthy machine the boot went past local-fs.target and nobody is in
// emergency or rescue mode; the root is not the initial ramdisk; there is
// memory, there are process numbers and there is room on the disks; and either
// no netfilter table exists or its chains let new connections to sshd's port in.
package boot

import "net/netip"

// From is what other checks already know.
type From struct {
	// Systemd: it is in charge of this machine and answers.
	Systemd bool
	// Unit is sshd's service unit, such as ssh.service; empty when there is none.
	Unit string
	// Startable: systemd could read the unit, and nobody masked or disabled it.
	Startable bool
	// Up: systemd believes that sshd is there for the next client.
	Up bool
	// MainPID is the main process of the unit, 0 when it has none.
	MainPID int
	// Result is systemd's word for how the unit ended, such as "oom-kill".
	Result string
	// Listen are the addresses at which sshd should answer.
	Listen []netip.AddrPort
}

// Facts is what was seen of the machine as a whole.
type Facts struct {
	From From
	// Initrd says by what it was told that this is the initial ramdisk and not
	// the server's own system; empty when it is not.
	Initrd string
	Stop   Stop
	// Names are the names under which sshd's unit may be known; only asked for
	// while it is not up.
	Names     []Name
	Resources Resources
	Firewall  Firewall
	// Proven: the handshake has shown that clients get in at every address.
	// Collect does not know; its caller, who made the handshake later, sets it.
	Proven bool
}

// Stop is where the boot stopped.
type Stop struct {
	// Mode is Emergency, Rescue, or empty when the boot went on.
	Mode string
	// Err says why that could not be told.
	Err string
	// Asked is the kernel parameter that asks for the mode, if there is one.
	Asked string
	// ReadOnly: the root is, so that /etc/fstab cannot be edited as it is.
	ReadOnly bool
	// Mounts are the mounts that the boot waits for and does not get.
	Mounts []Mount
	// Failed are the units that failed, those of Mounts and sshd's own left out.
	Failed []string
}

// The modes in which a boot can stop, systemd.special(7).
const (
	Emergency = "emergency"
	Rescue    = "rescue"
)

// Mount is a mount unit that local-fs.target requires and that is not mounted.
type Mount struct {
	Unit string
	// Where is the mount point, What the device or other source.
	Where, What string
	// Gone: What is a device, and there is no such device.
	Gone bool
	// Result is systemd's word for how it ended; "success" also for one that was
	// never tried.
	Result string
	// Line is where /etc/fstab names it, 0 when it does not; Text is that line.
	Line int
	Text string
	// Said holds what was logged about it, oldest first.
	Said []string
}

// Name is one name under which systemd was asked for sshd's unit.
type Name struct {
	Name string
	// ID is the unit's first name; LoadState is "not-found" when there is none.
	ID, LoadState string
}

// Resources is what sshd needs of the machine. What could not be read is -1.
type Resources struct {
	// MemTotal and MemAvailable as in /proc/meminfo, in bytes.
	MemTotal, MemAvailable int64
	// OOMKills is how many processes the kernel has ended for want of memory
	// since the boot; UnitOOMKills how many of them in sshd's control group.
	OOMKills, UnitOOMKills int64
	// Tasks is how many processes and threads there are; TasksMax how many the
	// kernel allows.
	Tasks, TasksMax int64
	// Limits are the limits on tasks of sshd's control group and those above it.
	Limits []TaskLimit
	// Full are the file systems without room for even one more file.
	Full []Full
}

// TaskLimit is the pids controller of a control group, cgroups(7).
type TaskLimit struct {
	Group        string
	Current, Max int64
	// Refused is how often a fork failed because of it.
	Refused int64
}

// Full is a file system that is full.
type Full struct {
	Path string
	// Inodes: there is room left, and no inode.
	Inodes bool
}

// Firewall is what netfilter does with incoming packets.
type Firewall struct {
	// Err says why it could not be told although there are tables.
	Err    string
	Chains []Chain
}

// Chain is one chain of netfilter rules.
type Chain struct {
	// Source is the program that showed it.
	Source string
	// Family is ip, ip6 or inet, as nft(8) has it.
	Family, Table, Name string
	// Hook is empty for a chain to which others jump.
	Hook string
	// Policy is what becomes of a packet at the end of a base chain.
	Policy string
	Rules  []Rule
}

// Rule is one rule, as far as it matters to a new TCP connection.
type Rule struct {
	Match   []Match
	Verdict Verdict
	// Target is the chain to which it jumps.
	Target string
	// Text names the rule to a person.
	Text string
}

// Verdict is what a rule does with a packet that it matches.
type Verdict string

// The verdicts.
const (
	Accept Verdict = "accept"
	Drop   Verdict = "drop"
	Reject Verdict = "reject"
	Return Verdict = "return"
	Jump   Verdict = "jump"
	Goto   Verdict = "goto"
	// Translate: the packet gets another destination, and goes on.
	Translate Verdict = "translate"
	// Pass: the packet goes on to the next rule.
	Pass Verdict = "pass"
	// Unclear: this program does not know what the rule does.
	Unclear Verdict = "unclear"
)

// Key is the property of a packet that a match looks at.
type Key string

// The properties that are understood.
const (
	ByPort     Key = "port"
	ByProtocol Key = "protocol"
	ByFamily   Key = "family"
	ByInput    Key = "input"
	ByState    Key = "state"
	ByStatus   Key = "status"
	// ByOther is anything else: it may match or not.
	ByOther Key = "other"
)

// Match is one condition of a rule.
type Match struct {
	Key Key
	Not bool
	// Values: it matches any of them. A port may be a range, "1000-2000".
	Values []string
}
