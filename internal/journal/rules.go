package journal

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that are looked for elsewhere.
const (
	CodeSELinuxPort    = "selinux-port-denied"
	CodeWrappers       = "tcp-wrappers-or-ban"
	CodeRexecMismatch  = "upgrade-rexec-mismatch"
	CodeSeccomp        = "seccomp-sandbox-kill"
	CodeAppArmor       = "apparmor-denies-helper"
	CodeLimit          = "file-descriptor-or-task-limit"
	CodeCryptoEngine   = "crypto-engine-breaks-keys"
	CodeFIPS           = "fips-forbids-key-type"
	CodeSELinuxLabel   = "selinux-label-on-etc-ssh"
	CodeInstanceNames  = "socket-instance-names-exhausted"
	CodeOrderingCycle  = "ordering-cycle-dropped-job"
	CodeSighup         = "sighup-with-bad-config"
	CodePreload        = "ld-preload-noise-or-hook"
	CodeSocketNonlocal = "socket-listen-nonlocal"
	CodeBoth           = "socket-and-service-both"
	CodeEntropy        = "entropy-starvation"
	CodeMTU            = "mtu-blackhole"
	CodeFirstBootGate  = "keygen-unit-first-boot-gate"
	CodeCloudInitRace  = "cloud-init-race-deletes-keys"
	CodeUnreadable     = "journal-unreadable"
	CodeHeld           = "sshd-held"
	CodeNoNetwork      = "unit-without-network"
)

