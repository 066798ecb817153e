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
	}
	ruleStopped = diag.Rule{
		Code: CodeStopped, Stage: diag.Service, Severity: diag.Broken,
		Title: "the boot stopped before it came to sshd",
	}
	ruleUnitName = diag.Rule{
		Code: "unit-name-mismatch", Stage: diag.Service, Severity: diag.Notice,
		Title: "sshd's unit has another name here",
	}
	ruleResources = diag.Rule{
		Code: "resources-exhausted", Stage: diag.Service, Severity: diag.Notice,
		Title: "this machine has no memory, no process or no room left",
	}
	ruleFirewall = diag.Rule{
		Code: "firewall-drops-port", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the firewall lets nobody through to sshd",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{ruleInitrd, ruleStopped, ruleUnitName, ruleResources, ruleFirewall}
}
