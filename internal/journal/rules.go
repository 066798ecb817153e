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
	}
	rulePreload = diag.Rule{
		Code: CodePreload, Stage: diag.Install, Severity: diag.Notice,
		Title: "a library is loaded into every program",
	}
	ruleCryptoEngine = diag.Rule{
		Code: CodeCryptoEngine, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "the configuration of OpenSSL keeps sshd from using its keys",
	}
	ruleFIPS = diag.Rule{
		Code: CodeFIPS, Stage: diag.HostKeys, Severity: diag.Warning,
		Title: "a type of host key is forbidden in FIPS mode",
	}
	ruleSELinuxLabel = diag.Rule{
		Code: CodeSELinuxLabel, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "SELinux keeps sshd from its own files",
	}
	ruleFirstBootGate = diag.Rule{
		Code: CodeFirstBootGate, Stage: diag.HostKeys, Severity: diag.Notice,
		Title: "the unit that makes host keys runs on a first boot only",
	}
	ruleCloudInitRace = diag.Rule{
		Code: CodeCloudInitRace, Stage: diag.HostKeys, Severity: diag.Broken,
		Title: "something else is removing or about to make the host keys",
	}
	ruleLimit = diag.Rule{
		Code: CodeLimit, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd may not open more files or start more processes",
	}
	ruleInstanceNames = diag.Rule{
		Code: CodeInstanceNames, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd has no room for another connection's unit",
	}
	ruleOrderingCycle = diag.Rule{
		Code: CodeOrderingCycle, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd left sshd out of the boot to break an ordering cycle",
	}
	ruleSighup = diag.Rule{
		Code: CodeSighup, Stage: diag.Service, Severity: diag.Notice,
		Title: "a SIGHUP ended sshd",
	}
	ruleBoth = diag.Rule{
		Code: CodeBoth, Stage: diag.Service, Severity: diag.Broken,
		Title: "the socket unit and the service unit of sshd keep each other down",
	}
	ruleEntropy = diag.Rule{
		Code: CodeEntropy, Stage: diag.Service, Severity: diag.Broken,
		Title: "the kernel has no random numbers yet",
	}
	ruleSELinuxPort = diag.Rule{
		Code: CodeSELinuxPort, Stage: diag.Listen, Severity: diag.Broken,
		Title: "SELinux does not let sshd listen on this port",
	}
	ruleSocketNonlocal = diag.Rule{
		Code: CodeSocketNonlocal, Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit is to listen on an address that is not there",
	}
	ruleWrappers = diag.Rule{
		Code: CodeWrappers, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "hosts.deny or hosts.allow turns clients away",
	}
	ruleSeccomp = diag.Rule{
		Code: CodeSeccomp, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "a sandbox kills sshd's process for each connection",
	}
	ruleAppArmor = diag.Rule{
		Code: CodeAppArmor, Stage: diag.Handshake, Severity: diag.Broken,
		Title: "AppArmor does not let sshd start a program of its own",
	}
	ruleMTU = diag.Rule{
		Code: CodeMTU, Stage: diag.Negotiation, Severity: diag.Notice,
		Title: "clients elsewhere run out of time before they log in",
	}
	ruleHeld = diag.Rule{
		Code: CodeHeld, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd is there, but it is held and does nothing",
	}
	ruleNoNetwork = diag.Rule{
		Code: CodeNoNetwork, Stage: diag.Service, Severity: diag.Broken,
		Title: "the unit keeps sshd away from the network",
	}
	ruleUnreadable = diag.Rule{
		Code: CodeUnreadable, Stage: diag.Handshake, Severity: diag.Notice,
		Title: "the log could not be read",
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
