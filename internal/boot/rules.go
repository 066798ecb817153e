package boot

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that other packages look for.
const (
	// CodeInitrd: nothing may be done to the system that runs, see Withhold.
	CodeInitrd = "rescue-initrd-sshd"
	// CodeStopped: an ordinary start of a unit fails.
	CodeStopped = "boot-stopped-in-emergency-mode"
)

var (
	ruleInitrd = diag.Rule{
		Code: CodeInitrd, Stage: diag.Install, Severity: diag.Broken,
		Title: "this is the initial ramdisk, not the server's own system",
		Why: "The boot has not come to the server's disk. An sshd that answers here is another one, with other " +
			"host keys: clients are told that the identity has changed.",
	}
	ruleStopped = diag.Rule{
		Code: CodeStopped, Stage: diag.Service, Severity: diag.Broken,
		Title: "the boot stopped before it came to sshd",
		Why: "The machine waits at its console for somebody. sshd and most other services were not started, " +
			"and the network may be down.",
	}
	ruleUnitName = diag.Rule{
		Code: "unit-name-mismatch", Stage: diag.Service, Severity: diag.Notice,
		Title: "sshd's unit has another name here",
		Why: "Commands and scripts that use the other name fail with \"Unit not found\" and change nothing: " +
			"on Debian the name sshd.service exists only while ssh.service is enabled.",
	}
	ruleResources = diag.Rule{
		Code: "resources-exhausted", Stage: diag.Service, Severity: diag.Notice,
		Title: "this machine has no memory, no process or no room left",
		Why: "A start needs room for a file, and each connection needs a process and memory. The kernel ends or " +
			"refuses what it has nothing left for, whatever else is in order.",
	}
	ruleFirewall = diag.Rule{
		Code: "firewall-drops-port", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the firewall lets nobody through to sshd",
		Why: "A client waits until \"Connection timed out\". That connections from this machine to itself work " +
			"says nothing about the firewall.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{ruleInitrd, ruleStopped, ruleUnitName, ruleResources, ruleFirewall}
}