var (
	ruleRexecMismatch = diag.Rule{
		Code: CodeRexecMismatch, Stage: diag.Install, Severity: diag.Broken,
		Title: "the sshd that runs and the one on disk do not fit together",
		Why: "sshd hands each connection to a program that it starts from disk. In the middle of an upgrade that " +
			"is of another version than the one that listens, and clients are cut off.",
	}
	rulePreload = diag.Rule{
		Code: CodePreload, Stage: diag.Install, Severity: diag.Notice,
		Title: "a library is loaded into every program",
		Why:   "A library in /etc/ld.so.preload that is damaged, or hooks what sshd's sandbox forbids, ends sshd's processes.",
	}
	ruleCryptoEngine = diag.Rule{
		Code: CodeCryptoEngine, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "the configuration of OpenSSL keeps sshd from using its keys",
		Why:   "The host keys are good, but the crypto library does not work as it is configured. New keys would not help.",
	}
	ruleFIPS = diag.Rule{
		Code: CodeFIPS, Stage: diag.HostKeys, Severity: diag.Warning,
		Title: "a type of host key is forbidden in FIPS mode",
		Why:   "A generator that insists on this type stops there and leaves the others unmade.",
	}
	ruleSELinuxLabel = diag.Rule{
		Code: CodeSELinuxLabel, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "SELinux keeps sshd from its own files",
		Why:   "Files that were made by other programs carry a label with which sshd may not read them.",
	}
	ruleFirstBootGate = diag.Rule{
		Code: CodeFirstBootGate, Stage: diag.HostKeys, Severity: diag.Notice,
		Title: "the unit that makes host keys runs on a first boot only",
		Why:   "Keys that are lost later are not made again by it.",
	}
	ruleCloudInitRace = diag.Rule{
		Code: CodeCloudInitRace, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "something else is removing or about to make the host keys",
		Why:   "Keys that are made now are removed again before sshd starts; clients stay locked out or see them change.",
	}
	ruleLimit = diag.Rule{
		Code: CodeLimit, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd may not open more files or start more processes",
		Why:   "Each connection needs both: clients are cut off although sshd runs.",
	}
	ruleInstanceNames = diag.Rule{
		Code: CodeInstanceNames, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd has no room for another connection's unit",
		Why:   "Failed units of old connections were never cleared away, so the socket stopped listening.",
	}
	ruleOrderingCycle = diag.Rule{
		Code: CodeOrderingCycle, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd left sshd out of the boot to break an ordering cycle",
		Why:   "Units wait for one another in a circle; systemd drops one of them at each boot, not always the same.",
	}
	ruleSighup = diag.Rule{
		Code: CodeSighup, Stage: diag.Service, Severity: diag.Notice,
		Title: "a SIGHUP ended sshd",
		Why:   "Sent directly it is not tested beforehand, as \"systemctl reload\" does, and a sshd that was well goes down.",
	}
	ruleBoth = diag.Rule{
		Code: CodeBoth, Stage: diag.Service, Severity: diag.Broken,
		Title: "the socket unit and the service unit of sshd keep each other down",
		Why:   "Both are enabled and only one can have the port; which one wins can change, and here neither did.",
	}
	ruleEntropy = diag.Rule{
		Code: CodeEntropy, Stage: diag.Service, Severity: diag.Broken,
		Title: "the kernel has no random numbers yet",
		Why:   "sshd waits for them. On virtual machines without a source that takes minutes after boot.",
	}
	ruleSELinuxPort = diag.Rule{
		Code: CodeSELinuxPort, Stage: diag.Listen, Severity: diag.Broken,
		Title: "SELinux does not let sshd listen on this port",
		Why:   "Its policy knows port 22 only, until it is told of another one; clients are refused.",
	}
	ruleSocketNonlocal = diag.Rule{
		Code: CodeSocketNonlocal, Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit is to listen on an address that is not there",
		Why:   "systemd then does not listen at all, on no address of this unit: clients are refused.",
	}
	ruleWrappers = diag.Rule{
		Code: CodeWrappers, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "hosts.deny or hosts.allow turns clients away",
		Why:   "sshd closes the connection without a word, or after some seconds.",
	}
	ruleSeccomp = diag.Rule{
		Code: CodeSeccomp, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "a sandbox kills sshd's process for each connection",
		Why:   "It does something that a system call filter forbids: its own, after an upgrade of a library, or the unit's.",
	}
	ruleAppArmor = diag.Rule{
		Code: CodeAppArmor, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "AppArmor does not let sshd start a program of its own",
		Why:   "A profile from before OpenSSH 9.8 knows neither sshd-session nor sshd-auth; clients are cut off.",
	}
	ruleMTU = diag.Rule{
		Code: CodeMTU, Stage: diag.Negotiation, Severity: diag.Notice,
		Title: "clients elsewhere run out of time before they log in",
		Why: "Where the network drops large packets silently, a client connects, gets the banner, and then hangs " +
			"at \"expecting SSH2_MSG_KEX_ECDH_REPLY\". Nothing on this machine can prove or mend that.",
	}
	ruleHeld = diag.Rule{
		Code: CodeHeld, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd is there, but it is held and does nothing",
		Why:   "The kernel takes connections for it, and nobody answers: clients wait until they give up.",
	}
	ruleNoNetwork = diag.Rule{
		Code: CodeNoNetwork, Stage: diag.Service, Severity: diag.Broken,
		Title: "the unit keeps sshd away from the network",
		Why:   "What sshd listens on cannot be reached from outside its unit: clients are refused.",
	}
	ruleUnreadable = diag.Rule{
		Code: CodeUnreadable, Stage: diag.Handshake, Severity: diag.Notice,
		Title: "the log could not be read",
		Why:   "What sshd said about the connections of this look is not known.",
	}
)

// Rules lists every problem that this check knows, beside those of the install
// check of which the log speaks too.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleRexecMismatch, rulePreload, ruleCryptoEngine, ruleFIPS, ruleSELinuxLabel, ruleFirstBootGate,
		ruleCloudInitRace, ruleLimit, ruleInstanceNames, ruleOrderingCycle, ruleSighup, ruleBoth, ruleEntropy,
		ruleSELinuxPort, ruleSocketNonlocal, ruleWrappers, ruleSeccomp, ruleAppArmor, ruleMTU, ruleUnreadable, ruleHeld,
		ruleNoNetwork,
	}
}
